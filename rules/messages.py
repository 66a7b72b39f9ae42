"""What people read: notices, drafts, titles, notes and questions, composed from what is decided already."""

import shlex
from collections.abc import Iterable, Sequence
from string import Template

from contracts.classification import Classification, TranscriptSummary
from contracts.failures import WHO_MUST_ACT, FailureCode
from contracts.ids import APPROVAL_SUFFIX
from contracts.lead import NormalisedLead
from contracts.lead_intake import DuplicateArrived
from contracts.matching import MatchVerdict
from contracts.messages import FollowUpDraft, Message, MessageKind
from contracts.notices import NotifyOwnerInput, NotifyPersonInput, SaveFollowUpDraftInput
from contracts.policy import PolicyBundle
from contracts.routing import LeadPath, Route
from rules.notice_texts import NOTICE_TEXTS, UNKNOWN, subject_facts
from rules.wording import (
    MAX_BODY,
    MAX_LINE,
    MAX_VALUE,
    code_in_words,
    courteous,
    instant_in_words,
    name_of,
    one_line,
    reason_in_words,
    shortened,
    zone_of,
)

MAX_TITLE = 120
"""Longer titles are cut off in the lists of most CRMs."""
MAX_EXCERPT = 1_000
MAX_NOTE = 8_000
MAX_LISTED = 20
"""Reasons, terms or duplicates that a note lists before it says how many more there are."""

_LABEL_WIDTH = 16

_NEXT_ACTION = {
    LeadPath.SALES: "acknowledge the lead, then contact them",
    LeadPath.SUPPORT: "acknowledge the ticket, then answer it",
    LeadPath.NURTURE: "acknowledge the enrolment; the programme does the rest",
    LeadPath.DISQUALIFIED: "nothing; it is not for us",
}
_TASK = {
    LeadPath.SALES: "Contact",
    LeadPath.SUPPORT: "Answer",
    LeadPath.NURTURE: "Look after",
    LeadPath.DISQUALIFIED: "Note",
}
_QUESTION = {
    LeadPath.SALES: "Shall this lead go to sales?",
    LeadPath.SUPPORT: "Shall this lead go to support?",
    LeadPath.NURTURE: "Shall this lead be nurtured?",
    LeadPath.DISQUALIFIED: "Shall this lead be disqualified?",
}


def owner_message(request: NotifyOwnerInput, bundle: PolicyBundle) -> Message:
    """What an owner needs in order to act without looking anything up. The subject holds no personal data."""
    lead, route = request.lead, request.route
    recipient = request.instead_of_owner or request.owner_id
    due = instant_in_words(request.due_at, zone_of(recipient, bundle)) if request.due_at else None
    subject = f"{route.priority.capitalize()} priority {route.path} lead from {lead.source}"
    facts = (
        ("Who", _joined(lead.name, lead.job_title)),
        ("Company", _joined(lead.company, lead.company_domain)),
        ("Reach them", _joined(lead.email, lead.phone)),
        ("Want", _joined(route.intent or lead.declared_intent, route.category)),
        ("Source", _joined(lead.source, lead.channel, lead.campaign, lead.form)),
        ("Priority", route.priority),
        ("Acknowledge by", due or "no time is set"),
        ("Why here", "; ".join((*route.reasons[:MAX_LISTED], f"rule {route.rule}"))),
        ("Next", _NEXT_ACTION[route.path]),
        ("In the CRM", _records_line(request)),
        ("Run", request.workflow_id),
    )
    opening = f"You own a new lead ({route.path})."
    if request.instead_of_owner:
        opening = (
            f"{request.owner_id} owns a new lead ({route.path}) and could not be told: please pass it on."
        )
    body = [opening, "", *(_field(name, value) for name, value in facts), ""]
    body.append(f"  ./throughline lead acknowledge {lead.lead_id} --as {request.owner_id}")
    body.append(f"  ./throughline lead status {lead.lead_id}")
    if request.excerpt:
        body += ["", "What they wrote:", *_quoted(shortened(request.excerpt, MAX_EXCERPT))]
    body += _summary_lines(request.summary)
    return Message(
        key=request.key,
        kind=MessageKind.LEAD_ASSIGNED,
        recipient_id=recipient,
        subject=one_line(subject + (f", acknowledge by {due}" if due else ""), MAX_LINE),
        body=shortened("\n".join(body), MAX_BODY),
        workflow_id=request.workflow_id,
        due_at=request.due_at,
    )


def person_message(request: NotifyPersonInput, bundle: PolicyBundle) -> Message:
    """A notice about a run: what happened, why, what to do next. Facts that no notice names are left out."""
    words = NOTICE_TEXTS[request.kind]
    facts = UNKNOWN | _facts_of(request, bundle)

    def filled(template: str) -> str:
        return Template(template).safe_substitute(facts)

    details = tuple(f"- {one_line(detail, MAX_LINE)}" for detail in request.details)
    why = "\n".join((filled(words.why), *details))
    body = "\n\n".join((filled(words.happened), why, filled(words.next)))
    return Message(
        key=request.key,
        kind=request.kind,
        recipient_id=request.recipient_id,
        subject=one_line(filled(words.subject), MAX_LINE),
        body=shortened(f"{body}\n\nRun: {request.workflow_id}", MAX_BODY),
        workflow_id=request.workflow_id,
        due_at=request.due_at,
    )


def follow_up_draft(request: SaveFollowUpDraftInput, bundle: PolicyBundle) -> FollowUpDraft:
    """A message to the lead from the policy's template; a person reads it before it is sent.

    Raises:
        ValueError: the route names no follow-up, or a template that the policy does not have.
    """
    plan = request.route.follow_up
    if plan is None:
        raise ValueError(f"rule {request.route.rule} plans no follow-up, so there is nothing to draft")
    template = bundle.follow_ups.get(plan.template)
    if template is None:
        raise ValueError(f"the policy has no follow-up template {plan.template!r}")
    lead = request.lead
    category = request.route.category or lead.category
    values = {
        "name": courteous(lead.name, "there"),
        "company": courteous(lead.company, "your company"),
        "owner": name_of(request.owner_id, bundle),
        "category": code_in_words(category) if category else "your request",
    }
    return FollowUpDraft(
        key=request.key,
        workflow_id=request.workflow_id,
        author_id=request.owner_id,
        to_address=lead.email,
        subject=one_line(Template(template.subject).safe_substitute(values), MAX_LINE),
        body=shortened(Template(template.body).safe_substitute(values), MAX_BODY),
        needs_approval=plan.needs_approval,
    )


def work_title(lead: NormalisedLead, route: Route) -> str:
    """The title of the deal, ticket or enrolment in the CRM."""
    about = code_in_words(route.category or lead.category or route.path)
    return one_line(f"{_called(lead)}: {about} ({lead.source})", MAX_TITLE)


def task_subject(lead: NormalisedLead, route: Route) -> str:
    """The subject of the owner's task."""
    about = code_in_words(route.intent or lead.declared_intent or route.category or route.path)
    return one_line(f"{_TASK[route.path]} {_called(lead)}: {about}, {route.priority} priority", MAX_TITLE)


def note_body(
    lead: NormalisedLead,
    route: Route,
    match: MatchVerdict,
    *,
    classification: Classification | None = None,
    summary: TranscriptSummary | None = None,
    duplicates: Sequence[DuplicateArrived] = (),
) -> str:
    """The note that says why the lead is where it is, so that nobody has to ask; at most 8,000 characters."""
    facts = [
        ("Path", f"{route.path}, {route.priority} priority, stage {route.stage}"),
        ("Category", _joined(route.category, lead.category_raw)),
        ("Intent", _joined(route.intent, lead.declared_intent)),
        ("Source", _joined(lead.source, lead.channel, lead.campaign, lead.form)),
        ("Rule", route.rule),
        ("Policy", route.policy_hash),
        ("Known as", _match_line(match)),
        ("Evidence", _listed(route.evidence)),
    ]
    if classification is not None:
        read = f"{classification.category or 'no category'}, confidence {classification.confidence:.2f}"
        facts += [
            ("Read as", f"{read}, risk {classification.risk}, by {classification.model or 'a classifier'}"),
            ("Words", _listed(classification.evidence)),
            ("Doubts", _listed(tuple(code_in_words(code) for code in classification.reasons))),
        ]
    body = [f"Throughline, lead {lead.lead_id}", "", *(_field(name, value) for name, value in facts if value)]
    if route.reasons:
        body += ["", "Reasons:", *_bullets(route.reasons)]
    if duplicates:
        body += ["", "The same request also came as:", *_bullets(_duplicate_line(one) for one in duplicates)]
    body += _summary_lines(summary)
    return shortened("\n".join(body), MAX_NOTE)


def merge_note_body(lead: NormalisedLead, match: MatchVerdict) -> str:
    """The note on a record that a lead repeats."""
    facts = (
        ("Lead", lead.lead_id),
        ("Source", _joined(lead.source, lead.channel, lead.campaign, lead.form)),
        ("Received", lead.received_at.isoformat()),
        ("Category", lead.category),
        ("Known as", _match_line(match)),
    )
    body = ["The same request came again; nothing new was made.", ""]
    return shortened("\n".join((*body, *(_field(name, value) for name, value in facts if value))), MAX_NOTE)


def approval_question(lead: NormalisedLead, route: Route) -> str:
    """What a reviewer is asked, on one line and without personal data: the Web UI and the inbox show it."""
    category = code_in_words(route.category) if route.category else "not known"
    about = f"Category {category}, source {one_line(lead.source, MAX_TITLE)}, {route.priority} priority."
    why = f" Asked because: {code_in_words(route.review.reason)}." if route.review else ""
    return one_line(f"{_QUESTION[route.path]} {about}{why}", MAX_LINE)


def _facts_of(request: NotifyPersonInput, bundle: PolicyBundle) -> dict[str, str]:
    given = {name: one_line(value, MAX_LINE) for name, value in request.facts.items() if value.strip()}
    facts = given | {
        "me": request.recipient_id,
        "workflow_id": request.workflow_id,
        **subject_facts(request.workflow_id),
    }
    if APPROVAL_SUFFIX in request.workflow_id:
        facts["approval_id"] = request.workflow_id
    if "step" in given:
        facts["quoted_step"] = shlex.quote(given["step"])
    if "reason" in given:
        facts["reason"] = reason_in_words(given["reason"], bundle).rstrip(" .")
    if given.get("code") in tuple(FailureCode):
        facts.setdefault("who_must_act", WHO_MUST_ACT[FailureCode(given["code"])])
    if request.due_at is not None:
        facts["due"] = instant_in_words(request.due_at, zone_of(request.recipient_id, bundle))
    return facts


def _called(lead: NormalisedLead) -> str:
    return lead.company or lead.name or lead.company_domain or f"lead {lead.lead_id}"


def _joined(*values: str | None) -> str:
    return ", ".join(dict.fromkeys(one_line(value, MAX_VALUE) for value in values if value and value.strip()))


def _field(name: str, value: str) -> str:
    return f"{name + ':':<{_LABEL_WIDTH}}{one_line(value, MAX_LINE) or 'not known'}"


def _listed(values: tuple[str, ...]) -> str:
    more = f" and {len(values) - MAX_LISTED} more" if len(values) > MAX_LISTED else ""
    return ", ".join(values[:MAX_LISTED]) + more


def _bullets(values: Iterable[str]) -> list[str]:
    lines = [f"- {one_line(value, MAX_LINE)}" for value in values]
    more = [f"- and {len(lines) - MAX_LISTED} more"] if len(lines) > MAX_LISTED else []
    return lines[:MAX_LISTED] + more


def _quoted(text: str) -> list[str]:
    # Every line is marked, so that nothing a lead wrote can pass for a line of ours.
    return [f"> {one_line(line, MAX_LINE)}" for line in text.splitlines() if line.strip()]


def _summary_lines(summary: TranscriptSummary | None) -> list[str]:
    if summary is None or not summary.sentences:
        return []
    lines = [f"> [{one.start}-{one.end}] {one_line(one.text, MAX_LINE)}" for one in summary.sentences]
    return ["", "From the transcript (character offsets):", *lines]


def _records_line(request: NotifyOwnerInput) -> str:
    records = request.records
    return f"{records.work_kind} {records.work_id}, contact {records.contact_id}" if records else ""


def _match_line(match: MatchVerdict) -> str:
    agreed = f", agreed on {_listed(match.evidence)}" if match.evidence else ""
    return f"{match.kind} ({match.rule}, likeness {match.score:.2f}{agreed})"


def _duplicate_line(duplicate: DuplicateArrived) -> str:
    campaign = f", campaign {duplicate.campaign}" if duplicate.campaign else ""
    return f"lead {duplicate.lead_id} from {duplicate.source}{campaign}, {duplicate.arrived_at.isoformat()}"
