"""Accounts: customers as the CRM holds them, from the order on."""

from enum import StrEnum

from contracts.base import Contract, Key, Line, Slug


class AccountStage(StrEnum):
    """Where a customer stands with us."""

    PROSPECT = "prospect"
    """Not a customer: never was, or its onboarding was undone."""
    ONBOARDING = "onboarding"
    LIVE = "live"


ACCOUNT_STAGE_MOVES: dict[AccountStage, frozenset[AccountStage]] = {
    AccountStage.PROSPECT: frozenset({AccountStage.ONBOARDING}),
    AccountStage.ONBOARDING: frozenset({AccountStage.LIVE, AccountStage.PROSPECT}),
    AccountStage.LIVE: frozenset({AccountStage.ONBOARDING}),
}
"""Where an account may move. Back only by an undo: a live customer is taken back by the way it came."""


class OpenAccountInput(Contract):
    """Makes the customer's account, or takes up the one that is there, and moves it to `onboarding`."""

    key: Key
    customer_id: Slug
    company: Line
    company_domain: str | None = None
    country: str | None = None
    owner_id: Slug
    contact_id: str | None = None
    work_id: str | None = None


class MoveAccountInput(Contract):
    """Moves an account to a declared next stage; an undeclared move is refused as CONFLICT."""

    key: Key
    account_id: str
    stage: AccountStage
    reason: Line | None = None


class CrmAccount(Contract):
    """An account as read."""

    id: str
    version: int
    customer_id: str
    stage: AccountStage
    owner_id: str | None = None
    contact_id: str | None = None
    work_id: str | None = None


class ReadDealInput(Contract):
    """The question what the CRM knows of a deal that is won."""

    work_id: str


class CrmDeal(Contract):
    """A deal with the company that it is about."""

    work_id: str
    contact_id: str | None = None
    company: Line | None = None
    company_domain: str | None = None
    country: str | None = None
    value: int | None = None
    currency: str | None = None
    owner_id: str | None = None
