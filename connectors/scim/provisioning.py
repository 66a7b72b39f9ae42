"""SCIM 2.0 as `Provisioning`: a workspace is a group, its first administrator a user in it."""

from connectors.card import ConnectorCard, Operation
from connectors.connections.onboarding import ScimSettings
from connectors.http import JsonObject
from connectors.keyed import Attempt, Made, RemoteEffects
from connectors.order_terms import refuse_impossible
from connectors.scim.api import GROUP, SYSTEM, USER, Resource, ScimApi
from contracts.crm import UndoInput, UndoResult
from contracts.failures import FailureCode, ServiceFailure
from contracts.onboarding_plan import Readiness
from contracts.provisioning import (
    CheckProvisioningInput,
    CreateWorkspaceInput,
    Invitation,
    InviteAdminInput,
    ReadUsageInput,
    Usage,
    Workspace,
)
from contracts.remote_effects import StandingEffect

GROUPS, USERS = "/Groups", "/Users"

CARD = ConnectorCard(
    name="scim",
    port="provisioning",
    system="SCIM 2.0 (RFC 7644)",
    operations=(
        Operation("readiness", "a read", "none"),
        Operation(
            "create_workspace",
            "the group's name is made of the customer's id, and looked for first; externalId is our key",
            "none, while no other program makes groups of such names",
        ),
        Operation("delete_workspace", "a deletion, which may be repeated", "none"),
        Operation(
            "invite_admin",
            "userName is unique (409, then a look), externalId is our key; a member is added once",
            "none",
        ),
        Operation(
            "revoke_invitation",
            "takes the member out, and deletes the user that the key made; both may be repeated",
            "none",
        ),
        Operation("usage", "a read", "SCIM knows no use: the answer is that it is not known"),
    ),
    rate_limit="by service; 429 is waited out",
    scopes="a bearer token that may read and write groups and users",
    not_established="plan and seats have no place in SCIM, and are not told; a service is one region",
)


class ScimProvisioning:
    """`Provisioning` over a SCIM service."""

    def __init__(self, api: ScimApi, effects: RemoteEffects, settings: ScimSettings) -> None:
        self._api = api
        self._effects = effects
        self._settings = settings

    async def readiness(self, question: CheckProvisioningInput) -> Readiness:
        """Says whether a workspace can be made."""
        if not self._serves(question.region):
            return Readiness(ready=False, problem="the product has no workspaces in this region")
        if await self._groups_of(question.customer_id):
            return Readiness(ready=False, problem="the customer has a workspace already")
        return Readiness(ready=True)

    async def create_workspace(self, request: CreateWorkspaceInput) -> Workspace:
        """Makes the customer's workspace.

        Raises:
            ServiceFailure: CONFLICT if the customer has one; REJECTED if it cannot be there, or so large.
        """

        async def mine() -> Resource | None:
            found = await self._groups_of(request.customer_id)
            if any(one.externalId != request.key for one in found):
                raise _conflict("the customer has a workspace already")
            return found[0] if found else None

        async def make(_: Attempt) -> Made[Workspace]:
            refuse_impossible(SYSTEM, request)
            if not self._serves(request.region):
                raise ServiceFailure(FailureCode.REJECTED, SYSTEM, "region: the product is in another one")
            document: JsonObject = {
                "schemas": [GROUP],
                "displayName": self._name_of(request.customer_id),
                "externalId": request.key,
            }
            async with self._effects.alone(f"scim_group/{request.customer_id}"):
                group = await mine() or await self._api.create("create group", GROUPS, document)
                group = group or await mine()
            if group is None:
                raise _conflict("the group's name is taken, by none that can be found")
            return Made(Workspace(id=group.id, region=request.region), {"id": group.id})

        return (await self._effects.once("workspace", request, Workspace, make)).result

    async def delete_workspace(self, undo: UndoInput) -> UndoResult:
        """Deletes a workspace, and with it everybody's membership."""

        async def unmake(standing: StandingEffect) -> UndoResult:
            ids = [str(standing.journal["id"])] if standing.result else await self._made(GROUPS, undo.key)
            for group_id in ids:
                await self._api.delete("delete group", GROUPS, group_id)
            return UndoResult(undone=bool(ids))

        return await self._effects.undo("workspace", undo, unmake)

    async def invite_admin(self, request: InviteAdminInput) -> Invitation:
        """Makes the first administrator and puts them into the workspace. Raises NOT_FOUND."""

        async def make(_: Attempt) -> Made[Invitation]:
            if not await self._api.exists(GROUPS, request.workspace_id):
                raise _no_workspace()
            user, is_ours = await self._user_for(request)
            member: JsonObject = {"op": "add", "path": "members", "value": [{"value": user.id}]}
            if not await self._api.patch("add member", GROUPS, request.workspace_id, member):
                raise _no_workspace()
            journal = {"id": user.id, "made": is_ours, "workspace_id": request.workspace_id}
            return Made(Invitation(id=user.id), journal)

        return (await self._effects.once("admin_invitation", request, Invitation, make)).result

    async def revoke_invitation(self, undo: UndoInput) -> UndoResult:
        """Takes the administrator out of the workspace, and deletes them if they were made for it."""

        async def unmake(standing: StandingEffect) -> UndoResult:
            if standing.result is None:
                made = await self._made(USERS, undo.key)
            else:
                user_id = str(standing.journal["id"])
                out: JsonObject = {"op": "remove", "path": f'members[value eq "{user_id}"]'}
                await self._api.patch("remove member", GROUPS, str(standing.journal["workspace_id"]), out)
                made = [user_id] if standing.journal["made"] else []
            for one in made:
                await self._api.delete("delete user", USERS, one)
            return UndoResult(undone=standing.result is not None or bool(made))

        return await self._effects.undo("admin_invitation", undo, unmake)

    async def usage(self, question: ReadUsageInput) -> Usage:
        """Says that use is not known. Raises NOT_FOUND."""
        if not await self._api.exists(GROUPS, question.workspace_id):
            raise _no_workspace()
        return Usage(workspace_id=question.workspace_id, known=False)

    async def _user_for(self, request: InviteAdminInput) -> tuple[Resource, bool]:
        """The administrator's user, and whether it is there because of this key."""
        admin = request.admin
        document: JsonObject = {
            "schemas": [USER],
            "userName": admin.email,
            "externalId": request.key,
            "displayName": admin.name,
            "name": {"formatted": admin.name},
            "emails": [{"value": admin.email, "type": "work", "primary": True}],
            "active": True,
        }
        if (made := await self._api.create("create user", USERS, document)) is not None:
            return made, True
        found = await self._api.found(USERS, "userName", admin.email)
        if not found:
            raise _conflict("the administrator's userName is taken, by none that can be found")
        user = found[0]
        if not user.active:
            # Some services keep whom they deleted, deactivated.
            active: JsonObject = {"op": "replace", "path": "active", "value": True}
            await self._api.patch("activate user", USERS, user.id, active)
        return user, user.externalId == request.key

    async def _groups_of(self, customer_id: str) -> tuple[Resource, ...]:
        return await self._api.found(GROUPS, "displayName", self._name_of(customer_id))

    async def _made(self, endpoint: str, key: str) -> list[str]:
        return [one.id for one in await self._api.found(endpoint, "externalId", key)]

    def _name_of(self, customer_id: str) -> str:
        return f"{self._settings.group_prefix}{customer_id}"

    def _serves(self, region: str | None) -> bool:
        return None in (region, self._settings.region) or region == self._settings.region


def _conflict(message: str) -> ServiceFailure:
    return ServiceFailure(FailureCode.CONFLICT, SYSTEM, message)


def _no_workspace() -> ServiceFailure:
    return ServiceFailure(FailureCode.NOT_FOUND, SYSTEM, "the workspace is not there")
