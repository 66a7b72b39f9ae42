"""The steps that give a customer their workspace, and take it back."""

from temporalio import activity

from contracts.crm import UndoInput, UndoResult
from contracts.onboarding_plan import Readiness
from contracts.onboarding_ports import Provisioning
from contracts.provisioning import (
    CheckProvisioningInput,
    CreateWorkspaceInput,
    Invitation,
    InviteAdminInput,
    ReadUsageInput,
    Usage,
    Workspace,
)


class ProvisioningActivities:
    """Makes workspaces and invites into them; one effect per key, each with its inverse.

    All methods raise REJECTED, FORBIDDEN, CONFLICT or NOT_FOUND for good, and UNREACHABLE, UNAVAILABLE,
    RATE_LIMITED, TIMED_OUT or OUTCOME_UNKNOWN to be retried under the same key.
    """

    def __init__(self, provisioning: Provisioning) -> None:
        self._provisioning = provisioning

    @activity.defn
    async def check_provisioning(self, question: CheckProvisioningInput) -> Readiness:
        """Says whether a workspace can be made."""
        return await self._provisioning.readiness(question)

    @activity.defn
    async def create_workspace(self, request: CreateWorkspaceInput) -> Workspace:
        """Makes the customer's workspace."""
        return await self._provisioning.create_workspace(request)

    @activity.defn
    async def delete_workspace(self, undo: UndoInput) -> UndoResult:
        """Deletes the customer's workspace."""
        return await self._provisioning.delete_workspace(undo)

    @activity.defn
    async def invite_admin(self, request: InviteAdminInput) -> Invitation:
        """Invites the first administrator."""
        return await self._provisioning.invite_admin(request)

    @activity.defn
    async def revoke_invitation(self, undo: UndoInput) -> UndoResult:
        """Takes an invitation back."""
        return await self._provisioning.revoke_invitation(undo)

    @activity.defn
    async def read_usage(self, question: ReadUsageInput) -> Usage:
        """Reads whether the customer has got something out of their workspace."""
        return await self._provisioning.usage(question)
