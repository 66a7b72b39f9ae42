"""Messages of an onboarding that the suites send: whole by default, different where a test says so."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from contracts.access_request import GrantAccessInput
from contracts.accounts import AccountStage, MoveAccountInput, OpenAccountInput
from contracts.agreements import AgreementState, RecordAgreementInput
from contracts.base import Contract
from contracts.billing import OpenBillingCustomerInput, StartSubscriptionInput
from contracts.failures import FailureCode, ServiceFailure
from contracts.messages import CustomerMessage, MessageKind
from contracts.onboarding import OnboardingRecord, OnboardingResult
from contracts.onboarding_states import OnboardingState
from contracts.order import PartyContact, PostalAddress
from contracts.provisioning import CreateWorkspaceInput, InviteAdminInput
from contracts.scheduling import BookMeetingInput, Slot
from tests.connectors.examples import MONDAY_NINE

TEN = MONDAY_NINE + timedelta(hours=1)
"""The beginning of the meetings of these suites."""

ZOE = PartyContact(name="Zoë Nuñez", email="zoe@acme.example")
KIM = PartyContact(name="Kim Ågren", email="kim@ours.example")

Request = TypeVar("Request", bound=Contract)
Result = TypeVar("Result", bound=Contract)


def step(name: str, onboarding_id: str = "lead-1") -> str:
    """The key of a step of an onboarding."""
    return f"customer-onboarding/{onboarding_id}#{name}"


def opening(**changed: Any) -> OpenAccountInput:
    whole: dict[str, Any] = {
        "key": step("open_account"),
        "customer_id": "acme",
        "company": "Acme",
        "company_domain": "acme.example",
        "country": "ES",
        "owner_id": "kim",
    }
    return OpenAccountInput(**(whole | changed))


def moving(account_id: str, stage: AccountStage = AccountStage.LIVE, **changed: Any) -> MoveAccountInput:
    whole: dict[str, Any] = {"key": step("move_account"), "reason": "all is set up"}
    return MoveAccountInput(account_id=account_id, stage=stage, **(whole | changed))


def billed(**changed: Any) -> OpenBillingCustomerInput:
    whole: dict[str, Any] = {
        "key": step("open_billing_customer"),
        "customer_id": "acme",
        "company": "Acme",
        "contact": ZOE,
        "address": PostalAddress(street="Plaza Mayor 1", city="León", postal_code="24001", country="ES"),
        "tax_id": "ESB12345678",
    }
    return OpenBillingCustomerInput(**(whole | changed))


def subscribing(billing_customer_id: str, **changed: Any) -> StartSubscriptionInput:
    whole: dict[str, Any] = {
        "key": step("start_subscription"),
        "plan": "team",
        "seats": 25,
        "value": 12_000,
        "currency": "EUR",
        "discount_percent": 10,
    }
    return StartSubscriptionInput(billing_customer_id=billing_customer_id, **(whole | changed))


def workspace(**changed: Any) -> CreateWorkspaceInput:
    whole: dict[str, Any] = {
        "key": step("create_workspace"),
        "customer_id": "acme",
        "name": "Acme",
        "region": "eu",
        "plan": "team",
        "seats": 25,
    }
    return CreateWorkspaceInput(**(whole | changed))


def inviting(workspace_id: str, **changed: Any) -> InviteAdminInput:
    whole: dict[str, Any] = {"key": step("invite_admin"), "admin": ZOE}
    return InviteAdminInput(workspace_id=workspace_id, **(whole | changed))


def slot(starts_at: datetime = TEN, minutes: int = 30) -> Slot:
    return Slot(
        id=f"slot-{starts_at.strftime('%d-%H-%M')}",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
    )


def meeting(**changed: Any) -> BookMeetingInput:
    whole: dict[str, Any] = {
        "key": step("book_kickoff"),
        "customer_id": "acme",
        "workflow_id": "customer-onboarding/lead-1",
        "host_id": "kim",
        "host": KIM,
        "attendee": ZOE,
        "slot": slot(),
        "title": "Kickoff with Acme",
    }
    return BookMeetingInput(**(whole | changed))


def contract(state: AgreementState = AgreementState.SIGNED, **changed: Any) -> RecordAgreementInput:
    whole: dict[str, Any] = {"key": step(f"contract-{state}"), "reference": "C-2026-17"}
    return RecordAgreementInput(state=state, **(whole | changed))


def granting(**changed: Any) -> GrantAccessInput:
    whole: dict[str, Any] = {
        "key": "access-request/r-1#grant_access",
        "person_id": "ali",
        "system": "billing",
        "role": "reader",
        "until": MONDAY_NINE + timedelta(days=30),
    }
    return GrantAccessInput(**(whole | changed))


def welcome(**changed: Any) -> CustomerMessage:
    whole: dict[str, Any] = {
        "key": step("send_welcome"),
        "kind": MessageKind.CUSTOMER_WELCOME,
        "to_address": "zoe@acme.example",
        "subject": "Willkommen 検査",
        "body": "Your workspace is ready.\n",
        "workflow_id": "customer-onboarding/lead-1",
    }
    return CustomerMessage(**(whole | changed))


def onboarding(onboarding_id: str = "lead-1", **changed: Any) -> OnboardingRecord:
    whole: dict[str, Any] = {
        "key": step("record_onboarding", onboarding_id),
        "workflow_id": f"customer-onboarding/{onboarding_id}",
        "policy_hash": "hash",
        "result": OnboardingResult(
            onboarding_id=onboarding_id,
            customer_id="acme",
            outcome=OnboardingState.ONBOARDED,
            reasons=("Größe passt",),
            finished_at=MONDAY_NINE,
        ),
        "at": MONDAY_NINE,
    }
    return OnboardingRecord(onboarding_id=onboarding_id, **(whole | changed))


async def all_at_once(
    do: Callable[[Request], Awaitable[Result]], requests: Iterable[Request]
) -> tuple[list[Result], list[FailureCode]]:
    """What succeeded, and the codes of what was refused."""
    outcomes = await asyncio.gather(*map(do, requests), return_exceptions=True)
    refused = [one.code for one in outcomes if isinstance(one, ServiceFailure)]
    made = [one for one in outcomes if not isinstance(one, BaseException)]
    assert len(made) + len(refused) == len(outcomes), outcomes
    return made, refused
