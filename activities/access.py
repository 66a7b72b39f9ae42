"""The steps that give somebody access to a system, and take it back."""

from temporalio import activity

from contracts.access_request import AccessGrant, GrantAccessInput
from contracts.crm import UndoInput, UndoResult
from contracts.onboarding_ports import AccessControl


class AccessActivities:
    """Grants access under a key, and revokes what was granted under it.

    Both methods raise REJECTED, FORBIDDEN or CONFLICT for good, and UNREACHABLE, UNAVAILABLE, RATE_LIMITED,
    TIMED_OUT or OUTCOME_UNKNOWN to be retried under the same key.
    """

    def __init__(self, access: AccessControl) -> None:
        self._access = access

    @activity.defn
    async def grant_access(self, request: GrantAccessInput) -> AccessGrant:
        """Gives a person a role in a system."""
        return await self._access.grant(request)

    @activity.defn
    async def revoke_access(self, undo: UndoInput) -> UndoResult:
        """Takes back what was granted under the key; safe when nothing was."""
        return await self._access.revoke(undo)
