"""What stories of customers have in common: policies whose waits are seconds, and scenes that many begin with."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import timedelta
from typing import Any

from connectors.store.agreements import SqlAgreements
from connectors.store.provisioning import SqlProvisioning
from connectors.store.scheduling import SqlScheduling
from contracts.agreements import AgreementState, RecordAgreementInput
from contracts.approval import ApprovalState, Verdict
from contracts.crm import UndoInput
from contracts.names import Step
from contracts.onboarding_plan import OnboardingStep, Prerequisite
from contracts.onboarding_policy import KickoffPolicy
from contracts.onboarding_states import OnboardingState
from contracts.order import PartyContact
from contracts.policy import ApprovalPolicy, ApprovalsPolicy, PolicyBundle, StepPolicy
from contracts.scheduling import BookMeetingInput, Slot
from contracts.status import ResolutionAnswer
from tests.onboarding_bundles import ONBOARDING_APPROVALS, full_template, small_onboarding_policy, steps_of
from tests.replay.scenario import Scenario, in_activity, seconds
from tests.workflows.house import House, Run, eventually, real_time
from tests.workflows.onboarding import (
    COMPLETE,
    SUCCESS,
    OnboardingRun,
    an_order,
    choose,
    decide_round,
    onboard,
    through_handover,
    until_kickoff_is_offered,
)
from tests.workflows.policies import approvals, house_rules

S = OnboardingStep

FIRST = (1,)

ONLY_AN_ACCOUNT = (S.OPEN_ACCOUNT,)
"""For stories that are over once the gates are passed."""

WORKSPACE = (S.OPEN_ACCOUNT, S.CREATE_WORKSPACE)
KICKOFF = (S.OPEN_ACCOUNT, S.ARRANGE_KICKOFF)
KICKOFF_MEANWHILE = (S.OPEN_ACCOUNT, S.CREATE_WORKSPACE, S.INVITE_ADMIN, S.ARRANGE_KICKOFF)
HANDOVER = (S.OPEN_ACCOUNT, S.HAND_OVER)
VALUE_CHECK = (S.OPEN_ACCOUNT, S.CREATE_WORKSPACE, S.CONFIRM_FIRST_VALUE)

KNOWN_BY_THE_ORDER = tuple(one for one in Prerequisite if not one.endswith("_ready"))
"""Prerequisites for which no other system is asked."""

UNSIGNED: Mapping[str, Any] = {"contract_signed_at": None}
VALUABLE: Mapping[str, Any] = {"value": 100_000}
"""Terms that need somebody's agreement."""


def rules(
    *steps: OnboardingStep,
    answers: dict[Step, StepPolicy] | None = None,
    asked: ApprovalsPolicy | None = None,
    way: Mapping[str, Any] | None = None,
    **parts: Any,
) -> PolicyBundle:
    """A policy with one way of onboarding.

    Args:
        steps: those that are taken; every one where none is named.
        answers: what is done where a step fails.
        asked: how people are asked.
        way: fields of the template.
        parts: of what the policy says about onboarding.
    """
    given: dict[str, Any] = {
        "steps": steps_of(steps or OnboardingStep),
        "prerequisites": KNOWN_BY_THE_ORDER if steps else tuple(Prerequisite),
        "kickoff": offered(),
        "first_value_after": seconds(1),
    }
    template = full_template(**{**given, **(way or {})})
    policy = small_onboarding_policy(**{"templates": (template,), **parts})
    return house_rules(steps=answers, approvals=asked or approvals(), onboarding=policy)


def offered(**fields: Any) -> KickoffPolicy:
    """Kickoffs that a customer has ten minutes to choose from, unless said otherwise."""
    given = {
        "host": SUCCESS,
        "duration": timedelta(hours=1),
        "first_after": timedelta(hours=8),
        "choose_within": seconds(600),
    }
    return KickoffPolicy(**{**given, **fields})


def answered_within(number: float, approval: str) -> ApprovalsPolicy:
    """Approvals of which one expires after so many seconds."""
    known = approvals()
    short = ApprovalPolicy(
        approvers=ONBOARDING_APPROVALS[approval].approvers, expire_after=seconds(number), remind_after=()
    )
    return known.model_copy(update={"policies": {**known.policies, approval: short}})


Before = Callable[[House], Awaitable[object]]
"""What is so before an order comes in."""

Scene = Callable[[House, OnboardingRun], Awaitable[object]]
"""What people do about a customer."""


def onboarding(
    name: str,
    covers: str,
    *scenes: Scene,
    before: Before | None = None,
    bundle: PolicyBundle | None = None,
    **details: Any,
) -> Scenario:
    """The story of one order, scene by scene, until the run has ended.

    Args:
        name: of the history.
        covers: what it shows.
        scenes: what people do.
        before: what is so when the order comes in.
        bundle: the policy; every step of the ordinary way, where none is given.
        details: those of the order that are not as they should be.
    """

    async def story(house: House) -> Mapping[str, Run]:
        if before:
            await before(house)
        run = await onboard(house, an_order(**details))
        for scene in scenes:
            await scene(house, run)
        return {name: run}

    return Scenario(story, {name: covers}, bundle or rules())


def failing(method: str, *, only: str = "", calls: Collection[int] = FIRST) -> Before:
    """A port's method fails for good: at its first call, unless said otherwise, or in one activity."""

    async def before(house: House) -> None:
        if only:
            house.faults.fail(method, only=in_activity(only))
        else:
            house.faults.fail(method, calls=calls)

    return before


def held(method: str, *, only: str = "") -> Before:
    """Calls of a port's method do not come to an end, until they are let go."""

    async def before(house: House) -> None:
        house.faults.block(method, **({"only": in_activity(only)} if only else {}))

    return before


def both(*all_of: Before) -> Before:
    """Several things are so."""

    async def before(house: House) -> None:
        for one in all_of:
            await one(house)

    return before


def under_way(method: str) -> Scene:
    """Waits until a port's method has been called."""

    async def calls_of(house: House) -> int:
        return house.faults.count(method)

    return lambda house, run: eventually(lambda: calls_of(house), bool)


async def let_go(house: House, run: OnboardingRun) -> None:
    """Calls that were held go on."""
    house.faults.release_all()


def standing_in(*states: OnboardingState) -> Scene:
    """Waits until the run stands in one of the states."""
    return lambda house, run: house.in_state(run, *states)


def answered(step: str, answer: ResolutionAnswer = ResolutionAnswer.RETRY, *, healed: str = "") -> Scene:
    """Somebody mends a port's method, and answers the parked step."""

    async def scene(house: House, run: OnboardingRun) -> None:
        await house.when(run, lambda status: step in {parked.step for parked in status.parked})
        house.faults.heal(healed)
        await house.resolve(run, step, answer)

    return scene


async def chosen(house: House, run: OnboardingRun) -> None:
    """The customer takes the first time that is offered."""
    await until_kickoff_is_offered(house, run)
    await choose(house, run)


def decided(number: int, verdict: Verdict = Verdict.APPROVE) -> Scene:
    """The success owner decides what is asked in that round."""
    return lambda house, run: decide_round(house, run, number, verdict)


async def taken_over(house: House, run: OnboardingRun) -> None:
    """The customer chooses a time, and the success team takes them over."""
    await through_handover(house, run)


async def used(house: House, run: OnboardingRun) -> None:
    """The customer gets something out of their workspace."""
    await house.when(run, lambda status: _workspace_of(status) is not None)
    workspace_id = _workspace_of(await house.status(run))
    await SqlProvisioning(house.store, real_time).record_use(str(workspace_id), real_time())


def _workspace_of(status: Any) -> str | None:
    made = (effect.external_id for effect in status.effects if effect.step == Step.CREATE_WORKSPACE)
    return next(made, None)


async def approval_lost(house: House, run: OnboardingRun) -> None:
    """An operator terminates the approval that the run waits for."""
    approval = house.approval(run)
    await house.in_state(approval, ApprovalState.AWAITING_DECISION)
    await approval.terminate()


def registered(agreement: AgreementState) -> Scene:
    """The registry of contracts learns how the contract stands."""

    async def scene(house: House, run: OnboardingRun) -> None:
        registry = SqlAgreements(house.store, real_time)
        await registry.record(
            RecordAgreementInput(
                key=f"registry#{agreement}", reference=COMPLETE.contract_reference or "", state=agreement
            )
        )

    return scene


async def booked_by_another(house: House, slot: Slot) -> None:
    """Somebody else books the host."""
    await SqlScheduling(house.store, real_time).book(
        BookMeetingInput(
            key=ANOTHER,
            customer_id="cust-other",
            workflow_id="customer-onboarding/other",
            host_id=SUCCESS,
            host=PartyContact(name="Ben Owner", email="ben@ours.example"),
            attendee=PartyContact(name="Otto Other", email="otto@other.example"),
            slot=slot,
            title="Another meeting",
        )
    )


async def set_free_again(house: House, run: OnboardingRun) -> None:
    """What somebody else had booked is cancelled."""
    await SqlScheduling(house.store, real_time).cancel_booking(UndoInput(key=ANOTHER))


async def busy_for_months(house: House) -> None:
    """The host has no time for a kickoff."""
    now = real_time()
    await booked_by_another(house, Slot(id="away", starts_at=now, ends_at=now + timedelta(days=90)))


ANOTHER = "other#book"
"""The key of what somebody else has booked."""
