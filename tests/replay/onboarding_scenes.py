"""What stories of customers have in common: policies whose waits are seconds, and scenes that recur."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from connectors.store.agreements import SqlAgreements
from connectors.store.provisioning import SqlProvisioning
from connectors.store.scheduling import SqlScheduling
from contracts.actors import Actor
from contracts.agreements import AgreementState, RecordAgreementInput
from contracts.approval import Verdict
from contracts.crm import UndoInput
from contracts.failure_policy import StepPolicy
from contracts.names import Step
from contracts.onboarding_plan import OnboardingStep, Prerequisite
from contracts.onboarding_policy import ContractPolicy, KickoffPolicy
from contracts.order import PartyContact
from contracts.policy import ApprovalsPolicy, PolicyBundle
from contracts.scheduling import BookMeetingInput, Slot
from tests.onboarding_bundles import full_template, small_onboarding_policy, steps_of
from tests.replay.scenario import Scenario, seconds
from tests.replay.scenes import Before, Scene, in_scenes
from tests.workflows.house import House, real_time
from tests.workflows.onboarding import (
    COMPLETE,
    CUSTOMER,
    SUCCESS,
    OnboardingRun,
    an_order,
    choose,
    decide_round,
    onboard,
    sign,
    through_handover,
    until_kickoff_is_offered,
)
from tests.workflows.policies import approvals, house_rules

ONLY_AN_ACCOUNT = (OnboardingStep.OPEN_ACCOUNT,)
"""For stories that are over once the gates are passed."""

WORKSPACE = (OnboardingStep.OPEN_ACCOUNT, OnboardingStep.CREATE_WORKSPACE)
INVITED = (*WORKSPACE, OnboardingStep.INVITE_ADMIN)
KICKOFF = (OnboardingStep.OPEN_ACCOUNT, OnboardingStep.ARRANGE_KICKOFF)
KICKOFF_MEANWHILE = (*INVITED, OnboardingStep.ARRANGE_KICKOFF)
"""The kickoff is arranged while a workspace is made."""

HANDOVER = (OnboardingStep.OPEN_ACCOUNT, OnboardingStep.HAND_OVER)
VALUE_CHECK = (*WORKSPACE, OnboardingStep.CONFIRM_FIRST_VALUE)

ORDER_ALONE = tuple(one for one in Prerequisite if not one.endswith("_ready"))
"""Prerequisites for which no other system is asked."""

UNSIGNED: Mapping[str, Any] = {"contract_signed_at": None}
VALUABLE: Mapping[str, Any] = {"value": 100_000}
"""Terms that need somebody's agreement."""

POLLED = ContractPolicy(confirm_by="poll", poll_every=seconds(0.5), deadline=seconds(600))

FORGED = Actor(id=CUSTOMER, assertion="v1.1.forged")
"""Somebody whom no door has let in."""

ANOTHER = "other#book"
"""The key of what somebody else has booked."""


def onboarding_rules(
    *steps: OnboardingStep,
    answers: dict[Step, StepPolicy] | None = None,
    asked: ApprovalsPolicy | None = None,
    way: Mapping[str, Any] | None = None,
    **parts: Any,
) -> PolicyBundle:
    """A policy with one way of onboarding.

    Args:
        steps: those that are taken; where none is named, every one, with every prerequisite.
        answers: what is done where a step fails.
        asked: how people are asked.
        way: fields of the template.
        parts: of what the policy says about onboarding.
    """
    given: dict[str, Any] = {
        "steps": steps_of(steps or OnboardingStep),
        "prerequisites": ORDER_ALONE if steps else tuple(Prerequisite),
        "kickoff": offered(),
        "first_value_after": seconds(1),
    }
    template = full_template(**{**given, **(way or {})})
    policy = small_onboarding_policy(**{"templates": (template,), **parts})
    return house_rules(steps=answers, approvals=asked or approvals(), onboarding=policy)


def offered(**fields: Any) -> KickoffPolicy:
    """A kickoff that the customer has ten minutes to choose a time for, unless said otherwise."""
    given: dict[str, Any] = {
        "host": SUCCESS,
        "duration": timedelta(hours=1),
        "first_after": timedelta(hours=8),
        "choose_within": seconds(600),
    }
    return KickoffPolicy(**{**given, **fields})


def onboarding(
    name: str,
    covers: str,
    *scenes: Scene,
    before: Before | None = None,
    bundle: PolicyBundle | None = None,
    **details: Any,
) -> Scenario:
    """The story of one order, until its run has ended.

    Args:
        name: of the history, without its process.
        covers: what it shows.
        scenes: what people do.
        before: what is so when the order comes in.
        bundle: the policy; every step of the ordinary way, where none is given.
        details: those of the order that are not as they should be.
    """

    async def begin(house: House) -> OnboardingRun:
        return await onboard(house, an_order(**details))

    full_name, policy = f"customer_onboarding/{name}", bundle or onboarding_rules()
    return in_scenes(full_name, covers, begin, scenes, before=before, bundle=policy)


async def signed(house: House, run: OnboardingRun) -> None:
    """The contract comes back signed."""
    await sign(house, run)


def registered(agreement: AgreementState) -> Scene:
    """The registry of contracts learns how the contract stands."""
    note = RecordAgreementInput(
        key=f"registry#{agreement}", reference=COMPLETE.contract_reference or "", state=agreement
    )
    return lambda house, run: SqlAgreements(house.store, real_time).record(note)


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
    status = await house.when(run, workspaces_of)
    await SqlProvisioning(house.store, real_time).record_use(workspaces_of(status)[0], real_time())


def workspaces_of(status: Any) -> list[str]:
    """The workspaces that a run has made."""
    return [effect.external_id for effect in status.effects if effect.step == Step.CREATE_WORKSPACE]


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


async def busy_for_months(house: House) -> None:
    """The host has no time for a kickoff."""
    now = real_time()
    await booked_by_another(house, Slot(id="away", starts_at=now, ends_at=now + timedelta(days=90)))


async def free_again(house: House, run: OnboardingRun) -> None:
    """What somebody else has booked is cancelled."""
    await SqlScheduling(house.store, real_time).cancel_booking(UndoInput(key=ANOTHER))
