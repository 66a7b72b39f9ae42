"""Customers' accounts in the embedded CRM: one per customer, moved along declared stages, never deleted."""

from typing import Any

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.keyed import Journal, Made
from connectors.store.crm_schema import SYSTEM
from connectors.store.effects import Effects, new_id
from connectors.store.engine import Store, insert_if_absent
from connectors.store.onboarding_tables import accounts
from connectors.store.rows import existing
from connectors.store.tables import companies, contacts, works
from contracts.accounts import (
    ACCOUNT_STAGE_MOVES,
    AccountStage,
    CrmAccount,
    CrmDeal,
    MoveAccountInput,
    OpenAccountInput,
    ReadDealInput,
)
from contracts.crm import UndoInput, UndoResult
from contracts.failures import FailureCode, ServiceFailure
from contracts.matching import WorkKind
from contracts.ports import Clock

_LEFT_ALONE = ("account",)
"""What an undo answers where somebody else has moved the account meanwhile."""

_NOT_GIVEN_BACK = ("key", "stage", "contact_id", "work_id")
"""What a take-up writes and its undo leaves: the contact or deal from before can be gone by then."""


class SqlAccounts:
    """`Accounts` over the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._effects = Effects(store, clock, SYSTEM)

    async def read_deal(self, question: ReadDealInput) -> CrmDeal:
        """Returns a deal with its company, or else its contact's. Raises NOT_FOUND, for other work too."""
        company_id = func.coalesce(works.c.company_id, contacts.c.company_id)
        query = (
            select(
                works.c.id.label("work_id"),
                works.c.contact_id,
                companies.c.name.label("company"),
                companies.c.domain.label("company_domain"),
                companies.c.country,
                works.c.value,
                works.c.currency,
                works.c.owner_id,
            )
            .join_from(works, contacts, works.c.contact_id == contacts.c.id)
            .join(companies, companies.c.id == company_id, isouter=True)
            .where(works.c.id == question.work_id, works.c.kind == WorkKind.DEAL)
        )
        found = await self._store.fetch(SYSTEM, query, lambda row: CrmDeal.model_validate(dict(row)))
        if not found:
            raise ServiceFailure(FailureCode.NOT_FOUND, SYSTEM, "there is no such deal")
        return found[0]

    async def open_account(self, request: OpenAccountInput) -> CrmAccount:
        """Makes the customer's account, or takes up the one that is there.

        What an account knows stands unless the request says otherwise.

        Raises:
            ServiceFailure: CONFLICT if the account is under way or live; NOT_FOUND if the contact or work is
                not there.
        """

        async def make(connection: AsyncConnection) -> Made[CrmAccount]:
            now, account_id = self._clock(), new_id("account")
            values = {**request.model_dump(), "stage": AccountStage.ONBOARDING}
            fresh = {**values, "id": account_id, "version": 1, "created_at": now, "updated_at": now}
            if await insert_if_absent(connection, accounts, fresh, "customer_id"):
                made = _read(await _account_row(connection, account_id))
                return Made(made, {"id": account_id, "before": {}, "after": {}})
            same = select(accounts).where(accounts.c.customer_id == request.customer_id)
            account = await existing(connection, same, system=SYSTEM, what="account", lock=True)
            # A live account may move there as well, but by an undo only.
            if account["stage"] != AccountStage.PROSPECT:
                raise ServiceFailure(
                    FailureCode.CONFLICT, SYSTEM, f"the customer's account is {account['stage']} already"
                )
            known = {name: value for name, value in values.items() if value is not None}
            changed = {name: value for name, value in known.items() if account[name] != value}
            before = {name: account[name] for name in changed}
            await self._change(connection, account, {**changed, "stage_reason": None})
            journal = {"id": account["id"], "before": before, "after": changed}
            return Made(_read(await _account_row(connection, account["id"])), journal)

        return (await self._effects.once("account", request, CrmAccount, make)).result

    async def close_account(self, undo: UndoInput) -> UndoResult:
        """Moves the account back to `prospect` and gives back what was overwritten and still stands.

        Raises:
            ServiceFailure: CONFLICT if the account is live: that must be taken back first.
        """

        async def unmake(connection: AsyncConnection, journal: Journal) -> tuple[str, ...]:
            account = await _account_row(connection, journal["id"], lock=True)
            if account["key"] != undo.key:
                return _LEFT_ALONE
            values = {
                name: value
                for name, value in journal["before"].items()
                if name not in _NOT_GIVEN_BACK and account[name] == journal["after"][name]
            }
            if account["stage"] != AccountStage.PROSPECT:
                _refuse_move(account["stage"], AccountStage.PROSPECT)
                values |= {"stage": AccountStage.PROSPECT, "stage_reason": "the onboarding was undone"}
            await self._change(connection, account, values)
            return ()

        return await self._effects.undo("account", undo, unmake)

    async def move_account(self, request: MoveAccountInput) -> CrmAccount:
        """Moves an account to a declared next stage; to the one that it is in already, nothing changes.

        Raises:
            ServiceFailure: NOT_FOUND; CONFLICT on an undeclared move.
        """

        async def make(connection: AsyncConnection) -> Made[CrmAccount]:
            account = await _account_row(connection, request.account_id, lock=True)
            before = account["stage"]
            if request.stage != before:
                _refuse_move(before, request.stage)
                values = {"stage": request.stage, "stage_reason": request.reason}
                await self._change(connection, account, values)
            moved = _read(await _account_row(connection, request.account_id))
            return Made(moved, {"id": moved.id, "before": before, "after": moved.stage})

        return (await self._effects.once("account_stage", request, CrmAccount, make)).result

    async def return_account(self, undo: UndoInput) -> UndoResult:
        """Moves the account back to where it was; left alone if it is not where the move had put it."""

        async def unmake(connection: AsyncConnection, journal: Journal) -> tuple[str, ...]:
            account = await _account_row(connection, journal["id"], lock=True)
            if account["stage"] == journal["before"]:
                return ()
            if account["stage"] != journal["after"]:
                return _LEFT_ALONE
            _refuse_move(account["stage"], journal["before"])
            values = {"stage": journal["before"], "stage_reason": "the move was undone"}
            await self._change(connection, account, values)
            return ()

        return await self._effects.undo("account_stage", undo, unmake)

    async def account(self, account_id: str) -> CrmAccount:
        async def read(connection: AsyncConnection) -> CrmAccount:
            return _read(await _account_row(connection, account_id))

        return await self._store.read(SYSTEM, read)

    async def _change(self, connection: AsyncConnection, account: RowMapping, values: dict[str, Any]) -> None:
        if values:
            version = {"version": account["version"] + 1, "updated_at": self._clock()}
            mine = accounts.c.id == account["id"]
            await connection.execute(update(accounts).where(mine).values(**values, **version))


async def _account_row(connection: AsyncConnection, account_id: str, *, lock: bool = False) -> RowMapping:
    query = select(accounts).where(accounts.c.id == account_id)
    return await existing(connection, query, system=SYSTEM, what="account", lock=lock)


def _read(row: RowMapping) -> CrmAccount:
    return CrmAccount.model_validate({name: row[name] for name in CrmAccount.model_fields})


def _refuse_move(before: str, after: str) -> None:
    """Raises CONFLICT if an account may not move from the one stage to the other."""
    if after not in ACCOUNT_STAGE_MOVES[AccountStage(before)]:
        raise ServiceFailure(
            FailureCode.CONFLICT, SYSTEM, f"stage: an account may not move to {after} from {before}"
        )
