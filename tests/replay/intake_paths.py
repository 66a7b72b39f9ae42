"""Leads that go their way: to each path, merged, completed, reviewed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from contracts.actors import Actor
from contracts.approval import Verdict
from contracts.failure_policy import FailureAnswer, StepPolicy
from contracts.follow_through import FollowThroughOrder
from contracts.ids import follow_through_workflow_id, intake_workflow_id, lead_id_of
from contracts.lead import ContactAmendment
from contracts.lead_intake import Amendment, DuplicateArrived, IntakeState
from contracts.names import Step, TaskQueue
from contracts.policy import (
    Comparison,
    IncompletePolicy,
    Op,
    Pool,
    PoolMember,
    RoutingPolicy,
    RoutingRule,
    SpamPolicy,
)
from contracts.routing import LeadPath
from rules.identity import lead_id_for
from tests.bundles import small_assessment_policy, small_routing_rules
from tests.replay.scenario import PERSON, Scenario, lead, over, refused_update, reviewed, seconds, submitted
from tests.workflows.house import House, Run
from tests.workflows.policies import EVERY_LEAD, approvals, house_rules
from workflows.lead_follow_through import LeadFollowThroughWorkflow
from workflows.lead_intake import LeadIntakeWorkflow

UNREACHABLE: Mapping[str, Any] = {"email": None, "phone": None}
"""A contact without address and number: not usable as it came."""

OPEN_TEXT: Mapping[str, Any] = {
    "service_interest": None,
    "message": "We need a CRM and a pipeline. Please send a quote.",
}
"""No fixed choice, so that the text must be read."""

NOT_FOR_US = RoutingRule(
    id="internal-test",
    meaning="It is a test of ours.",
    when=Comparison(field="lead.campaign", op=Op.EQ, value="test"),
    path=LeadPath.DISQUALIFIED,
    stage="disqualified",
    disqualify_reason="internal-test",
)

ALERTING = tuple(rule.model_copy(update={"escalate_to": "m-eve"}) for rule in small_routing_rules())

NOBODY = {"sales": Pool(members=(PoolMember(person="o-ada", daily_cap=0),), escalate_to="m-eve")}


async def unread(house: House) -> Mapping[str, Run]:
    house.faults.fail("classify")
    return {"lead_intake/text_that_nobody_could_read": await house.submit(lead("unread", **OPEN_TEXT))}


async def merged_into_crm(house: House) -> Mapping[str, Run]:
    await house.taken_in(lead("merged-into-crm-1"))
    return {"lead_intake/merged_into_crm": await house.submit(lead("merged-into-crm-2"))}


async def known_contact(house: House) -> Mapping[str, Run]:
    await house.taken_in(lead("known-1"))
    return {"lead_intake/known_contact": await house.submit(lead("known-2", service_interest="Help"))}


async def spam_by_rate(house: House) -> Mapping[str, Run]:
    sender = {"bot_signals": {"sender": "sender-1"}}
    await house.taken_in(lead("rate-1", **sender))
    return {"lead_intake/spam_by_rate": await house.submit(lead("rate-2", **sender))}


async def merged_into_run(house: House) -> Mapping[str, Run]:
    first = await house.submit(lead("merged-into-run-1"))
    approval = await reviewed(house, first)
    second = await house.submit(lead("merged-into-run-2"))
    await second.result()
    await house.decide(approval, "o-ada")
    return {"lead_intake/joined_by_a_repeat": first, "lead_intake/merged_into_a_run": second}


async def joined_late(house: House) -> Mapping[str, Run]:
    gate = house.faults.block("create_task")
    first = await house.submit(lead("joined-late-1", **OPEN_TEXT))
    await gate.entered.wait()
    await house.when(first, lambda status: Step.CREATE_NOTE in {effect.step for effect in status.effects})
    await house.taken_in(lead("joined-late-2", **OPEN_TEXT))
    gate.release()
    return {"lead_intake/joined_by_a_late_repeat": first}


async def review_approved(house: House) -> Mapping[str, Run]:
    run = await house.submit(lead("approved"))
    approval = await reviewed(house, run)
    await house.decide(approval, "o-ada")
    return {"lead_intake/review_approved": run, "approval/approved": approval}


async def review_rejected(house: House) -> Mapping[str, Run]:
    run = await house.submit(lead("rejected"))
    approval = await reviewed(house, run)
    await house.decide(approval, "o-ben", Verdict.REJECT, reason="Not our market.")
    return {"lead_intake/review_rejected": run, "approval/rejected": approval}


async def review_corrected(house: House) -> Mapping[str, Run]:
    run = await house.submit(lead("corrected"))
    approval = await reviewed(house, run)
    await house.decide(approval, "o-ada", corrected_category="support")
    return {"lead_intake/review_corrected": run, "approval/approved_with_a_correction": approval}


async def review_expired(house: House) -> Mapping[str, Run]:
    run = await house.submit(lead("expired"))
    await over(run)
    return {"lead_intake/review_expired": run, "approval/expired": house.approval(run)}


async def completed(house: House) -> Mapping[str, Run]:
    run = await house.submit(lead("completed", contact=UNREACHABLE))
    await house.in_state(run, IntakeState.AWAITING_DETAILS)
    forged = Amendment(actor=Actor(id="m-eve", assertion="v1.1.forged"), details=ContactAmendment())
    await refused_update(run, LeadIntakeWorkflow.amend_lead, forged)
    await house.amend(run, email=PERSON["email"])
    return {"lead_intake/incomplete_then_completed": run}


async def completed_by_a_repeat(house: House) -> Mapping[str, Run]:
    run = await house.submit(lead("completed-by-repeat", contact=UNREACHABLE))
    await house.in_state(run, IntakeState.AWAITING_DETAILS)
    await run.signal(LeadIntakeWorkflow.duplicate_arrived, a_repeat())
    return {"lead_intake/incomplete_then_completed_by_a_repeat": run}


def a_repeat() -> DuplicateArrived:
    """A repeat that knows the address which the first lead lacks."""
    return DuplicateArrived(
        lead_id="repeat",
        source="website",
        arrived_at=datetime.now(UTC),
        details=ContactAmendment(email=PERSON["email"]),
    )


async def amended_into_spam(house: House) -> Mapping[str, Run]:
    run = await house.submit(lead("amended-into-spam", contact=UNREACHABLE))
    await house.in_state(run, IntakeState.AWAITING_DETAILS)
    await house.amend(run, email="jane@mailinator.com")
    return {"lead_intake/incomplete_then_spam": run}


async def followed_already(house: House) -> Mapping[str, Run]:
    """A reset intake run finds the follow-through that it started the first time."""
    submission = lead("followed-already")
    lead_id = lead_id_for(submission)
    order = FollowThroughOrder(
        lead_id=lead_id,
        path=LeadPath.SALES,
        policy_hash="not-pinned",
        sla="standard",
        owner_id="o-ada",
        handed_over_at=datetime.now(UTC),
    )
    running = await house.client.start_workflow(
        LeadFollowThroughWorkflow.run,
        order,
        id=follow_through_workflow_id(lead_id),
        task_queue=TaskQueue.WORKFLOWS,
    )
    run = await house.submit(submission)
    assert run.id == intake_workflow_id(lead_id_of(running.id))
    return {"lead_intake/follow_through_runs_already": run}


REVIEWED = house_rules(reviews=(EVERY_LEAD,))

SCENARIOS: tuple[Scenario, ...] = (
    submitted("lead_intake/sales", "Somebody new, by a fixed choice, to sales; everything is made."),
    submitted("lead_intake/support", "Somebody new, to support.", service_interest="Help"),
    submitted("lead_intake/nurture", "No request that is known, so enrolled.", service_interest=None),
    submitted("lead_intake/classified", "The text is read by the classifier.", **OPEN_TEXT),
    submitted(
        "lead_intake/transcript",
        "A transcript is classified and summarised side by side.",
        service_interest=None,
        transcript="Hello. We want a CRM. Our pipeline is in spreadsheets. Please send a quote. Goodbye.",
    ),
    submitted(
        "lead_intake/disqualified_by_rule",
        "A routing rule says that it is not for us; nothing is made.",
        bundle=house_rules(routing=RoutingPolicy(rules=(NOT_FOR_US, *small_routing_rules()))),
        campaign="test",
    ),
    submitted(
        "lead_intake/spam",
        "A bot filled in the hidden field; it is neither matched nor read.",
        bot_signals={"honeypot": "x"},
    ),
    submitted(
        "lead_intake/alerted",
        "The rule names a person who is alerted at once.",
        bundle=house_rules(routing=RoutingPolicy(rules=ALERTING)),
    ),
    submitted(
        "lead_intake/nobody_eligible",
        "Nobody in the pool can take it, so the pool's escalation person holds it and is alerted.",
        bundle=house_rules(pools=NOBODY),
    ),
    submitted(
        "lead_intake/incomplete_overdue",
        "Nobody completes it: asked, reminded, then routed as it is.",
        bundle=house_rules(
            incomplete=IncompletePolicy(
                ask="m-eve", calendar="office", remind_after=seconds(0.5), deadline=seconds(1)
            )
        ),
        contact=UNREACHABLE,
    ),
    Scenario(
        unread,
        {"lead_intake/text_that_nobody_could_read": "The classifier fails, the policy skips it."},
        house_rules(reviews=(), steps={Step.CLASSIFY_LEAD: StepPolicy(answer=FailureAnswer.SKIP)}),
    ),
    Scenario(merged_into_crm, {"lead_intake/merged_into_crm": "It repeats open work in the CRM."}),
    Scenario(known_contact, {"lead_intake/known_contact": "The person is known, the request is new."}),
    Scenario(
        spam_by_rate,
        {"lead_intake/spam_by_rate": "Too many came from one sender; known only once it is matched."},
        house_rules(assessment=small_assessment_policy(spam=SpamPolicy(max_arrivals=1))),
    ),
    Scenario(
        merged_into_run,
        {
            "lead_intake/joined_by_a_repeat": "Another lead repeats it while it is in review.",
            "lead_intake/merged_into_a_run": "It repeats a lead in flight, and is told to that run.",
        },
        REVIEWED,
    ),
    Scenario(
        joined_late,
        {"lead_intake/joined_by_a_late_repeat": "A repeat comes after the note was written: noted anew."},
    ),
    Scenario(
        review_approved,
        {
            "lead_intake/review_approved": "A reviewer approves.",
            "approval/approved": "Approved by update, in time.",
        },
        REVIEWED,
    ),
    Scenario(
        review_rejected,
        {
            "lead_intake/review_rejected": "A reviewer decides against it; nothing is made.",
            "approval/rejected": "Rejected by update.",
        },
        REVIEWED,
    ),
    Scenario(
        review_corrected,
        {
            "lead_intake/review_corrected": "A reviewer says which category is right; it is routed anew.",
            "approval/approved_with_a_correction": "Approved with a corrected category.",
        },
        REVIEWED,
    ),
    Scenario(
        review_expired,
        {
            "lead_intake/review_expired": "Nobody reviews it in time.",
            "approval/expired": "Nobody decides in time; whoever was asked is told.",
        },
        house_rules(
            reviews=(EVERY_LEAD,),
            approvals=approvals(
                remind_after=(), escalate_to=(), escalate_after=None, expire_after=seconds(0.8)
            ),
        ),
    ),
    Scenario(
        completed,
        {"lead_intake/incomplete_then_completed": "Refused from an unverified actor, then completed."},
    ),
    Scenario(
        completed_by_a_repeat,
        {"lead_intake/incomplete_then_completed_by_a_repeat": "A repeat brings what is missing."},
    ),
    Scenario(amended_into_spam, {"lead_intake/incomplete_then_spam": "What completes it makes it spam."}),
    Scenario(
        followed_already,
        {"lead_intake/follow_through_runs_already": "Its follow-through is there already, and is kept."},
    ),
)
