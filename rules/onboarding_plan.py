"""The plan of an onboarding: which steps, in which order, who answers for them, and when they are due.

Workflows call `ready`, `forecast` and `instant_after` bare: the same arguments give the same answer.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from contracts.assessment import PolicyPin
from contracts.onboarding_plan import (
    ContractPlan,
    Forecast,
    KickoffPlan,
    OnboardingPlan,
    OnboardingStep,
    PlannedStep,
    PlannedTask,
    PlanOnboardingInput,
    StepForecast,
    StepProgress,
    Wait,
    WorkClock,
)
from contracts.onboarding_policy import SELLER, KickoffPolicy, OnboardingPolicy, OnboardingTemplate
from contracts.policy import PolicyBundle
from contracts.routing import RuleTrace, Truth
from rules.business_time import add_business_time
from rules.conditions import first_match
from rules.onboarding_facts import onboarding_facts
from rules.staff import calendar_of, person_of
from rules.wording import code_in_words

_S = OnboardingStep

_LAST = (_S.HAND_OVER, _S.ACTIVATE_ACCOUNT, _S.CONFIRM_FIRST_VALUE)

DEPENDS_ON: Mapping[OnboardingStep, tuple[OnboardingStep, ...]] = {
    _S.OPEN_ACCOUNT: (),
    _S.OPEN_BILLING_CUSTOMER: (_S.OPEN_ACCOUNT,),
    _S.START_SUBSCRIPTION: (_S.OPEN_BILLING_CUSTOMER,),
    _S.CREATE_WORKSPACE: (_S.OPEN_ACCOUNT,),
    _S.INVITE_ADMIN: (_S.CREATE_WORKSPACE,),
    _S.ARRANGE_KICKOFF: (_S.OPEN_ACCOUNT,),
    # Nobody is welcomed to what is not there.
    _S.SEND_WELCOME: (_S.CREATE_WORKSPACE, _S.INVITE_ADMIN),
    _S.ASSIGN_TASKS: (_S.OPEN_ACCOUNT,),
    # What is taken over is whole.
    _S.HAND_OVER: tuple(step for step in _S if step not in _LAST),
    _S.ACTIVATE_ACCOUNT: (_S.HAND_OVER,),
    _S.CONFIRM_FIRST_VALUE: (_S.ACTIVATE_ACCOUNT, _S.CREATE_WORKSPACE),
}
"""What a step waits for. Where a template leaves out one of these, what that one waits for counts instead."""

IRREVERSIBLE: Mapping[OnboardingStep, str] = {
    _S.SEND_WELCOME: "a message cannot be unsent; the customer is told that it is withdrawn",
    _S.HAND_OVER: "a decision that was taken stays on record",
}
"""Why a step that did something has no undo."""


def onboarding_section(bundle: PolicyBundle) -> OnboardingPolicy:
    """What a bundle says about onboarding.

    Raises:
        ValueError: it says nothing, since it was stored before there was onboarding.
    """
    if bundle.onboarding is None:
        raise ValueError(f"the policy {bundle.version} says nothing about onboarding")
    return bundle.onboarding


def meant_by(name: str, seller_id: str) -> str:
    """The person that a policy means: whoever sold the order, where it says `seller`."""
    return seller_id if name == SELLER else name


def onboarding_plan(question: PlanOnboardingInput, bundle: PolicyBundle, pin: PolicyPin) -> OnboardingPlan:
    """The plan of the first template that holds for the order, with people named.

    Raises:
        ValueError: the bundle has no onboarding, no template that holds or steps that wait for each other, or
            does not know the seller, a person or a calendar.
    """
    order, policy = question.order, onboarding_section(bundle)
    template, trace = first_match(policy.templates, onboarding_facts(order.details))
    if template is None:
        raise ValueError("no onboarding template holds: the last one must always hold")
    seller = person_of(bundle, order.seller_id)

    def person(name: str) -> str:
        return person_of(bundle, meant_by(name, seller.id)).id

    contract, supply, kickoff = policy.contract, policy.supply, template.kickoff
    return OnboardingPlan(
        pin=pin,
        template=template.id,
        reasons=_reasons(template, trace),
        trace=trace,
        steps=_planned_steps(template, person),
        prerequisites=template.prerequisites,
        ask={wanted: person(supply.ask.get(wanted, policy.manager)) for wanted in template.prerequisites},
        supply=_wait(supply.remind_after, supply.deadline),
        contract=ContractPlan(
            poll_every=contract.poll_every if contract.confirm_by == "poll" else None,
            wait=_wait(contract.remind_after, contract.deadline),
        ),
        tasks=tuple(
            PlannedTask(
                id=task.id, subject=task.subject, owner_id=person(task.owner), due_after=task.due_after
            )
            for task in template.tasks
        ),
        kickoff=None if kickoff is None else _kickoff_plan(kickoff, person),
        handover_approval=template.handover_approval,
        first_value_after=template.first_value_after,
        success_owner_id=person(template.success_owner),
        manager_id=person(policy.manager),
        clock=WorkClock(calendar=calendar_of(bundle, policy.calendar), zone=policy.zone),
    )


def dependencies(
    chosen: Mapping[OnboardingStep, Collection[OnboardingStep]],
) -> dict[OnboardingStep, tuple[OnboardingStep, ...]]:
    """What each chosen step waits for.

    Args:
        chosen: the steps that are taken, in the template's order, each with what it waits for on top of
            `DEPENDS_ON`.
    """
    found: dict[OnboardingStep, tuple[OnboardingStep, ...]] = {}
    for step, added in chosen.items():
        awaited = _standing_in((*DEPENDS_ON[step], *added), chosen)
        found[step] = tuple(other for other in OnboardingStep if other in awaited)
    return found


def in_order(waits: Mapping[OnboardingStep, Collection[OnboardingStep]]) -> tuple[OnboardingStep, ...]:
    """The steps so that each comes after all that it waits for; else in the order given.

    Raises:
        ValueError: some wait for each other.
    """
    placed: list[OnboardingStep] = []
    left = dict(waits)
    while left:
        following = next(
            (step for step, awaited in left.items() if all(one in placed for one in awaited)), None
        )
        if following is None:
            raise ValueError(
                f"these steps can never begin, since they wait for each other: {', '.join(left)}"
            )
        placed.append(following)
        del left[following]
    return tuple(placed)


def ready(
    steps: Sequence[PlannedStep], done: Collection[OnboardingStep], begun: Collection[OnboardingStep]
) -> tuple[OnboardingStep, ...]:
    """The steps that can begin now, in the plan's order."""
    return tuple(
        planned.step
        for planned in steps
        if planned.step not in begun
        and planned.step not in done
        and all(awaited in done for awaited in planned.after)
    )


def forecast(
    steps: Sequence[PlannedStep],
    clock: WorkClock,
    now: datetime,
    begun: Mapping[OnboardingStep, datetime],
    done: Mapping[OnboardingStep, datetime],
) -> Forecast:
    """When each step, and so the whole, is expected to be done.

    A step that runs late is due now, and one that waits begins once all that it waits for is due.

    Args:
        steps: in an order in which each comes after all that it waits for, as a plan has them.
        clock: the business time that their budgets are counted in.
        now: aware.
        begun: when steps began.
        done: when steps were done.
    """
    due: dict[OnboardingStep, datetime] = {}
    shown: list[StepForecast] = []
    for planned in steps:
        step = planned.step
        if step in done:
            progress, due[step] = StepProgress.DONE, done[step]
        elif step in begun:
            progress = StepProgress.RUNNING
            due[step] = max(now, instant_after(clock, begun[step], planned.budget))
        else:
            progress = StepProgress.WAITING
            start = max((now, *(due[awaited] for awaited in planned.after)))
            due[step] = instant_after(clock, start, planned.budget)
        shown.append(
            StepForecast(
                step=step,
                progress=progress,
                owner_id=planned.owner_id,
                after=planned.after,
                due_at=due[step],
                begun_at=begun.get(step),
            )
        )
    return Forecast(steps=tuple(shown), finish_at=max(due.values(), default=now))


def instant_after(clock: WorkClock, at: datetime, duration: timedelta) -> datetime:
    """The instant (UTC) at which the duration has passed in the plan's business time."""
    return add_business_time(at, duration, clock.calendar, clock.zone)


def _standing_in(
    steps: Collection[OnboardingStep], chosen: Collection[OnboardingStep]
) -> set[OnboardingStep]:
    """The steps, each that is left out replaced by what it waits for."""
    found: set[OnboardingStep] = set()
    for step in steps:
        found |= {step} if step in chosen else _standing_in(DEPENDS_ON[step], chosen)
    return found


def _planned_steps(template: OnboardingTemplate, person: Callable[[str], str]) -> tuple[PlannedStep, ...]:
    chosen = {taken.step: taken for taken in template.steps}
    waits = dependencies({step: taken.after for step, taken in chosen.items()})
    return tuple(
        PlannedStep(
            step=step,
            after=waits[step],
            owner_id=person(chosen[step].owner),
            budget=chosen[step].budget,
            irreversible=IRREVERSIBLE.get(step, ""),
        )
        for step in in_order(waits)
    )


def _reasons(template: OnboardingTemplate, trace: Sequence[RuleTrace]) -> tuple[str, ...]:
    """Why this template, and what could not be looked at when it was chosen."""
    unknown = dict.fromkeys(
        code_in_words(condition.field.removeprefix("order."))
        for tried in trace
        for condition in tried.conditions
        if condition.truth is Truth.NOT_EVALUATED
    )
    missing = f"Not known when this way was chosen: {', '.join(unknown)}."
    return (template.meaning, missing) if unknown else (template.meaning,)


def _wait(remind_after: Collection[timedelta], deadline: timedelta) -> Wait:
    return Wait(remind_after=tuple(sorted(remind_after)), deadline=deadline)


def _kickoff_plan(policy: KickoffPolicy, person: Callable[[str], str]) -> KickoffPlan:
    return KickoffPlan(
        host_id=person(policy.host),
        duration=policy.duration,
        slots=policy.slots,
        first_after=policy.first_after,
        choose_within=policy.choose_within,
        rounds=policy.rounds,
    )
