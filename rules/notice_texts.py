"""The words of every notice to our people: what happened, why, and what to do next.

`$name` is filled from the run's facts. Only the names in `UNKNOWN` can appear, so a notice cannot hold
anything else; none of them is personal data of a lead.
"""

from typing import NamedTuple

from contracts.messages import MessageKind

UNKNOWN: dict[str, str] = {
    "me": "PERSON",
    "lead_id": "LEAD",
    "approval_id": "APPROVAL",
    "workflow_id": "WORKFLOW",
    "reason": "its status says why",
    "question": "The request's question is shown with it.",
    "step": "STEP",
    "code": "not known",
    "who_must_act": "an operator",
    "missing": "its status names them",
    "owner": "its status says who",
    "work": "the record that it repeats",
    "source": "not known",
    "priority": "not known",
    "due": "no time is set",
}
"""Every fact that a notice can name, and what stands there when the run did not give it."""


class NoticeText(NamedTuple):
    """One notice, as templates."""

    subject: str
    happened: str
    why: str
    next: str


_SEE_LEAD = "  ./throughline lead status $lead_id"
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
        "Your decision is wanted: lead $lead_id",
        "$question",
        "Reason: $reason.",
        _DECIDE,
    ),
    MessageKind.APPROVAL_REMINDER: NoticeText(
        "Reminder, your decision is wanted: lead $lead_id",
        "You were asked before, and nobody has decided yet.\n$question",
        "Reason: $reason.",
        _DECIDE,
    ),
    MessageKind.APPROVAL_ESCALATED: NoticeText(
        "Escalated, your decision is wanted: lead $lead_id",
        "Those who were asked first did not decide in time, so you may decide as well.\n$question",
        "Reason: $reason.",
        _DECIDE,
    ),
    MessageKind.APPROVAL_EXPIRED: NoticeText(
        "Expired without a decision: lead $lead_id",
        "Nobody decided in time, so nothing was done.\n$question",
        "Reason: $reason.",
        f"If it is still wanted, submit it again under a new event id. What is known:\n{_SEE_LEAD}",
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
        "Blocked at $step: lead $lead_id",
        "Lead $lead_id waits, because the step $step cannot be done. Nothing is lost.",
        "Failure: $code. Who must act: $who_must_act.",
        "Once the cause is gone, go on from the same step:\n"
        f"  ./throughline lead resolve $lead_id retry --step $step --as $me\n{_SEE_LEAD}",
    ),
    MessageKind.FOLLOW_UP: NoticeText(
        "A follow-up is prepared for lead $lead_id",
        "A message to lead $lead_id is drafted in your name; it was not sent.",
        "Reason: $reason.",
        "Read it, correct it, send it:\n  ./throughline outbox list --run $workflow_id --status draft",
    ),
}
"""One entry per kind; a test asserts that none is left out."""
