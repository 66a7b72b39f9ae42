"""The inbox: approvals that wait for people, as a table beside Temporal."""

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.keyed import Made
from connectors.store.effects import Effects
from connectors.store.engine import Store
from connectors.store.tables import approval_tasks
from contracts.approval import ApprovalTask, CloseApprovalTaskInput
from contracts.failures import FailureCode, ServiceFailure
from contracts.ids import effect_key
from contracts.ledger import Recorded
from contracts.ports import Clock

SYSTEM = "inbox"
_OPEN = "approval_opened"
_CLOSE = "approval_closed"
_DECIDED = ("status", "decided_by", "decided_at")


class _Asked:
    """A request under the key that the inbox gives it: neither of its contracts carries one."""

    def __init__(self, step: str, request: ApprovalTask | CloseApprovalTaskInput) -> None:
        self.key = effect_key(request.request_id, step, request.asking)
        self._request = request

    def model_dump_json(self) -> str:
        return self._request.model_dump_json()


class SqlInbox:
    """`Inbox` over the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._effects = Effects(store, clock, SYSTEM)

    async def open(self, task: ApprovalTask) -> Recorded:
        """Puts an approval into the inbox; one that is asked again takes the place of the asking before.

        Raises:
            ServiceFailure: CONFLICT if this asking was closed before it was opened.
        """
        asked = _Asked(_OPEN, task)

        async def make(connection: AsyncConnection) -> Made[Recorded]:
            await connection.execute(
                delete(approval_tasks).where(approval_tasks.c.request_id == task.request_id)
            )
            row = task.model_dump(include={"request_id", "opened_at", "due_at", *_DECIDED})
            await connection.execute(
                insert(approval_tasks).values(**row, document=task.model_dump(mode="json"))
            )
            return Made(Recorded(key=asked.key))

        once = await self._effects.once(_OPEN, asked, Recorded, make)
        return once.result.model_copy(update={"duplicate": once.repeated})

    async def close(self, request: CloseApprovalTaskInput) -> Recorded:
        """Takes an approval out of the inbox; the first close stands. One that was never opened stays out."""
        asked = _Asked(_CLOSE, request)

        async def make(connection: AsyncConnection) -> Made[Recorded]:
            await self._effects.bar(connection, _OPEN, effect_key(request.request_id, _OPEN, request.asking))
            await connection.execute(
                update(approval_tasks)
                .where(approval_tasks.c.request_id == request.request_id)
                .values(status=request.outcome, decided_by=request.decided_by, decided_at=request.at)
            )
            return Made(Recorded(key=asked.key))

        once = await self._effects.once(_CLOSE, asked, Recorded, make)
        return once.result.model_copy(update={"duplicate": once.repeated})

    async def tasks(self, *, status: str | None = "open", limit: int = 100) -> tuple[ApprovalTask, ...]:
        """Returns what is due first, first; every status if `status` is none."""
        query = (
            select(approval_tasks).order_by(approval_tasks.c.due_at, approval_tasks.c.request_id).limit(limit)
        )
        if status is not None:
            query = query.where(approval_tasks.c.status == status)
        return await self._store.fetch(SYSTEM, query, _task)

    async def task(self, request_id: str) -> ApprovalTask:
        query = select(approval_tasks).where(approval_tasks.c.request_id == request_id)
        found = await self._store.fetch(SYSTEM, query, _task)
        if not found:
            raise ServiceFailure(FailureCode.NOT_FOUND, SYSTEM, "there is no such approval")
        return found[0]


def _task(row: RowMapping) -> ApprovalTask:
    return ApprovalTask.model_validate({**row["document"], **{name: row[name] for name in _DECIDED}})
