"""Requests for a decision: each way in which one ends, and each way in which it is refused."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from contracts.actors import Actor
from contracts.approval import ApprovalState, Verdict
from contracts.policy import Absence, PolicyBundle
from tests.bundles import small_bundle
from tests.replay.intake_paths import REVIEWED
from tests.replay.scenario import Scenario, lead, over, refused_update, reviewed, seconds
from tests.workflows.house import ApprovalRun, House, Run
from tests.workflows.policies import EVERY_LEAD, approvals, house_rules
from workflows.approval import ApprovalWorkflow

LONG_LEAVE = Absence(first=date(2020, 1, 1), last=date(2099, 12, 31))


def asked(**fields: Any) -> PolicyBundle:
    """A policy that asks for every lead, with fields of the approval's own."""
    return house_rules(reviews=(EVERY_LEAD,), approvals=approvals(**fields))


def nobody_there(bundle: PolicyBundle) -> PolicyBundle:
    """The policy with both approvers on long leave."""
    people = tuple(
        person.model_copy(update={"absences": (LONG_LEAVE,)}) if person.id != "m-eve" else person
        for person in small_bundle().people
    )
    return bundle.model_copy(update={"people": people})


async def approved_by_signal(house: House) -> Mapping[str, Run]:
    approval = await in_review(house, "approved-by-signal")
    await approval.signal(ApprovalWorkflow.approve, await house.decision(approval, "o-ben", Verdict.APPROVE))
    return {"approval/approved_by_signal": approval}


async def rejected_by_signal(house: House) -> Mapping[str, Run]:
    approval = await in_review(house, "rejected-by-signal")
    await approval.signal(ApprovalWorkflow.reject, await house.decision(approval, "o-ben", Verdict.REJECT))
    return {"approval/rejected_by_signal": approval}


async def quorum(house: House) -> Mapping[str, Run]:
    approval = await in_review(house, "quorum")
    await house.decide(approval, "o-ada")
    await approval.signal(ApprovalWorkflow.approve, await house.decision(approval, "o-ada", Verdict.APPROVE))
    await house.when(approval, lambda status: status.refusals)
    await house.decide(approval, "o-ben")
    return {"approval/quorum": approval}


async def refused(house: House) -> Mapping[str, Run]:
    approval = await in_review(house, "refused")
    right = await house.decision(approval, "o-ada", Verdict.APPROVE)
    unverified = right.model_copy(update={"actor": Actor(id="o-ada", assertion="v1.1.forged")})
    wrong_person = await house.decision(approval, "m-eve", Verdict.APPROVE)
    unknown_request = right.model_copy(update={"request_id": "another"})
    await refused_update(approval, ApprovalWorkflow.decide, unverified)
    for number, wrong in enumerate((unverified, wrong_person, unknown_request), 2):
        await approval.signal(ApprovalWorkflow.approve, wrong)
        await house.when(approval, lambda status, number=number: len(status.refusals) >= number)
    await house.decide(approval, "o-ada")
    return {"approval/refused_attempts": approval}


async def reminded_and_escalated(house: House) -> Mapping[str, Run]:
    approval = await in_review(house, "reminded-and-escalated")
    await house.in_state(approval, ApprovalState.ESCALATED)
    await house.decide(approval, "m-eve")
    return {"approval/reminded_escalated_approved": approval}


async def escalated_and_expired(house: House) -> Mapping[str, Run]:
    run = await house.submit(lead("escalated-and-expired"))
    await over(run)
    return {"approval/escalated_and_expired": house.approval(run)}


async def escalated_at_once(house: House) -> Mapping[str, Run]:
    approval = await in_review(house, "escalated-at-once")
    await house.decide(approval, "m-eve")
    return {"approval/escalated_at_once": approval}


async def not_told(house: House) -> Mapping[str, Run]:
    house.faults.fail("send", calls=(1,))
    approval = await in_review(house, "not-told")
    await house.decide(approval, "o-ben")
    return {"approval/approver_could_not_be_told": approval}


async def in_review(house: House, event_id: str) -> ApprovalRun:
    """The approval of a lead of its own."""
    return await reviewed(house, await house.submit(lead(event_id)))


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        approved_by_signal, {"approval/approved_by_signal": "Approved through the second door."}, REVIEWED
    ),
    Scenario(
        rejected_by_signal, {"approval/rejected_by_signal": "Rejected through the second door."}, REVIEWED
    ),
    Scenario(
        quorum,
        {"approval/quorum": "Two must approve; the first one's second decision is refused."},
        asked(quorum=2),
    ),
    Scenario(
        refused,
        {"approval/refused_attempts": "Unverified, wrong person, unknown request; then approved."},
        REVIEWED,
    ),
    Scenario(
        reminded_and_escalated,
        {"approval/reminded_escalated_approved": "Reminded, escalated, approved by the escalation person."},
        asked(remind_after=(seconds(0.5),), escalate_after=seconds(1), expire_after=seconds(600)),
    ),
    Scenario(
        escalated_and_expired,
        {"approval/escalated_and_expired": "Escalated, and nobody decides."},
        asked(remind_after=(), escalate_after=seconds(0.5), expire_after=seconds(1)),
    ),
    Scenario(
        escalated_at_once,
        {"approval/escalated_at_once": "Nobody who may decide is there: escalated without waiting."},
        nobody_there(REVIEWED),
    ),
    Scenario(
        not_told,
        {"approval/approver_could_not_be_told": "One approver cannot be told; the other one decides."},
        REVIEWED,
    ),
)
