"""How a run stands, in words for a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from contracts.access_request import AccessRequestStatus
from contracts.actors import SYSTEM
from contracts.approval import ApprovalStatus
from contracts.classification import ModelCall
from contracts.follow_through import FollowThroughStatus
from contracts.lead_intake import LeadIntakeStatus
from contracts.names import Step
from contracts.onboarding import KickoffOffer, OnboardingStatus
from contracts.onboarding_plan import Forecast, PrerequisiteCheck
from contracts.onboarding_states import OnboardingState
from contracts.status import ParkedStep, RunStatus
from rules.parking import resolution_in_words
from rules.wording import instant_in_words
from starters.console import facts, table
from starters.run_commands import UNDO, group_of, look_command

ZONE = "UTC"
"""In which commands tell times: whoever reads them may be anywhere."""

_TAKEN_BACK = (OnboardingState.UNDOING, OnboardingState.UNDONE, OnboardingState.CANCELLED)


def intake_text(status: LeadIntakeStatus) -> str:
    """An intake run: where it is, where the lead goes and why."""
    return _text(
        status,
        ("path", status.path),
        ("rule", status.rule),
        ("category", status.category),
        ("priority", status.priority),
        ("owner", status.owner_id),
        ("match", status.match),
        ("merged into", status.merged_into),
        ("approval", status.approval_id),
        ("disqualified", status.disqualify_reason),
        ("missing", ", ".join(status.missing)),
        ("checks", _checks(status)),
        ("read by", model_calls_text(status.model_calls)),
    )


def follow_through_text(status: FollowThroughStatus) -> str:
    """A follow-through run: who has the lead, and what came of it."""
    started = status.onboarding_id
    return _text(
        status,
        ("owner", status.owner_id),
        ("acknowledged", "yes" if status.acknowledged else "no"),
        ("reassigned", status.reassignments or None),
        ("outcomes", ", ".join(status.outcomes)),
        ("onboarding", started and f"{started} (`{look_command(started)}`)"),
    )


def approval_text(status: ApprovalStatus) -> str:
    """An approval: what is asked, who may decide, and what was decided."""
    decisions = [
        f"{one.verdict} by {one.actor_id}, {moment(one.at)}" + (f": {one.reason}" if one.reason else "")
        for one in status.decisions
    ]
    request = status.request
    return _text(
        status,
        ("question", request.question),
        ("asked by", asker(request.subject_id)),
        ("may decide", ", ".join(status.approvers)),
        (
            "may not",
            None if request.requested_by == SYSTEM else f"{request.requested_by}, for whom it is asked",
        ),
        ("quorum", status.quorum if status.quorum > 1 else None),
        ("decisions", listed(decisions)),
    )


def onboarding_text(status: OnboardingStatus) -> str:
    """An onboarding: what it waits for, from whom, and how far its plan has come."""
    # One that is undone remembers what it offered, made and expected; none of that holds any more, and how it
    # came about is for `onboarding timeline` to tell.
    stands = not status.cancelled_by and status.state not in _TAKEN_BACK
    text = _text(
        status,
        ("customer", status.customer_id),
        ("sold by", status.seller_id),
        ("template", status.template),
        ("missing", missing_text(status.prerequisites)),
        ("approval", status.approval_id),
        *(_onboarding_facts(status) if stands else ()),
        ("cancelled by", status.cancelled_by),
    )
    return f"{text}\n\n{plan_text(status.forecast)}" if status.forecast and stands else text


def _onboarding_facts(status: OnboardingStatus) -> Iterator[tuple[str, object]]:
    if status.kickoff:
        yield "offered", _offer_text(status.kickoff)
    if status.kickoff_at:
        yield "kickoff", f"booked, {instant_in_words(status.kickoff_at, ZONE)}"
    made = {one.step: one.external_id for one in status.effects}
    yield "workspace", made.get(Step.CREATE_WORKSPACE)
    if status.forecast and status.next_moves:
        yield "finish", f"{moment(status.forecast.finish_at)}, as it looks now"


def access_text(status: AccessRequestStatus) -> str:
    """An access request: who gets what, and until when."""
    return _text(
        status,
        ("person", status.person_id),
        ("system", status.system),
        ("role", status.role),
        ("approval", status.approval_id),
        ("lasts until", moment(status.lasts_until)),
    )


def run_text(status: RunStatus) -> str:
    """A run of whatever process."""
    if isinstance(status, LeadIntakeStatus):
        return intake_text(status)
    if isinstance(status, FollowThroughStatus):
        return follow_through_text(status)
    if isinstance(status, OnboardingStatus):
        return onboarding_text(status)
    if isinstance(status, AccessRequestStatus):
        return access_text(status)
    return _text(status)


def asker(subject_id: str) -> str:
    """The run that an approval is asked by, and what shows it."""
    return f"{subject_id} (`{look_command(subject_id)}`)"


def missing_text(checks: Sequence[PrerequisiteCheck]) -> str:
    """What is missing, and from whom; empty where nothing is."""
    return listed(
        [f"{one.prerequisite} from {one.ask or 'nobody'}: {one.problem}" for one in checks if not one.met]
    )


def plan_text(forecast: Forecast) -> str:
    """The steps of a plan, each with its place in it."""
    return table(
        ("STEP", "PROGRESS", "OWNER", "DUE", "AFTER"),
        [
            (one.step, one.progress, one.owner_id, moment(one.due_at), ",".join(one.after))
            for one in forecast.steps
        ],
    )


def moment(at: datetime | None) -> str | None:
    """An instant to the minute, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if at else None


def _text(status: RunStatus, *own: tuple[str, object]) -> str:
    refusals = [f"{moment(one.at)} {one.command} by {one.actor_id}: {one.reason}" for one in status.refusals]
    resolutions = [f"{moment(one.at)} {resolution_in_words(one)}" for one in status.resolutions]
    return facts(
        (
            ("run", status.workflow_id),
            ("state", f"{status.state} ({status.meaning})"),
            ("lane", status.lane),
            *own,
            ("waits for", status.waits_for),
            ("next action", None if status.next_action_owner == "system" else status.next_action_owner),
            ("due", moment(status.due_at)),
            ("reasons", listed(status.reasons)),
            ("parked", listed([_parked_step(status, step) for step in status.parked])),
            ("resolved", listed(resolutions)),
            ("refused", listed(refusals)),
            ("next states", ", ".join(status.next_moves)),
            ("commands", ", ".join(status.commands)),
            ("way so far", " > ".join(visit.state for visit in status.visits)),
            ("effects", len(status.effects) or None),
            ("policy", status.policy_hash),
        )
    )


def _parked_step(status: RunStatus, step: ParkedStep) -> str:
    is_undo = step.step.startswith(UNDO)
    answers = "|".join(("retry", *["skip"] * step.skippable, *["abandon"] * (not is_undo)))
    group, name = group_of(status.workflow_id), shlex.quote(step.step)
    return (
        f"{step.step} since {moment(step.since)}: {step.code}, {step.message}\n"
        f"    {step.who_must_act}\n"
        f"    ./throughline {group} resolve {status.workflow_id} {answers} --step {name} --as PERSON"
    )


def _offer_text(offer: KickoffOffer) -> str:
    head = f"until {moment(offer.choose_by)}, round {offer.round}"
    return head + listed([f"{slot.id}: {instant_in_words(slot.starts_at, ZONE)}" for slot in offer.slots])


def model_calls_text(calls: Sequence[ModelCall]) -> str:
    """What models were asked, by which prompts, and what that took."""
    return listed([f"{one.model} by {one.prompt}{_tokens(one)}{_cost(one)}" for one in calls])


def _tokens(call: ModelCall) -> str:
    known = call.input_tokens is not None and call.output_tokens is not None
    return f", {call.input_tokens:,} tokens in, {call.output_tokens:,} out" if known else ""


def _cost(call: ModelCall) -> str:
    return "" if call.cost_micros is None else f", cost {money(call.cost_micros)}"


def money(micros: int) -> str:
    """Millionths of a currency, in its units; the currency is that of the configured prices."""
    return f"{micros / 1_000_000:.6f}"


def _checks(status: LeadIntakeStatus) -> str:
    return listed([f"{one.check} {one.grade}: {one.detail}" for one in status.checks if one.grade != "pass"])


def listed(lines: Sequence[str]) -> str:
    """One line for each below the name of a fact."""
    return "".join(f"\n  - {line}" for line in lines)
