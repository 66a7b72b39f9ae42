"""The embedded product: one workspace per customer at a time, and what is noted of its use."""

from datetime import datetime

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.keyed import Journal, Made
from connectors.order_terms import refuse_impossible
from connectors.store.effects import Effects, new_id
from connectors.store.engine import Store, insert_if_absent
from connectors.store.onboarding_tables import NOT_DELETED, invitations, workspaces
from connectors.store.rows import existing
from contracts.crm import UndoInput, UndoResult
from contracts.failures import FailureCode, ServiceFailure
from contracts.onboarding_plan import Readiness
from contracts.ports import Clock
from contracts.provisioning import (
    CheckProvisioningInput,
    CreateWorkspaceInput,
    Invitation,
    InviteAdminInput,
    ReadUsageInput,
    Usage,
    Workspace,
)

SYSTEM = "provisioning"


class SqlProvisioning:
    """`Provisioning` over the store. A deleted workspace keeps its row, so that it can be accounted for."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._effects = Effects(store, clock, SYSTEM)

    async def readiness(self, question: CheckProvisioningInput) -> Readiness:
        """Says whether a workspace can be made; there is room in every region."""
        query = select(workspaces.c.id).where(workspaces.c.customer_id == question.customer_id, NOT_DELETED)
        if await self._store.fetch(SYSTEM, query, lambda row: row["id"]):
            return Readiness(ready=False, problem="the customer has a workspace already")
        return Readiness(ready=True)

    async def create_workspace(self, request: CreateWorkspaceInput) -> Workspace:
        """Makes the customer's workspace.

        Raises:
            ServiceFailure: CONFLICT if the customer has one; REJECTED if it cannot have as many seats.
        """

        async def make(connection: AsyncConnection) -> Made[Workspace]:
            refuse_impossible(SYSTEM, request)
            workspace = Workspace(id=new_id("workspace"), region=request.region)
            row = {**request.model_dump(), "id": workspace.id, "created_at": self._clock()}
            if not await insert_if_absent(connection, workspaces, row, "customer_id", where=NOT_DELETED):
                raise ServiceFailure(FailureCode.CONFLICT, SYSTEM, "the customer has a workspace already")
            return Made(workspace, {"id": workspace.id})

        return (await self._effects.once("workspace", request, Workspace, make)).result

    async def delete_workspace(self, undo: UndoInput) -> UndoResult:
        """Deletes a workspace and revokes the invitations into it."""

        async def unmake(connection: AsyncConnection, journal: Journal) -> tuple[str, ...]:
            now = self._clock()
            # First the workspace, whose lock `invite_admin` waits for: no invitation is missed.
            await connection.execute(
                update(workspaces).where(workspaces.c.id == journal["id"]).values(deleted_at=now)
            )
            await connection.execute(
                update(invitations)
                .where(invitations.c.workspace_id == journal["id"], invitations.c.revoked_at.is_(None))
                .values(revoked_at=now)
            )
            return ()

        return await self._effects.undo("workspace", undo, unmake)

    async def invite_admin(self, request: InviteAdminInput) -> Invitation:
        """Invites the first administrator. Raises NOT_FOUND; CONFLICT if the workspace is deleted."""

        async def make(connection: AsyncConnection) -> Made[Invitation]:
            query = select(workspaces).where(workspaces.c.id == request.workspace_id)
            workspace = await existing(connection, query, system=SYSTEM, what="workspace", lock=True)
            if workspace["deleted_at"] is not None:
                raise ServiceFailure(FailureCode.CONFLICT, SYSTEM, "the workspace is deleted")
            invitation = Invitation(id=new_id("invitation"))
            row = {
                "id": invitation.id,
                "key": request.key,
                "workspace_id": request.workspace_id,
                "name": request.admin.name,
                "email": request.admin.email,
                "created_at": self._clock(),
            }
            await connection.execute(insert(invitations), row)
            return Made(invitation, {"id": invitation.id})

        return (await self._effects.once("admin_invitation", request, Invitation, make)).result

    async def revoke_invitation(self, undo: UndoInput) -> UndoResult:
        async def unmake(connection: AsyncConnection, journal: Journal) -> tuple[str, ...]:
            await connection.execute(
                update(invitations)
                .where(invitations.c.id == journal["id"], invitations.c.revoked_at.is_(None))
                .values(revoked_at=self._clock())
            )
            return ()

        return await self._effects.undo("admin_invitation", undo, unmake)

    async def usage(self, question: ReadUsageInput) -> Usage:
        """Says when the workspace was first of use. Raises NOT_FOUND, for a deleted one too."""
        query = select(workspaces.c.first_value_at).where(
            workspaces.c.id == question.workspace_id, NOT_DELETED
        )

        async def read(connection: AsyncConnection) -> Usage:
            row = await existing(connection, query, system=SYSTEM, what="workspace")
            return Usage(workspace_id=question.workspace_id, first_value_at=row["first_value_at"])

        return await self._store.read(SYSTEM, read)

    async def record_use(self, workspace_id: str, at: datetime) -> None:
        """Notes that somebody did what the workspace is bought for; the earliest such time stands.

        Not in the port: this is how the embedded product itself knows. Raises NOT_FOUND.
        """
        mine = workspaces.c.id == workspace_id

        async def note(connection: AsyncConnection) -> None:
            query = select(workspaces.c.id).where(mine, NOT_DELETED)
            await existing(connection, query, system=SYSTEM, what="workspace", lock=True)
            earlier = or_(workspaces.c.first_value_at.is_(None), workspaces.c.first_value_at > at)
            await connection.execute(update(workspaces).where(mine, earlier).values(first_value_at=at))

        await self._store.write(SYSTEM, note)
