"""Conformance of every step of onboarding and access that has an undo: once per key, and taken back once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from contracts.base import Contract
from contracts.crm import CreateTaskInput, UndoInput, UndoResult
from contracts.failures import FailureCode
from contracts.onboarding_ports import AccessControl, Accounts, Billing, Provisioning, Scheduling
from contracts.ports import Crm
from tests.connectors.examples import Refused
from tests.connectors.onboarding_examples import (
    billed,
    granting,
    inviting,
    meeting,
    moving,
    opening,
    step,
    subscribing,
    workspace,
)


@dataclass(frozen=True)
class Systems:
    """Everything that an onboarding makes effects on."""

    accounts: Accounts
    billing: Billing
    provisioning: Provisioning
    scheduling: Scheduling
    access: AccessControl


@dataclass(frozen=True)
class Effect:
    """A step with its undo, on systems that are ready for it."""

    do: Callable[[Any], Awaitable[Contract]]
    undo: Callable[[UndoInput], Awaitable[UndoResult]]
    request: Contract
    key: str


async def open_account(systems: Systems) -> Effect:
    return Effect(systems.accounts.open_account, systems.accounts.close_account, opening(), opening().key)


async def move_account(systems: Systems) -> Effect:
    account = await systems.accounts.open_account(opening())
    request = moving(account.id)
    return Effect(systems.accounts.move_account, systems.accounts.return_account, request, request.key)


async def open_customer(systems: Systems) -> Effect:
    return Effect(systems.billing.open_customer, systems.billing.close_customer, billed(), billed().key)


async def start_subscription(systems: Systems) -> Effect:
    customer = await systems.billing.open_customer(billed())
    request, billing = subscribing(customer.id), systems.billing
    return Effect(billing.start_subscription, billing.cancel_subscription, request, request.key)


async def create_workspace(systems: Systems) -> Effect:
    provisioning, request = systems.provisioning, workspace()
    return Effect(provisioning.create_workspace, provisioning.delete_workspace, request, request.key)


async def invite_admin(systems: Systems) -> Effect:
    made = await systems.provisioning.create_workspace(workspace())
    request, provisioning = inviting(made.id), systems.provisioning
    return Effect(provisioning.invite_admin, provisioning.revoke_invitation, request, request.key)


async def book(systems: Systems) -> Effect:
    return Effect(systems.scheduling.book, systems.scheduling.cancel_booking, meeting(), meeting().key)


async def grant(systems: Systems) -> Effect:
    return Effect(systems.access.grant, systems.access.revoke, granting(), granting().key)


@dataclass(frozen=True)
class Case:
    """A step, and on whose system it is made."""

    prepare: Callable[[Systems], Awaitable[Effect]]
    on: str = "embedded"

    def __str__(self) -> str:
        return f"{self.prepare.__name__}-{self.on}"


CASES = (
    *map(Case, (open_account, move_account, create_workspace, invite_admin, grant)),
    *(Case(step, on) for step in (open_customer, start_subscription) for on in ("embedded", "stripe")),
    *(Case(book, on) for on in ("embedded", "google_calendar", "calcom")),
)


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture
def billing_name(case: Case) -> str:
    return case.on if case.prepare in (open_customer, start_subscription) else "embedded"


@pytest.fixture
def scheduling_name(case: Case) -> str:
    return case.on if case.prepare is book else "embedded"


@pytest.fixture
def systems(
    accounts: Accounts,
    billing: Billing,
    provisioning: Provisioning,
    scheduling: Scheduling,
    access: AccessControl,
) -> Systems:
    return Systems(accounts, billing, provisioning, scheduling, access)


@pytest_asyncio.fixture
async def effect(case: Case, systems: Systems) -> Effect:
    return await case.prepare(systems)


async def test_same_key_ten_times_at_once_is_one_effect(effect: Effect) -> None:
    made = await asyncio.gather(*(effect.do(effect.request) for _ in range(10)))
    assert len(set(made)) == 1
    assert await effect.do(effect.request) == made[0]


async def test_effect_is_taken_back_once_and_stays_taken_back(effect: Effect) -> None:
    await effect.do(effect.request)
    undone = await asyncio.gather(*(effect.undo(UndoInput(key=effect.key)) for _ in range(10)))
    assert undone == [UndoResult(undone=True)] * 10
    assert await effect.undo(UndoInput(key=effect.key)) == undone[0]
    with Refused(FailureCode.CONFLICT):
        await effect.do(effect.request)


async def test_undo_of_what_never_happened_undoes_nothing_and_bars_it(effect: Effect) -> None:
    for _ in range(2):
        assert await effect.undo(UndoInput(key=effect.key)) == UndoResult(undone=False)
    with Refused(FailureCode.CONFLICT):
        await effect.do(effect.request)


async def test_step_and_undo_at_once_end_with_nothing_made(effect: Effect) -> None:
    outcomes = await asyncio.gather(
        effect.do(effect.request), effect.undo(UndoInput(key=effect.key)), return_exceptions=True
    )
    undone = outcomes[1]
    assert isinstance(undone, UndoResult)
    assert undone.undone is not isinstance(outcomes[0], BaseException)
    with Refused(FailureCode.CONFLICT):
        await effect.do(effect.request)


async def test_what_was_taken_back_can_be_made_anew_under_another_key(effect: Effect) -> None:
    first = await effect.do(effect.request)
    await effect.undo(UndoInput(key=effect.key))
    again = effect.request.model_copy(update={"key": step("again")})
    assert await effect.do(again) != first


async def test_key_of_another_kind_of_step_is_refused(effect: Effect, crm: Crm) -> None:
    await crm.create_task(CreateTaskInput(key=effect.key, subject="Call", owner_id="sam"))
    with Refused(FailureCode.CONFLICT):
        await effect.do(effect.request)
    with Refused(FailureCode.CONFLICT):
        await effect.undo(UndoInput(key=effect.key))
