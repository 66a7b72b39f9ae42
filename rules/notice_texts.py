"""The words of every notice to our people: what happened, why, and what to do next.

`$name` is filled from the run's facts. Only the names in `UNKNOWN` can appear, so a notice cannot hold
anything else; none of them is personal data of a lead.
"""

from collections.abc import Mapping
from typing import NamedTuple

from contracts.ids import subject_of
from contracts.messages import MessageKind
from contracts.names import Process

UNKNOWN: dict[str, str] = {
    "me": "PERSON",
    "subject": "a run",
    "id": "ID",
    "lead_id": "LEAD",
    "onboarding_id": "ONBOARDING",
    "request_id": "REQUEST",
    "command": "lead",
    "once_more": "see what it waits for now",
    "approval_id": "APPROVAL",
    "workflow_id": "WORKFLOW",
    "reason": "its status says why",
    "question": "The request's question is shown with it.",
    "step": "STEP",
    "quoted_step": "STEP",
    "code": "not known",
    "who_must_act": "an operator",
    "missing": "its status names them",
    "owner": "its status says who",
    "work": "the record that it repeats",
    "source": "not known",
    "priority": "not known",
    "due": "no time is set",
    "customer": "CUSTOMER",
    "answer": "has not taken them over",
    "approval": "its status names it",
    "system": "the system",
    "role": "the role",
    "help": "./throughline limbo",
}
"""Every fact that a notice can name, and what stands there when the run did not give it."""


class _Words(NamedTuple):
    """How notices speak of what a run is about."""

    noun: str
    command: str
    """The launcher's group of commands for it."""
    once_more: str
    """What to do where a decision on it came too late, and is wanted still."""


_LEAD = _Words("lead", "lead", "submit it again under a new event id")
_OF_PROCESS: Mapping[Process, _Words] = {
    Process.LEAD_INTAKE: _LEAD,
    Process.LEAD_FOLLOW_THROUGH: _LEAD,
    Process.CUSTOMER_ONBOARDING: _Words("onboarding", "onboarding", "see what it waits for now"),
    Process.ACCESS_REQUEST: _Words("access request", "access", "ask again under a new request id"),
}


def subject_facts(workflow_id: str) -> dict[str, str]:
    """What a notice calls that which a run is about; an approval is about what its asker is about."""
    try:
        process, subject_id = subject_of(workflow_id)
    except ValueError:
        words, subject_id = _LEAD._replace(noun="run"), workflow_id
    else:
        words = _OF_PROCESS.get(process, _LEAD)
    return {
        "subject": f"{words.noun} {subject_id}",
        **dict.fromkeys(("id", "lead_id", "onboarding_id", "request_id"), subject_id),
        "command": words.command,
        "once_more": words.once_more,
    }


class NoticeText(NamedTuple):
    """One notice, as templates."""

    subject: str
    happened: str
    why: str
    next: str


_SEE = "  ./throughline $command status $id"
_SEE_LEAD = "  ./throughline lead status $lead_id"
_SEE_ONBOARDING = "  ./throughline onboarding status $onboarding_id"
_SEE_REQUEST = "  ./throughline access status $request_id"
_ACKNOWLEDGE = f"  ./throughline lead acknowledge $lead_id --as $me\n{_SEE_LEAD}"
_DECIDE = (
    "Expires: $due. Look at it, then decide:\n"
    "  ./throughline approval show $approval_id\n"
    "  ./throughline approval approve $approval_id --as $me\n"
    '  ./throughline approval reject $approval_id --as $me --reason "..."'
)

NOTICE_TEXTS: dict[MessageKind, NoticeText] = {
    MessageKind.LEAD_ASSIGNED: NoticeText(
        "A lead is yours: $lead_id",
        "You own lead $lead_id.",
        "Reason: $reason.",
        f"Acknowledge by $due:\n{_ACKNOWLEDGE}",
    ),
    MessageKind.LEAD_MERGED: NoticeText(
        "A request of yours came again: $lead_id",
        "Lead $lead_id repeats a request that you look after; it was noted there, and nothing new was made.",
        "Noted on: $work. Source: $source.",
        f"Read the note before you answer them:\n{_SEE_LEAD}",
    ),
    MessageKind.LEAD_WITHDRAWN: NoticeText(
        "Withdrawn: lead $lead_id is not yours",
        "You were told that lead $lead_id is yours. That does not hold any more.",
        "Reason: $reason. Owner now: $owner.",
        f"Please do nothing about it. How it stands:\n{_SEE_LEAD}",
    ),
    MessageKind.ALERT: NoticeText(
        "Look at lead $lead_id at once",
        "Lead $lead_id needs your eyes now. Priority: $priority.",
        "Reason: $reason.",
        f"See how it stands, and who has it:\n{_SEE_LEAD}",
    ),
    MessageKind.DETAILS_WANTED: NoticeText(
        "Details wanted for lead $lead_id",
        "Lead $lead_id cannot be passed on as it came.",
        "Missing or unusable: $missing.",
        "Complete it by $due; after that the policy decides without them. Give what you have:\n"
        f"  ./throughline lead amend $lead_id --as $me --email ... --phone ...\n{_SEE_LEAD}",
    ),
    MessageKind.APPROVAL_WANTED: NoticeText(
        "Your decision is wanted: $subject",
        "$question",
        "Reason: $reason.",
        _DECIDE,
    ),
    MessageKind.APPROVAL_REMINDER: NoticeText(
        "Reminder, your decision is wanted: $subject",
        "You were asked before, and nobody has decided yet.\n$question",
        "Reason: $reason.",
        _DECIDE,
    ),
    MessageKind.APPROVAL_ESCALATED: NoticeText(
        "Escalated, your decision is wanted: $subject",
        "Those who were asked first did not decide in time, so you may decide as well.\n$question",
        "Reason: $reason.",
        _DECIDE,
    ),
    MessageKind.APPROVAL_EXPIRED: NoticeText(
        "Expired without a decision: $subject",
        "Nobody decided in time, so nothing was done.\n$question",
        "Reason: $reason.",
        f"If it is still wanted, $once_more. What is known:\n{_SEE}",
    ),
    MessageKind.ACKNOWLEDGE_REMINDER: NoticeText(
        "Reminder, take your lead $lead_id",
        "You have not acknowledged lead $lead_id yet.",
        "If you do not, it goes to somebody else or to your manager.",
        f"Acknowledge by $due:\n{_ACKNOWLEDGE}",
    ),
    MessageKind.LEAD_REASSIGNED: NoticeText(
        "Lead $lead_id has a new owner",
        "Lead $lead_id belongs to $owner now.",
        "Its owner before did not acknowledge it in time.",
        f"If that is you, acknowledge by $due:\n{_ACKNOWLEDGE}",
    ),
    MessageKind.LEAD_ESCALATED: NoticeText(
        "Nobody has taken lead $lead_id",
        "Lead $lead_id was not acknowledged in time by anybody who was given it. Owner now: $owner.",
        "You are told because you answer for them.",
        f"Take it yourself, or see that somebody does:\n{_ACKNOWLEDGE}",
    ),
    MessageKind.OUTCOME_WANTED: NoticeText(
        "What became of lead $lead_id?",
        "Lead $lead_id has no outcome yet. Owner: $owner.",
        "The time that the policy gives it has passed.",
        "Record what became of it, for example closed_won, or closed_lost with a reason:\n"
        f'  ./throughline outcome record $lead_id OUTCOME --as $me --reason "..."\n{_SEE_LEAD}',
    ),
    MessageKind.STEP_PARKED: NoticeText(
        "Blocked at $step: $subject",
        "The step $step of $subject cannot be done, so it waits. Nothing is lost.",
        "Failure: $code. Who must act: $who_must_act.",
        "Once the cause is gone, go on from the same step:\n"
        f"  ./throughline $command resolve $id retry --step $quoted_step --as $me\n{_SEE}",
    ),
    MessageKind.FOLLOW_UP: NoticeText(
        "A follow-up is prepared for lead $lead_id",
        "A message to lead $lead_id is drafted in your name; it was not sent.",
        "Reason: $reason.",
        "Read it, correct it, send it:\n  ./throughline outbox list --run $workflow_id --status draft",
    ),
    MessageKind.PREREQUISITE_WANTED: NoticeText(
        "Something is missing: onboarding $onboarding_id",
        "Onboarding $onboarding_id of customer $customer cannot begin as ordered; nothing is touched yet.",
        "Missing or unusable: $missing.",
        "Due: $due. Without it the onboarding ends. Give what you have:\n"
        f"  ./throughline onboarding provide $onboarding_id --as $me ...\n{_SEE_ONBOARDING}",
    ),
    MessageKind.CONTRACT_WANTED: NoticeText(
        "Not signed yet: the contract of onboarding $onboarding_id",
        "Onboarding $onboarding_id of customer $customer waits for its contract; nothing is touched yet.",
        "Nothing is made for a customer before they have signed.",
        "Due: $due. Without a signature the onboarding ends. If it is signed:\n"
        "  ./throughline onboarding contract-signed $onboarding_id --reference REFERENCE --as $me\n"
        f"{_SEE_ONBOARDING}",
    ),
    MessageKind.ONBOARDING_OVERDUE: NoticeText(
        "Overdue: onboarding $onboarding_id",
        "What onboarding $onboarding_id of customer $customer waited for did not come in time.",
        "Reason: $reason.",
        f"See how it stands, and settle it with whoever owes something:\n{_SEE_ONBOARDING}",
    ),
    MessageKind.KICKOFF_ESCALATED: NoticeText(
        "No kickoff is chosen: onboarding $onboarding_id",
        "Customer $customer of onboarding $onboarding_id has chosen none of the times they were offered.",
        "Other times are offered again and again, until they choose one.",
        "Call them, and choose for them what suits them:\n"
        f"  ./throughline onboarding choose $onboarding_id SLOT --as $me\n{_SEE_ONBOARDING}",
    ),
    MessageKind.HANDOVER_REFUSED: NoticeText(
        "Not taken over: onboarding $onboarding_id",
        "The success team was asked to take over the customer of onboarding $onboarding_id, and $answer.",
        "What they say to it stands with the request: $approval.",
        "Mend what they lack, then ask them again:\n"
        '  ./throughline onboarding hand-over $onboarding_id --as $me --reason "..."\n'
        f"{_SEE_ONBOARDING}",
    ),
    MessageKind.FIRST_VALUE_MISSING: NoticeText(
        "Nothing out of it yet: onboarding $onboarding_id",
        "Customer $customer of onboarding $onboarding_id is live, and has got nothing out of it yet.",
        "The time that the policy gives them has passed.",
        f"Call them, and find out what keeps them from it. What was made for them:\n{_SEE_ONBOARDING}",
    ),
    MessageKind.ONBOARDING_WITHDRAWN: NoticeText(
        "Withdrawn: onboarding $onboarding_id",
        "You were told about customer $customer of onboarding $onboarding_id. That does not hold any more.",
        "Reason: $reason.",
        f"Please do nothing more for them. What was undone:\n{_SEE_ONBOARDING}",
    ),
    MessageKind.IN_LIMBO: NoticeText(
        "Left lying: $subject",
        "Nothing has moved at $subject for longer than it should take.",
        "Reason: $reason.",
        f"You are told this once. What helps:\n  $help\n{_SEE}",
    ),
    MessageKind.CRM_DRIFTED: NoticeText(
        "The CRM does not fit crm.yaml: $system",
        "$system cannot hold what crm.yaml maps to it. Steps that write these fields fail until then.",
        "Who must act: $who_must_act. Fields:",
        "Make the field in $system, or correct the part $system of crm.yaml and restart the workers. You are "
        "told this once, and when all of it fits again. How it stands now:\n  ./throughline doctor",
    ),
    MessageKind.CRM_FITS_AGAIN: NoticeText(
        "The CRM fits crm.yaml again: $system",
        "$system holds every field that crm.yaml maps to it.",
        "You were told that some were missing.",
        "Runs that were parked meanwhile wait for somebody to let them go on:\n  ./throughline parked list",
    ),
    MessageKind.ACCESS_GRANTED: NoticeText(
        "Granted: access request $request_id",
        "You have access to $system now: $role.",
        "Somebody who answers for it has agreed. It ends: $due.",
        f"Nobody has to take it back, the request does. How it stands:\n{_SEE_REQUEST}",
    ),
    MessageKind.ACCESS_ENDED: NoticeText(
        "Ended: access request $request_id",
        "Your access to $system has ended: $role.",
        "Reason: $reason.",
        f"If you need it again, ask under a new request id. How this one ended:\n{_SEE_REQUEST}",
    ),
}
"""One entry per kind that people of ours are told; a test asserts that none is left out."""
