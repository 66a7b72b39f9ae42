"""`Accounts` over the records of a CRM of others: an account is a company that has a customer's id."""

from decimal import Decimal, InvalidOperation

from connectors.keyed import Attempt, Made, RemoteEffects
from connectors.remote_crm.people import domain_key, make_or_find
from connectors.remote_crm.records import (
    SYSTEM,
    WORK_KINDS,
    Kind,
    Record,
    Records,
    Values,
    not_found,
    standing,
)
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
from contracts.remote_effects import StandingEffect

_LEFT_ALONE = UndoResult(undone=True, kept=("account",))
"""What an undo answers where somebody else has moved the account meanwhile."""
_NOT_GIVEN_BACK = ("opened_by", "stage", "contact_id", "work_id")
"""What a take-up writes and its undo leaves: the contact or deal from before can be gone by then."""


class RemoteAccounts:
    """`Accounts` in a CRM of others.

    Args:
        records: the CRM's.
        effects: makes each effect once.
    """

    def __init__(self, records: Records, effects: RemoteEffects) -> None:
        self._records = records
        self._effects = effects

    async def read_deal(self, question: ReadDealInput) -> CrmDeal:
        """Returns a deal with its company, or else its contact's. Raises NOT_FOUND, for other work too."""
        links = (Kind.CONTACT, Kind.COMPANY)
        deal = await standing(self._records, question.work_id, Kind.DEAL, links=links)
        contact, number = deal.link(Kind.CONTACT), deal.link(Kind.COMPANY)
        if number is None and contact is not None:
            person = await self._records.get(Kind.CONTACT, contact, links=(Kind.COMPANY,))
            number = person.link(Kind.COMPANY) if person else None
        company = await self._records.get(Kind.COMPANY, number) if number else None
        about: Values = company.values if company else {}
        return CrmDeal(
            work_id=deal.id,
            contact_id=f"{Kind.CONTACT}_{contact}" if contact else None,
            company=about.get("name"),
            company_domain=about.get("domain"),
            country=about.get("country"),
            value=_whole(deal.values.get("value")),
            currency=deal.values.get("currency"),
            owner_id=deal.values.get("owner_id"),
        )

    async def open_account(self, request: OpenAccountInput) -> CrmAccount:
        """Makes the customer's account, or takes up the one that is there.

        Raises:
            ServiceFailure: CONFLICT if the account is under way or live; NOT_FOUND if the contact or work is
                not there.
        """

        async def make(attempt: Attempt) -> Made[CrmAccount]:
            async with self._effects.alone(f"customer:{request.customer_id}"):
                others = await self._what_it_names(request)
                account = await self._records.by_key(Kind.ACCOUNT, request.customer_id)
                if account is None:
                    number = await self._company_of(request)
                    account = await self._records.get(Kind.ACCOUNT, number)
                if account is None:
                    raise not_found(Kind.ACCOUNT)
                mine = account.values.get("opened_by") == request.key
                stage = account.values.get("stage") or AccountStage.PROSPECT
                # A live account may move there as well, but by an undo only.
                if stage != AccountStage.PROSPECT and not mine:
                    raise _conflict(f"the customer's account is {stage} already")
                after = _taken_up(request)
                changed = {name: value for name, value in after.items() if account.values.get(name) != value}
                before = attempt.noted("before") if mine else None
                if before is None:
                    # What was no account before keeps what it got: the record of a customer stays.
                    before = {name: account.values.get(name) for name in changed if account.key}
                    await attempt.note(number=account.number, before=before, after=after)
                await self._records.change(
                    Kind.ACCOUNT, account.number, {**changed, "stage_reason": None}, key=request.customer_id
                )
                if others:
                    await self._records.link(Kind.COMPANY, account.number, others)
            opened = await self.account(account.id)
            return Made(opened, {"number": account.number, "before": before, "after": after})

        return (await self._effects.once("account", request, CrmAccount, make)).result

    async def close_account(self, undo: UndoInput) -> UndoResult:
        """Moves the account back to `prospect` and gives back what was overwritten and still stands.

        Raises:
            ServiceFailure: CONFLICT if the account is live: that must be taken back first.
        """

        async def unmake(effect: StandingEffect) -> UndoResult:
            account = await self._marked(effect, "opened_by", undo.key)
            if account is None:
                return UndoResult(undone=False)
            if account.values.get("opened_by") != undo.key:
                return _LEFT_ALONE
            before, after = effect.journal.get("before", {}), effect.journal.get("after", {})
            values: dict[str, str | None] = {
                name: value
                for name, value in before.items()
                if name not in _NOT_GIVEN_BACK and account.values.get(name) == after[name]
            }
            if (stage := _stage(account)) is not AccountStage.PROSPECT:
                _refuse_move(stage, AccountStage.PROSPECT)
                values |= {"stage": AccountStage.PROSPECT, "stage_reason": "the onboarding was undone"}
            await self._records.change(Kind.ACCOUNT, account.number, values)
            return UndoResult(undone=True)

        return await self._effects.undo("account", undo, unmake)

    async def move_account(self, request: MoveAccountInput) -> CrmAccount:
        """Moves an account to a declared next stage; to the one that it is in already, nothing changes."""

        async def make(attempt: Attempt) -> Made[CrmAccount]:
            async with self._effects.alone(request.account_id):
                account = await self._standing(request.account_id)
                stage = before = _stage(account)
                if account.values.get("moved_by") == request.key and stage is request.stage:
                    # An earlier attempt moved it, and never heard of it.
                    before = AccountStage(account.values.get("moved_from") or stage)
                elif request.stage is not stage:
                    _refuse_move(stage, request.stage)
                    values: Values = {
                        "stage": request.stage,
                        "stage_reason": request.reason,
                        "moved_by": request.key,
                        "moved_from": before,
                    }
                    await attempt.note(number=account.number, before=before)
                    await self._records.change(Kind.ACCOUNT, account.number, values)
            moved = await self.account(request.account_id)
            return Made(moved, {"number": account.number, "before": before, "after": request.stage})

        return (await self._effects.once("account_stage", request, CrmAccount, make)).result

    async def return_account(self, undo: UndoInput) -> UndoResult:
        """Moves the account back to where it was; left alone if it is not where the move had put it."""

        async def unmake(effect: StandingEffect) -> UndoResult:
            account = await self._marked(effect, "moved_by", undo.key)
            if account is None:
                return UndoResult(undone=False)
            before = AccountStage(effect.journal.get("before") or account.values.get("moved_from") or "")
            if _stage(account) is before:
                return UndoResult(undone=True)
            if _stage(account) != effect.journal.get("after", _stage(account)):
                return _LEFT_ALONE
            _refuse_move(_stage(account), before)
            values: Values = {"stage": before, "stage_reason": "the move was undone"}
            await self._records.change(Kind.ACCOUNT, account.number, values)
            return UndoResult(undone=True)

        return await self._effects.undo("account_stage", undo, unmake)

    async def account(self, account_id: str) -> CrmAccount:
        """Raises NOT_FOUND."""
        account = await self._standing(account_id)
        return CrmAccount(
            id=account.id,
            version=account.version,
            customer_id=account.key or "",
            stage=_stage(account),
            owner_id=account.values.get("owner_id"),
            contact_id=account.values.get("contact_id"),
            work_id=account.values.get("work_id"),
        )

    async def _standing(self, account_id: str) -> Record:
        account = await standing(self._records, account_id, Kind.ACCOUNT)
        if account.key is None:
            raise not_found(Kind.ACCOUNT)
        return account

    async def _what_it_names(self, request: OpenAccountInput) -> list[tuple[Kind, str]]:
        others = list[tuple[Kind, str]]()
        for record_id, kinds in ((request.contact_id, (Kind.CONTACT,)), (request.work_id, WORK_KINDS)):
            if record_id is not None:
                record = await standing(self._records, record_id, *kinds)
                others.append((record.kind, record.number))
        return others

    async def _company_of(self, request: OpenAccountInput) -> str:
        """The number of the company that becomes the account: found by its domain, or made."""
        domain = request.company_domain.lower() if request.company_domain else None
        values: Values = {"name": request.company, "domain": domain, "country": request.country}
        key = domain_key(domain) if domain else f"customer:{request.customer_id}"
        made = await make_or_find(self._records, Kind.COMPANY, key, values, request.key)
        return made.record.number

    async def _marked(self, effect: StandingEffect, mark: str, key: str) -> Record | None:
        """The account that an effect was made on; only if it has the mark, where nobody knows the end."""
        if number := effect.journal.get("number"):
            account = await self._records.get(Kind.ACCOUNT, number)
            marked = account is not None and account.values.get(mark) == key
            return account if marked or effect.result is not None else None
        found = await self._records.search(Kind.ACCOUNT, [{mark: key}])
        accounts = await self._records.get_many(Kind.ACCOUNT, found)
        return next((one for one in accounts if one.values.get(mark) == key), None)


def _taken_up(request: OpenAccountInput) -> dict[str, str]:
    values: Values = {
        "stage": AccountStage.ONBOARDING,
        "owner_id": request.owner_id,
        "contact_id": request.contact_id,
        "work_id": request.work_id,
        "opened_by": request.key,
    }
    return {name: value for name, value in values.items() if value is not None}


def _stage(account: Record) -> AccountStage:
    stage = account.values.get("stage") or AccountStage.PROSPECT
    try:
        return AccountStage(stage)
    except ValueError:
        raise _conflict("the account is in a stage that crm.yaml maps to none of ours") from None


def _refuse_move(before: AccountStage, after: AccountStage) -> None:
    if after not in ACCOUNT_STAGE_MOVES[before]:
        raise _conflict(f"stage: an account may not move to {after} from {before}")


def _conflict(message: str) -> ServiceFailure:
    return ServiceFailure(FailureCode.CONFLICT, SYSTEM, message)


def _whole(amount: str | None) -> int | None:
    try:
        return int(Decimal(amount)) if amount else None
    except (InvalidOperation, ValueError, OverflowError):
        raise ServiceFailure(FailureCode.MALFORMED, SYSTEM, "deal.value: is no amount") from None
