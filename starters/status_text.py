"""How a run stands, in words for a terminal."""

from __future__ import annotations

from datetime import datetime

from contracts.approval import ApprovalStatus
from contracts.follow_through import FollowThroughStatus
from contracts.lead_intake import LeadIntakeStatus
from contracts.status import ParkedStep, RunStatus
from starters.console import facts


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
    )


def follow_through_text(status: FollowThroughStatus) -> str:
    """A follow-through run: who has the lead, and what came of it."""
    return _text(
        status,
        ("owner", status.owner_id),
        ("acknowledged", "yes" if status.acknowledged else "no"),
        ("reassigned", status.reassignments or None),
        ("outcomes", ", ".join(status.outcomes)),
    )


def approval_text(status: ApprovalStatus) -> str:
    """An approval: what is asked, who may decide, and what was decided."""
    decisions = [
        f"{one.verdict} by {one.actor_id}, {moment(one.at)}" + (f": {one.reason}" if one.reason else "")
        for one in status.decisions
    ]
    return _text(
        status,
        ("question", status.request.question),
        ("asked by", status.request.subject_id),
        ("may decide", ", ".join(status.approvers)),
        ("quorum", status.quorum if status.quorum > 1 else None),
        ("decisions", _listed(decisions)),
    )


def run_text(status: RunStatus) -> str:
    """A run of whatever process."""
    if isinstance(status, LeadIntakeStatus):
        return intake_text(status)
    if isinstance(status, FollowThroughStatus):
        return follow_through_text(status)
    return _text(status)


def moment(at: datetime | None) -> str | None:
    """An instant to the minute, in UTC."""
    return at.strftime("%Y-%m-%d %H:%M UTC") if at else None


def _text(status: RunStatus, *own: tuple[str, object]) -> str:
    refusals = [f"{moment(one.at)} {one.command} by {one.actor_id}: {one.reason}" for one in status.refusals]
    return facts(
        (
            ("run", status.workflow_id),
            ("state", f"{status.state} ({status.meaning})"),
            ("lane", status.lane),
            *own,
            ("waits for", status.waits_for),
            ("next action", None if status.next_action_owner == "system" else status.next_action_owner),
            ("due", moment(status.due_at)),
            ("reasons", _listed(status.reasons)),
            ("parked", _listed([_parked_step(status, step) for step in status.parked])),
            ("refused", _listed(refusals)),
            ("next states", ", ".join(status.next_moves)),
            ("commands", ", ".join(status.commands)),
            ("way so far", " > ".join(visit.state for visit in status.visits)),
            ("effects", len(status.effects) or None),
            ("policy", status.policy_hash),
        )
    )


def _parked_step(status: RunStatus, step: ParkedStep) -> str:
    answers = "retry|skip|abandon" if step.skippable else "retry|abandon"
    return (
        f"{step.step} since {moment(step.since)}: {step.code}, {step.message}\n"
        f"    {step.who_must_act}\n"
        f"    ./throughline lead resolve {status.workflow_id} {answers} --step {step.step} --as PERSON"
    )


def _checks(status: LeadIntakeStatus) -> str:
    return _listed([f"{one.check} {one.grade}: {one.detail}" for one in status.checks if one.grade != "pass"])


def _listed(lines: tuple[str, ...] | list[str]) -> str:
    return "".join(f"\n  - {line}" for line in lines)
