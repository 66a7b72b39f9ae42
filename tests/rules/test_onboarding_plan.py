"""A plan begins nothing before what it depends on, leaves nothing out, and says honestly when it is done."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.calendars import Calendar
from contracts.onboarding_plan import (
    Forecast,
    OnboardingPlan,
    OnboardingStep,
    PlannedStep,
    PlanOnboardingInput,
    Prerequisite,
    StepProgress,
    WorkClock,
)
from contracts.onboarding_policy import ContractPolicy, OnboardingStepPolicy
from contracts.policy import Always, Comparison, Op, PolicyBundle
from contracts.policy_terms import AnyOf
from contracts.routing import Truth
from rules.onboarding_plan import (
    DEPENDS_ON,
    IRREVERSIBLE,
    dependencies,
    forecast,
    in_order,
    instant_after,
    onboarding_plan,
    ready,
)
from tests.bundles import small_bundle
from tests.onboarding_bundles import (
    LEAN_STEPS,
    full_template,
    lean_template,
    small_onboarding_policy,
    steps_of,
)
from tests.rules.orders import MONDAY, PIN, order, plan_of

S = OnboardingStep
HOUR = timedelta(hours=1)


def small(**overrides: Any) -> PolicyBundle:
    return small_bundle(onboarding=small_onboarding_policy(**overrides))


def after(plan: OnboardingPlan) -> dict[OnboardingStep, tuple[OnboardingStep, ...]]:
    return {planned.step: planned.after for planned in plan.steps}


# ---------------------------------------------------------------- the plan


def test_the_first_template_that_holds_is_taken_with_all_that_was_tried() -> None:
    plan = plan_of()
    assert (plan.template, plan.reasons, plan.pin) == ("full", ("The ordinary way.",), PIN)
    assert [(tried.rule, tried.truth) for tried in plan.trace] == [
        ("lean", Truth.FALSE),
        ("full", Truth.TRUE),
    ]
    assert plan.trace[0].conditions[0].field == "order.plan"
    assert plan_of(plan="trial").template == "lean"


def test_what_the_order_does_not_say_is_not_judged_and_named_as_a_reason() -> None:
    many = Comparison(field="order.seats", op=Op.GTE, value=500)
    dear = Comparison(field="order.discount_percent", op=Op.LT, value=1)
    bundle = small(templates=(lean_template(when=AnyOf(any=(many, dear))), full_template()))
    plan = plan_of(bundle, seats=None, discount_percent=None)
    assert plan.template == "full"
    assert plan.trace[0].truth is Truth.NOT_EVALUATED
    assert plan.reasons[1] == "Not known when this way was chosen: seats, discount percent."


def test_whoever_sold_it_stands_where_the_policy_says_seller() -> None:
    plan = plan_of(seller_id="o-ben")
    assert [(task.id, task.owner_id) for task in plan.tasks] == [("call", "o-ben"), ("thank", "o-ben")]
    assert plan_of(seller_id="o-ada").tasks[1].owner_id == "o-ada"
    assert plan.ask[Prerequisite.COMPANY] == "o-ben"
    assert plan.ask[Prerequisite.BILLING_READY] == "m-eve"


def test_every_prerequisite_of_the_plan_has_somebody_to_ask() -> None:
    for plan in (plan_of(), plan_of(plan="trial")):
        assert tuple(plan.ask) == plan.prerequisites


def test_a_prerequisite_that_an_old_policy_asks_nobody_for_is_the_managers() -> None:
    supply = small_onboarding_policy().supply.model_copy(update={"ask": {}})
    assert set(plan_of(small(supply=supply)).ask.values()) == {"m-eve"}


def test_the_plan_says_all_that_the_run_needs_of_the_policy() -> None:
    plan, bundle = plan_of(), small_bundle()
    assert plan.kickoff is not None
    assert (plan.kickoff.host_id, plan.kickoff.slots, plan.kickoff.rounds) == ("o-ben", 3, 2)
    assert (plan.handover_approval, plan.first_value_after) == ("handover", 40 * HOUR)
    assert (plan.success_owner_id, plan.manager_id) == ("o-ben", "m-eve")
    assert plan.clock == WorkClock(calendar=bundle.calendars["office"], zone="Europe/Berlin")
    assert plan.supply.deadline == 40 * HOUR
    lean = plan_of(plan="trial")
    assert (lean.kickoff, lean.handover_approval, lean.first_value_after, lean.tasks) == (
        None,
        None,
        None,
        (),
    )


@pytest.mark.parametrize(("confirm_by", "poll_every"), [("signal", None), ("poll", HOUR)])
def test_the_registry_is_polled_only_where_the_policy_says_so(
    confirm_by: Any, poll_every: timedelta | None
) -> None:
    contract = ContractPolicy(
        confirm_by=confirm_by,
        poll_every=HOUR,
        remind_after=(9 * HOUR, 2 * HOUR),
        deadline=80 * HOUR,
    )
    plan = plan_of(small(contract=contract))
    assert plan.contract.poll_every == poll_every
    assert plan.contract.wait.remind_after == (2 * HOUR, 9 * HOUR)


@pytest.mark.parametrize(
    ("overrides", "seller", "problem"),
    [
        ({}, "p-gone", "knows no person 'p-gone'"),
        ({"manager": "m-gone"}, "o-ada", "knows no person 'm-gone'"),
        ({"calendar": "nights"}, "o-ada", "no calendar 'nights'"),
        ({"templates": (lean_template(),)}, "o-ada", "no onboarding template holds"),
        ({"templates": (full_template(success_owner="x"),)}, "o-ada", "knows no person 'x'"),
    ],
)
def test_what_the_policy_does_not_know_is_named(overrides: dict[str, Any], seller: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        plan_of(small(**overrides), seller_id=seller)


def test_a_policy_from_before_onboarding_says_so() -> None:
    with pytest.raises(ValueError, match=r"2026-test\.1 says nothing about onboarding"):
        plan_of(small_bundle(onboarding=None))


# ---------------------------------------------------------------- what depends on what


def test_steps_of_the_whole_way_wait_for_what_they_use() -> None:
    assert after(plan_of()) == {
        S.OPEN_ACCOUNT: (),
        S.OPEN_BILLING_CUSTOMER: (S.OPEN_ACCOUNT,),
        S.START_SUBSCRIPTION: (S.OPEN_BILLING_CUSTOMER,),
        S.CREATE_WORKSPACE: (S.OPEN_ACCOUNT,),
        S.INVITE_ADMIN: (S.CREATE_WORKSPACE,),
        S.ARRANGE_KICKOFF: (S.OPEN_ACCOUNT,),
        S.SEND_WELCOME: (S.CREATE_WORKSPACE, S.INVITE_ADMIN),
        S.ASSIGN_TASKS: (S.OPEN_ACCOUNT,),
        S.HAND_OVER: tuple(OnboardingStep)[:8],
        S.ACTIVATE_ACCOUNT: (S.HAND_OVER,),
        S.CONFIRM_FIRST_VALUE: (S.CREATE_WORKSPACE, S.ACTIVATE_ACCOUNT),
    }


def test_a_step_that_is_left_out_hands_on_what_it_waits_for() -> None:
    lean = after(plan_of(plan="trial"))
    assert lean[S.ACTIVATE_ACCOUNT] == (
        S.OPEN_ACCOUNT,
        S.CREATE_WORKSPACE,
        S.INVITE_ADMIN,
        S.SEND_WELCOME,
    )
    # Nothing between the account and the welcome: two steps hand on, one after the other.
    assert dependencies({S.OPEN_ACCOUNT: (), S.SEND_WELCOME: ()})[S.SEND_WELCOME] == (S.OPEN_ACCOUNT,)
    assert dependencies({S.CONFIRM_FIRST_VALUE: ()}) == {S.CONFIRM_FIRST_VALUE: ()}


def test_a_template_adds_to_what_a_step_waits_for_and_takes_nothing_away() -> None:
    steps = tuple(
        chosen.model_copy(update={"after": (S.START_SUBSCRIPTION,)})
        if chosen.step is S.CREATE_WORKSPACE
        else chosen
        for chosen in steps_of(OnboardingStep)
    )
    plan = plan_of(small(templates=(full_template(steps=steps),)))
    assert after(plan)[S.CREATE_WORKSPACE] == (S.OPEN_ACCOUNT, S.START_SUBSCRIPTION)


def test_the_templates_order_stands_where_dependencies_allow_it() -> None:
    backwards = plan_of(small(templates=(full_template(steps=steps_of(reversed(OnboardingStep))),)))
    order_of = [planned.step for planned in backwards.steps]
    assert order_of[0] is S.OPEN_ACCOUNT
    assert order_of.index(S.ASSIGN_TASKS) < order_of.index(S.ARRANGE_KICKOFF)
    assert [planned.step for planned in plan_of().steps] == list(OnboardingStep)


def test_steps_that_wait_for_each_other_are_named() -> None:
    steps = tuple(
        chosen.model_copy(update={"after": (S.SEND_WELCOME,)})
        if chosen.step is S.CREATE_WORKSPACE
        else chosen
        for chosen in steps_of(LEAN_STEPS)
    )
    with pytest.raises(ValueError, match="wait for each other: create_workspace, invite_admin"):
        plan_of(small(templates=(full_template(steps=steps),)))


def test_what_cannot_be_undone_says_why() -> None:
    said = {planned.step: planned.irreversible for planned in plan_of().steps if planned.irreversible}
    assert said == dict(IRREVERSIBLE)
    assert set(said) == {S.SEND_WELCOME, S.HAND_OVER}


# ---------------------------------------------------------------- the forecast, by known answers


def seen(found: Forecast) -> dict[OnboardingStep, tuple[StepProgress, datetime]]:
    return {shown.step: (shown.progress, shown.due_at) for shown in found.steps}


def berlin(day: int, hour: int) -> datetime:
    """A time on the clock in Berlin, which is an hour ahead of UTC in winter."""
    return datetime(2026, 11, day, hour - 1, tzinfo=UTC)


def test_a_forecast_counts_budgets_in_the_plans_business_time() -> None:
    plan = plan_of(plan="trial")
    found = forecast(plan.steps, plan.clock, MONDAY, {}, {})
    # Five steps in a row of four hours each, in days of eight: it ends when the office opens on Wednesday.
    assert [shown.due_at for shown in found.steps] == [
        berlin(30, 13),
        berlin(30, 9) + timedelta(days=1),
        berlin(30, 13) + timedelta(days=1),
        berlin(30, 9) + timedelta(days=2),
        berlin(30, 13) + timedelta(days=2),
    ]
    assert {shown.progress for shown in found.steps} == {StepProgress.WAITING}
    assert found.finish_at == berlin(30, 13) + timedelta(days=2)


def test_a_step_under_way_is_due_by_when_it_began_and_a_late_one_now() -> None:
    plan = plan_of(plan="trial")
    begun, done = (
        {S.OPEN_ACCOUNT: MONDAY, S.CREATE_WORKSPACE: berlin(30, 10)},
        {S.OPEN_ACCOUNT: berlin(30, 10)},
    )
    on_time = seen(forecast(plan.steps, plan.clock, berlin(30, 11), begun, done))
    assert on_time[S.OPEN_ACCOUNT] == (StepProgress.DONE, berlin(30, 10))
    assert on_time[S.CREATE_WORKSPACE] == (StepProgress.RUNNING, berlin(30, 14))
    assert on_time[S.INVITE_ADMIN] == (StepProgress.WAITING, berlin(30, 10) + timedelta(days=1))
    late = seen(forecast(plan.steps, plan.clock, berlin(30, 16), begun, done))
    assert late[S.CREATE_WORKSPACE] == (StepProgress.RUNNING, berlin(30, 16))
    assert late[S.INVITE_ADMIN] == (StepProgress.WAITING, berlin(30, 12) + timedelta(days=1))


def test_what_is_all_done_was_finished_when_its_last_step_was() -> None:
    plan = plan_of(plan="trial")
    done = {planned.step: MONDAY + number * HOUR for number, planned in enumerate(plan.steps)}
    found = forecast(plan.steps, plan.clock, MONDAY + 999 * HOUR, done, done)
    assert found.finish_at == MONDAY + 4 * HOUR
    assert forecast((), plan.clock, MONDAY, {}, {}).finish_at == MONDAY


# ---------------------------------------------------------------- laws


STEPS = st.lists(st.sampled_from(list(OnboardingStep)), min_size=1, unique=True)
BUDGETS = st.integers(0, 40).map(lambda hours: timedelta(hours=hours))


@st.composite
def plans(draw: st.DrawFn) -> OnboardingPlan:
    """The plan of a random template: any steps in any order, with any budgets and more to wait for."""
    taken = draw(STEPS)
    lined_up = in_order(dependencies(dict.fromkeys(taken, ())))
    chosen: list[OnboardingStepPolicy] = []
    for step in taken:
        earlier = lined_up[: lined_up.index(step)]
        added = draw(st.sets(st.sampled_from(earlier))) if earlier else set()
        chosen.append(
            OnboardingStepPolicy(step=step, owner="o-ben", budget=draw(BUDGETS), after=tuple(sorted(added)))
        )
    bundle = small(templates=(full_template(steps=tuple(chosen)),))
    return onboarding_plan(PlanOnboardingInput(order=order()), bundle, PIN)


class Moment(NamedTuple):
    """How a walk stands right after everything that could begin has begun."""

    now: datetime
    begun: Mapping[OnboardingStep, datetime]
    done: Mapping[OnboardingStep, datetime]


def walk(plan: OnboardingPlan, data: st.DataObject) -> list[Moment]:
    """Walks a plan to its end, steps taking as long as it comes, and returns every moment of it."""
    now, moments = MONDAY, list[Moment]()
    begun: dict[OnboardingStep, datetime] = {}
    done: dict[OnboardingStep, datetime] = {}
    waits = after(plan)
    while True:
        for step in ready(plan.steps, done, begun):
            assert step not in begun
            assert all(awaited in done for awaited in waits[step])
            begun[step] = now
        moments.append(Moment(now, dict(begun), dict(done)))
        running = [step for step in begun if step not in done]
        if not running:
            return moments
        now += timedelta(minutes=data.draw(st.integers(0, 3_000)))
        done[data.draw(st.sampled_from(running))] = now


@given(plans(), st.data())
def test_no_step_begins_before_what_it_depends_on_and_every_step_begins(
    plan: OnboardingPlan, data: st.DataObject
) -> None:
    last = walk(plan, data)[-1]
    assert set(last.begun) == set(last.done) == {planned.step for planned in plan.steps}
    for planned in plan.steps:
        assert all(last.done[awaited] <= last.begun[planned.step] for awaited in planned.after)


@given(plans(), st.data())
def test_no_template_takes_away_what_a_step_depends_on(plan: OnboardingPlan, data: st.DataObject) -> None:
    last = walk(plan, data)[-1]
    for step, needed in DEPENDS_ON.items():
        for other in set(needed) & set(last.done):
            assert step not in last.begun or last.done[other] <= last.begun[step]


@given(plans(), st.data())
def test_the_finish_is_never_before_a_due_step_nor_before_now(
    plan: OnboardingPlan, data: st.DataObject
) -> None:
    for moment in walk(plan, data):
        found = forecast(plan.steps, plan.clock, *moment)
        assert [shown.step for shown in found.steps] == [planned.step for planned in plan.steps]
        assert found.finish_at == max(shown.due_at for shown in found.steps)
        due = {shown.step: shown.due_at for shown in found.steps}
        for shown in found.steps:
            if shown.progress is StepProgress.DONE:
                assert shown.due_at == moment.done[shown.step]
                continue
            assert shown.due_at >= moment.now
            assert all(due[awaited] <= shown.due_at for awaited in shown.after)
        assert len(moment.done) == len(plan.steps) or found.finish_at >= moment.now


@given(plans(), st.data())
def test_a_forecast_only_moves_with_what_happened(plan: OnboardingPlan, data: st.DataObject) -> None:
    for moment in walk(plan, data):
        found = forecast(plan.steps, plan.clock, *moment)
        running = [shown for shown in found.steps if shown.progress is StepProgress.RUNNING]
        if not running:
            continue
        first = min(running, key=lambda shown: shown.due_at)
        # Time goes by and nothing is late: it stays as it is.
        later = data.draw(st.datetimes(_naive(moment.now), _naive(first.due_at), timezones=st.just(UTC)))
        assert forecast(plan.steps, plan.clock, later, moment.begun, moment.done) == found
        # A step that is done by when it was due puts nothing off; what it was awaited for begins at once.
        done = {**moment.done, first.step: later}
        begun = {**dict.fromkeys(ready(plan.steps, done, moment.begun), later), **moment.begun}
        assert forecast(plan.steps, plan.clock, later, begun, done).finish_at <= found.finish_at


@given(plans(), st.data())
def test_one_late_step_never_brings_the_finish_forward(plan: OnboardingPlan, data: st.DataObject) -> None:
    for moment in walk(plan, data)[:-1]:
        later = moment.now + timedelta(minutes=data.draw(st.integers(0, 10_000)))
        found = forecast(plan.steps, plan.clock, *moment)
        again = forecast(plan.steps, plan.clock, later, moment.begun, moment.done)
        assert again.finish_at >= found.finish_at


def _naive(at: datetime) -> datetime:
    return at.replace(tzinfo=None)


@given(STEPS)
def test_an_order_of_steps_is_one_of_the_same_steps(taken: list[OnboardingStep]) -> None:
    lined_up = in_order(dependencies(dict.fromkeys(taken, ())))
    assert sorted(lined_up) == sorted(taken)


def test_what_begins_side_by_side_is_told_in_the_plans_order() -> None:
    plan = plan_of()
    assert ready(plan.steps, (), ()) == (S.OPEN_ACCOUNT,)
    assert ready(plan.steps, (S.OPEN_ACCOUNT,), (S.OPEN_ACCOUNT, S.CREATE_WORKSPACE)) == (
        S.OPEN_BILLING_CUSTOMER,
        S.ARRANGE_KICKOFF,
        S.ASSIGN_TASKS,
    )


def test_a_step_that_is_done_needs_not_have_begun() -> None:
    steps = (PlannedStep(step=S.OPEN_ACCOUNT, owner_id="o-ada", budget=HOUR),)
    assert ready(steps, (S.OPEN_ACCOUNT,), ()) == ()


def test_an_instant_of_a_plan_lies_in_its_business_time() -> None:
    office = small_bundle().calendars["office"]
    assert isinstance(office, Calendar)
    clock = WorkClock(calendar=office, zone="Asia/Kolkata")
    # Friday 20:00 in Kolkata: the office opens on Monday at nine, half past three in the night of UTC.
    friday = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)
    assert instant_after(clock, friday, HOUR) == datetime(2026, 11, 30, 4, 30, tzinfo=UTC)


def test_always_holds_for_a_template_without_facts() -> None:
    assert plan_of(small(templates=(full_template(when=Always()),)), plan=None).template == "full"
