"""What was done for a customer is undone in reverse, whatever fails and whoever calls it off, wherever."""

import asyncio
from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import CancelledError

from contracts.failures import FailureCode
from contracts.messages import CustomerMessage, MessageKind
from contracts.names import Step
from contracts.onboarding_plan import OnboardingStep
from contracts.onboarding_policy import OnboardingStepPolicy
from contracts.onboarding_states import OnboardingState
from contracts.policy import PolicyBundle
from contracts.states import Lane
from contracts.status import ResolutionAnswer
from tests.faults import ALWAYS, Faults
from tests.onboarding_bundles import full_template, small_onboarding_policy, steps_of
from tests.workflows.caches import both_caches
from tests.workflows.house import PATIENCE, House, eventually
from tests.workflows.onboarding import (
    CUSTOMER,
    NOTHING,
    SELLER,
    SUCCESS,
    OnboardingRun,
    an_order,
    cancel,
    choose,
    decide_round,
    ended_with_help,
    helped_along,
    onboard,
    standing,
    until_kickoff_is_offered,
)
from tests.workflows.policies import house_rules, undo_on
from tests.workflows.refusals import refused_for

ONE_BY_ONE = tuple(OnboardingStep)
"""The order in which a plan without parallel steps takes them."""


def one_after_the_other() -> tuple[OnboardingStepPolicy, ...]:
    """Every step, each after the one before it."""
    taken = steps_of(ONE_BY_ONE)
    return (
        taken[0],
        *(later.model_copy(update={"after": (before.step,)}) for before, later in pairwise(taken)),
    )


IN_SEQUENCE = small_onboarding_policy(templates=(full_template(steps=one_after_the_other()),))


def kind_is(kind: MessageKind) -> Any:
    """Takes messages to the customer of one kind."""
    return lambda request: isinstance(request, CustomerMessage) and request.kind is kind


def noted_for(occasion: str) -> Any:
    """Takes the note or task of one occasion."""
    return lambda request: request.key.endswith(occasion)


# fmt: off
MADE: tuple[tuple[str, Any, str | None], ...] = (
    ("open_account", None, "account"),
    ("open_customer", None, "billing customer"),
    ("start_subscription", None, "subscription"),
    ("create_workspace", None, "workspace"),
    ("invite_admin", None, "invitation"),
    ("free_slots", None, None),
    ("send_to_customer", kind_is(MessageKind.CUSTOMER_KICKOFF_OFFER), None),
    ("book", None, "kickoff"),
    ("send_to_customer", kind_is(MessageKind.CUSTOMER_WELCOME), None),
    ("create_task", noted_for("#call"), "task call"),
    ("create_task", noted_for("#thank"), "task thank"),
    ("create_note", noted_for("handover-1"), "note handover-1"),
    ("move_account", None, "account's stage"),
    ("usage", None, None),
    ("create_task", noted_for("#first-value"), "task first-value"),
    ("record_onboarding", None, None),
)
"""Every call of a whole onboarding that can fail for good, in order, and what its undo takes back."""
# fmt: on

PLACES = [f"{number:02}-{method}" for number, (method, _, _) in enumerate(MADE)]


GIVEN_SIDE_BY_SIDE = [place for place, (_, _, what) in enumerate(MADE) if what in ("task call", "task thank")]


def what_was_made_before(place: int) -> list[str]:
    """What is taken back where the call at that place fails; an undo carries the occasion of its step."""
    return [what for _, _, what in reversed(MADE[:place]) if what is not None]


def calls_that_fail(method: str) -> Collection[int]:
    """All, but for the record: how it ended is recorded once more when it is undone."""
    return (1,) if method == "record_onboarding" else ALWAYS


def without_slot(what: str) -> str:
    """The kickoff's undo names the time that was booked."""
    return "kickoff" if what.startswith("kickoff ") else what


class TestWhereThePolicyUndoes:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return house_rules(steps=undo_on(*Step), onboarding=IN_SEQUENCE)

    @pytest.mark.parametrize("place", range(len(MADE)), ids=PLACES)
    async def test_step_that_fails_undoes_exactly_what_came_before_in_reverse(
        self, house: House, faults: Faults, place: int
    ) -> None:
        method, only, _ = MADE[place]
        chosen: Mapping[str, Any] = {"only": only} if only else {}
        faults.fail(method, FailureCode.REJECTED, **chosen, calls=calls_that_fail(method))
        run = await onboard(house, an_order())
        result = await ended_with_help(house, run)
        assert result.outcome is OnboardingState.UNDONE
        expected = what_was_made_before(place)
        # Tasks are given out side by side: the one that did not fail may have been made first.
        if place in GIVEN_SIDE_BY_SIDE:
            assert [without_slot(one.what) for one in result.undone][-6:] == expected[-6:]
        else:
            assert [without_slot(one.what) for one in result.undone] == expected
        assert result.left == ()
        assert await standing(house) == NOTHING

    async def test_result_says_what_cannot_be_undone(self, house: House, faults: Faults) -> None:
        faults.fail("move_account")
        run = await onboard(house, an_order())
        result = await ended_with_help(house, run)
        assert [said.partition(":")[0] for said in result.irreversible] == ["send_welcome", "hand_over"]

    async def test_people_and_customer_who_were_told_are_told_otherwise(
        self, house: House, faults: Faults
    ) -> None:
        faults.fail("usage")
        run = await onboard(house, an_order())
        await ended_with_help(house, run)
        withdrawn = await house.messages(MessageKind.ONBOARDING_WITHDRAWN)
        assert {message.recipient_id for message in withdrawn} == {SELLER, SUCCESS}
        assert len(await house.messages(MessageKind.CUSTOMER_WITHDRAWN)) == 1
        assert len(await house.messages(MessageKind.CUSTOMER_INVITATION_CANCELLED)) == 1
        notes = await bodies_of_notes(house)
        assert any("The onboarding was undone" in body for body in notes)

    async def test_customer_who_was_told_nothing_is_told_nothing(self, house: House, faults: Faults) -> None:
        faults.fail("create_workspace")
        run = await onboard(house, an_order())
        await run.result()
        assert [m for m in await house.messages() if m.to_address] == []


async def bodies_of_notes(house: House) -> list[str]:
    async with house.store.reading("test") as connection:
        return [body for (body,) in await connection.exec_driver_sql("select body from notes")]


class TestWhereStepsGoSideBySide:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return house_rules(steps=undo_on(*Step))

    @both_caches
    @pytest.mark.parametrize("place", range(len(MADE)), ids=PLACES)
    async def test_step_that_fails_leaves_nothing_of_the_others(
        self, house: House, faults: Faults, place: int
    ) -> None:
        method, only, _ = MADE[place]
        chosen: Mapping[str, Any] = {"only": only} if only else {}
        faults.fail(method, FailureCode.REJECTED, **chosen, calls=calls_that_fail(method))
        run = await onboard(house, an_order())
        result = await ended_with_help(house, run)
        assert result.outcome is OnboardingState.UNDONE
        await eventually(lambda: standing(house), lambda seen: seen == NOTHING)


@pytest.mark.parametrize("landed", [False, True], ids=["before-it-acts", "after-it-acted"])
@pytest.mark.parametrize("place", range(len(MADE)), ids=PLACES)
async def test_customer_who_cancels_during_a_call_has_nothing_left(
    house: House, faults: Faults, place: int, landed: bool
) -> None:
    run, people = await held_at(house, faults, place, landed=landed)
    if MADE[place][0] == "record_onboarding":
        assert "too late" in await refused_for(cancel(house, run))
        faults.release_all()
        assert (await run.result()).outcome is OnboardingState.WITHOUT_FIRST_VALUE
    else:
        await cancel(house, run)
        faults.release_all()
        result = await run.result()
        assert (result.outcome, CUSTOMER in result.decided_by) == (OnboardingState.CANCELLED, True)
        await eventually(lambda: standing(house), lambda seen: seen == NOTHING)
        assert (await house.ledger.onboarding("ob-1")).result.outcome is OnboardingState.CANCELLED
    people.cancel()


@pytest.mark.parametrize("landed", [False, True], ids=["before-it-acts", "after-it-acted"])
@pytest.mark.parametrize("place", range(len(MADE)), ids=PLACES)
async def test_run_cancelled_by_an_operator_during_a_call_has_nothing_left(
    house: House, faults: Faults, place: int, landed: bool
) -> None:
    run, people = await held_at(house, faults, place, landed=landed)
    await run.cancel()
    faults.release_all()
    with pytest.raises(WorkflowFailureError) as failed:
        await run.result()
    people.cancel()
    assert isinstance(failed.value.cause, CancelledError)
    await eventually(lambda: standing(house), lambda seen: seen == NOTHING)


async def held_at(
    house: House, faults: Faults, place: int, *, landed: bool
) -> tuple[OnboardingRun, asyncio.Task[None]]:
    """An onboarding that is held at one of its calls, with people who help it along until then."""
    method, only, _ = MADE[place]
    chosen: Mapping[str, Any] = {"only": only} if only else {}
    gate = faults.block(method, **chosen, after=landed)
    run = await onboard(house, an_order())
    people = asyncio.create_task(helped_along(house, run, PATIENCE))
    await gate.entered.wait()
    return run, people


WAITS: Mapping[OnboardingState, Mapping[str, Any]] = {
    OnboardingState.AWAITING_PREREQUISITES: {"tax_id": None},
    OnboardingState.AWAITING_CONTRACT: {"contract_signed_at": None},
    OnboardingState.IN_APPROVAL: {"value": 100_000},
    OnboardingState.AWAITING_KICKOFF_CHOICE: {},
}


@both_caches
@pytest.mark.parametrize("state", WAITS)
async def test_customer_may_cancel_while_somebody_is_waited_for(house: House, state: OnboardingState) -> None:
    run = await onboard(house, an_order(**WAITS[state]))
    await house.in_state(run, state)
    assert "needs a reason" in await refused_for(cancel(house, run, reason=" "))
    assert "wrong person" in await refused_for(cancel(house, run, person="o-somebody"))
    await cancel(house, run)
    assert (await run.result()).outcome is OnboardingState.CANCELLED
    assert await standing(house) == NOTHING
    assert await house.inbox.tasks() == ()
    status = await house.status(run)
    assert (status.kickoff, status.kickoff_at) == (None, None)


class TestWhereAnUndoFails:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return house_rules(steps=undo_on(*Step), onboarding=IN_SEQUENCE)

    @pytest.mark.parametrize(
        ("method", "named", "kind"),
        [
            ("cancel_subscription", "subscription", "subscriptions"),
            ("delete_workspace", "workspace", "workspaces"),
            ("close_customer", "billing customer", "billing customers"),
            ("close_account", "account", "accounts"),
        ],
    )
    async def test_undo_that_fails_is_parked_while_others_run(
        self, house: House, faults: Faults, method: str, named: str, kind: str
    ) -> None:
        faults.fail("free_slots")
        faults.fail(method, FailureCode.FORBIDDEN, calls=(1,))
        run = await onboard(house, an_order())
        status = await house.in_state(run, OnboardingState.PARKED)
        assert f"undo {named}" in {parked.step for parked in status.parked}
        assert status.lane is Lane.BLOCKED
        stood = await standing(house)
        assert stood[kind] == 1
        # A customer is billed as long as their subscription stands.
        also = {"subscriptions": {"billing customers"}}.get(kind, set())
        assert {name for name, count in stood.items() if count} == {kind, *also}
        for parked in sorted(status.parked, key=lambda parked: parked.step, reverse=True):
            await house.resolve(run, parked.step, ResolutionAnswer.RETRY)
        result = await run.result()
        assert (result.outcome, result.left) == (OnboardingState.UNDONE, ())
        assert await standing(house) == NOTHING

    async def test_undo_that_a_person_leaves_is_named(self, house: House, faults: Faults) -> None:
        faults.fail("free_slots")
        faults.fail("delete_workspace", FailureCode.FORBIDDEN)
        run = await onboard(house, an_order())
        await house.in_state(run, OnboardingState.PARKED)
        assert "too late" in await refused_for(cancel(house, run))
        abandoning = house.resolve(run, "undo workspace", ResolutionAnswer.ABANDON)
        assert "cannot be abandoned" in await refused_for(abandoning)
        await house.resolve(run, "undo workspace", ResolutionAnswer.SKIP)
        result = await run.result()
        assert [(left.what, left.code) for left in result.left] == [("workspace", "FORBIDDEN")]
        assert (await standing(house))["workspaces"] == 1
        assert any("see to it by hand: workspace" in body for body in await bodies_of_notes(house))


class TestWhereStepsAreParked:
    async def test_parked_step_goes_on_from_where_it_stood(self, house: House, faults: Faults) -> None:
        faults.fail("create_workspace", calls=(1,))
        run = await onboard(house, an_order())
        status = await house.in_state(run, OnboardingState.PARKED)
        assert [parked.step for parked in status.parked] == ["create_workspace"]
        await house.resolve(run, Step.CREATE_WORKSPACE, ResolutionAnswer.RETRY)
        await until_kickoff_is_offered(house, run)
        assert faults.count("open_account") == 1

    async def test_kickoff_chosen_while_another_step_is_parked_is_kept(
        self, house: House, faults: Faults
    ) -> None:
        gate = faults.block("create_workspace")
        faults.fail("invite_admin", calls=(1,))
        run = await onboard(house, an_order())
        await until_kickoff_is_offered(house, run)
        gate.release()
        await house.in_state(run, OnboardingState.PARKED)
        await choose(house, run)
        status = await house.when(run, lambda status: status.kickoff_at is not None)
        assert status.state == OnboardingState.PARKED
        await house.resolve(run, Step.INVITE_ADMIN, ResolutionAnswer.RETRY)
        status = await house.in_state(run, OnboardingState.IN_HANDOVER)
        assert [visit.state for visit in status.visits][-4:] == [
            "awaiting_kickoff_choice",
            "parked",
            "setting_up",
            "in_handover",
        ]

    async def test_abandoned_step_undoes_the_onboarding(self, house: House, faults: Faults) -> None:
        faults.fail("create_workspace")
        run = await onboard(house, an_order())
        await house.in_state(run, OnboardingState.PARKED)
        await house.resolve(run, Step.CREATE_WORKSPACE, ResolutionAnswer.ABANDON)
        result = await run.result()
        assert (result.outcome, result.decided_by) == (OnboardingState.UNDONE, ("m-eve",))
        assert await standing(house) == NOTHING

    async def test_lost_approval_is_parked_and_asked_again(self, house: House) -> None:
        run = await onboard(house, an_order(value=100_000))
        await house.in_state(house.approval(run), "awaiting_decision")
        await house.approval(run).terminate()
        status = await house.in_state(run, OnboardingState.PARKED)
        assert [parked.step for parked in status.parked] == ["ask_approval"]
        await house.resolve(run, Step.ASK_APPROVAL, ResolutionAnswer.RETRY)
        await decide_round(house, run, 1, person="m-eve")
        await until_kickoff_is_offered(house, run)
