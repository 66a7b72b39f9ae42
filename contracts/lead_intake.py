"""The intake process: its states, how it can end, and what it answers."""

from datetime import timedelta
from enum import StrEnum

from pydantic import AwareDatetime

from contracts.actors import Actor
from contracts.assessment import CheckResult
from contracts.base import Contract, Key, Line, Slug
from contracts.classification import ModelCall
from contracts.lead import ContactAmendment
from contracts.matching import MatchKind
from contracts.names import Process
from contracts.routing import LeadPath
from contracts.state_kinds import ended, parked, undoing, waiting, working
from contracts.states import Lane, ProcessDeclaration, StateDeclaration
from contracts.status import EffectRef, ResolvedStep, RunStatus


class IntakeState(StrEnum):
    """States of an intake run."""

    RECEIVED = "received"
    ASSESSING = "assessing"
    AWAITING_DETAILS = "awaiting_details"
    MATCHING = "matching"
    MERGING = "merging"
    READING = "reading"
    ROUTING = "routing"
    IN_REVIEW = "in_review"
    EXECUTING = "executing"
    HANDING_OVER = "handing_over"
    UNDOING = "undoing"
    PARKED = "parked"
    HANDED_OVER = "handed_over"
    MERGED = "merged"
    DISQUALIFIED = "disqualified"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNDONE = "undone"


_S = IntakeState

_ACTIVE = (
    _S.ASSESSING,
    _S.AWAITING_DETAILS,
    _S.MATCHING,
    _S.MERGING,
    _S.READING,
    _S.ROUTING,
    _S.IN_REVIEW,
    _S.EXECUTING,
    _S.HANDING_OVER,
)


def _step(name: IntakeState, meaning: str, *next_states: IntakeState) -> StateDeclaration:
    return working(name, meaning, *next_states, _S.PARKED, _S.UNDOING)


LEAD_INTAKE = ProcessDeclaration(
    process=Process.LEAD_INTAKE,
    title="Lead intake",
    purpose="Takes an inbound lead, through whatever door it comes, to the person who looks after it.",
    initial=_S.RECEIVED,
    states=(
        working(
            _S.RECEIVED,
            "A door has taken the lead; nothing has been done yet.",
            _S.ASSESSING,
            budget=timedelta(minutes=5),
        ),
        _step(
            _S.ASSESSING,
            "The lead is being normalised and checked.",
            _S.MATCHING,
            _S.AWAITING_DETAILS,
            _S.ROUTING,
        ),
        waiting(
            _S.AWAITING_DETAILS,
            "Required details are missing or unusable; somebody has been asked to complete them.",
            "intake desk",
            _S.MATCHING,
            _S.ROUTING,
            _S.PARKED,
            _S.UNDOING,
            budget=timedelta(days=5),
        ),
        _step(
            _S.MATCHING,
            "It is being compared with people already known and with leads in flight.",
            _S.READING,
            _S.ROUTING,
            _S.MERGING,
        ),
        _step(
            _S.MERGING,
            "It repeats a request that is already there, and is being noted on it.",
            _S.MERGED,
            _S.MATCHING,
        ),
        _step(_S.READING, "Its text is being read by the classifier or summarised.", _S.ROUTING),
        _step(
            _S.ROUTING,
            "The policy is deciding where it goes.",
            _S.IN_REVIEW,
            _S.EXECUTING,
            _S.DISQUALIFIED,
        ),
        waiting(
            _S.IN_REVIEW,
            "The policy wants a person to decide before anything is done.",
            "reviewer",
            _S.EXECUTING,
            _S.ROUTING,
            _S.REJECTED,
            _S.EXPIRED,
            _S.PARKED,
            _S.UNDOING,
            budget=timedelta(days=7),
        ),
        _step(_S.EXECUTING, "Records, task, note and messages are being made.", _S.HANDING_OVER),
        _step(
            _S.HANDING_OVER,
            "Everything is made and its follow-through runs; the decision is being recorded.",
            _S.HANDED_OVER,
        ),
        undoing(_S.UNDOING, _S.UNDONE, _S.PARKED),
        parked(_S.PARKED, *_ACTIVE, _S.UNDOING),
        ended(_S.HANDED_OVER, "Its owner has it; the follow-through looks after the rest."),
        ended(_S.MERGED, "It repeated a known request and was noted there."),
        ended(_S.DISQUALIFIED, "The policy says it is not for us; nothing was made in the CRM."),
        ended(_S.REJECTED, "A reviewer decided against it."),
        ended(
            _S.EXPIRED,
            "Nobody reviewed it in time; the people responsible have been told.",
            Lane.ESCALATED,
        ),
        ended(_S.UNDONE, "It was abandoned, and what had been done was undone."),
    ),
)
"""The one declaration of the intake's states."""


class LeadIntakeResult(Contract):
    """How an intake run ended."""

    lead_id: str
    outcome: IntakeState
    """A terminal state."""
    path: LeadPath | None = None
    rule: str | None = None
    owner_id: str | None = None
    reasons: tuple[str, ...] = ()
    effects: tuple[EffectRef, ...] = ()
    resolutions: tuple[ResolvedStep, ...] = ()
    merged_into: str | None = None
    """The record or lead that it was noted on."""
    follow_through_id: str | None = None


class LeadIntakeStatus(RunStatus):
    """How an intake run stands; no personal data."""

    lead_id: str
    source: str = ""
    path: LeadPath | None = None
    rule: str | None = None
    category: str | None = None
    priority: str | None = None
    owner_id: str | None = None
    match: MatchKind | None = None
    merged_into: str | None = None
    approval_id: str | None = None
    checks: tuple[CheckResult, ...] = ()
    missing: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    """Leads that were merged into this run while it was open."""
    follow_through_id: str | None = None
    disqualify_reason: str | None = None
    model_calls: tuple[ModelCall, ...] = ()
    """What models were asked about it, and what that took."""


class Amendment(Contract):
    """The `amend_lead` update: a person completes or corrects the lead."""

    actor: Actor
    details: ContactAmendment
    reason: Line = ""


class DuplicateArrived(Contract):
    """The `duplicate_arrived` signal: another run found that its lead repeats this one."""

    lead_id: Slug
    source: str
    campaign: str | None = None
    arrived_at: AwareDatetime
    details: ContactAmendment = ContactAmendment()
    """What the repeat knows; completes a run that waits for details, and is otherwise only noted."""


class PlanDetailsInput(Contract):
    """The question by when an incomplete lead must be completed, and by whom."""

    policy_hash: Key
    at: AwareDatetime


class DetailsPlan(Contract):
    """Who completes an incomplete lead, and when to do what."""

    ask: Slug
    remind_at: AwareDatetime
    deadline: AwareDatetime
