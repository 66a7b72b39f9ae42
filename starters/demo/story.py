"""The shipped examples: leads as they come in, what people decide about them, and how each must end."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.lead import ContactAmendment, LeadSubmission
from contracts.lead_intake import IntakeState
from contracts.matching import MatchKind
from contracts.routing import LeadPath, Priority
from contracts.states import Lane
from rules.submissions import parse_submission

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


class Page(BaseModel):
    """A part of an example file; a misspelt key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Action(StrEnum):
    """What somebody does about a lead, or that nobody does anything."""

    APPROVE = "approve"
    REJECT = "reject"
    AMEND = "amend"
    RETRY = "retry"
    SKIP = "skip"
    ABANDON = "abandon"
    EXPIRE = "expire"
    """Nobody acts: the run's clock is moved past what it waits for."""


class Move(Page):
    """One scripted decision. The moves of a lead are made in the order of the file."""

    lead: str
    do: Action
    by: str = ""
    """Person of the policy; empty where nobody acts."""
    reason: str = ""
    after: tuple[str, ...] = ()
    """Leads that must have come to rest before."""
    category: str | None = None
    same_person: bool | None = None
    details: ContactAmendment = ContactAmendment()
    ask: bool = False
    """Whoever sits at the terminal is asked instead, where there is somebody."""


class OwnerOf(Page):
    """Whoever owns that other lead."""

    same_as: str


class Expected(Page):
    """How a lead must end, on any day and at any hour."""

    after: tuple[str, ...] = ()
    """Leads that must have come to rest before this one is submitted."""
    state: IntakeState
    lane: Lane
    path: LeadPath | None
    rule: str | None
    """The routing rule that decided."""
    review: str | None = None
    """The reason for which a person was asked; none once a corrected category has routed the lead anew."""
    category: str | None = None
    priority: Priority | None = None
    match: MatchKind | None = None
    disqualified: str | None = None
    owner: str | tuple[str, ...] | OwnerOf | None = None
    """One person, any of several where the hour decides, or the owner of another lead."""
    pool: str | None = None
    """The pool that the owner was found in."""
    merged_into: str | None = None
    """The example whose run or deal took this one in."""
    decided_by: tuple[str, ...] = ()
    visits: tuple[IntakeState, ...]
    effects: dict[str, int] = Field(default_factory=dict)
    """Effects that stand, by step, of intake, approval and follow-through together."""
    undone: dict[str, int] = Field(default_factory=dict)
    """Effects that were taken back, by step."""


class Outcome(Page):
    """`expected.json`."""

    leads: dict[str, Expected]
    store: dict[str, int]
    """Rows by table, once all leads have come to rest: what was made twice would show here."""


class CustomerChange(Page):
    """What differs in one customer's story."""

    moves: dict[int, dict[str, Any]]
    """Moves by their number: they take the place of others, or come after them."""
    expected: dict[str, Any] = {}
    """What ends otherwise."""


class OnCounterparts(Page):
    """`counterparts.json`: what ends otherwise where the systems are those of others."""

    leads: dict[str, Expected]
    store: dict[str, int]
    customers: dict[str, CustomerChange]


class Story(Page):
    """Everything that the demo plays."""

    leads: dict[str, LeadSubmission]
    moves: tuple[Move, ...]
    outcome: Outcome

    def moves_of(self, lead: str) -> tuple[Move, ...]:
        """What people do about one lead, in order."""
        return tuple(move for move in self.moves if move.lead == lead)

    def on_counterparts(self) -> Self:
        """The same story with the ends that it has on systems of others."""
        change = load_change()
        outcome = self.outcome.model_copy(
            update={"leads": self.outcome.leads | change.leads, "store": change.store}
        )
        return self.model_copy(update={"outcome": outcome})

    @model_validator(mode="after")
    def _names_only_leads_that_there_are(self) -> Self:
        named = {name for one in self.outcome.leads.values() for name in one.after}
        named |= {name for move in self.moves for name in (move.lead, *move.after)}
        unknown = sorted((named | set(self.outcome.leads)) - set(self.leads))
        forgotten = sorted(set(self.leads) - set(self.outcome.leads))
        if unknown or forgotten:
            raise ValueError(f"no such leads: {unknown}; leads that nothing is expected of: {forgotten}")
        return self


def load_story(received_at: datetime, folder: Path = EXAMPLES) -> Story:
    """Reads the examples.

    Args:
        received_at: when the door takes them, aware.

    Raises:
        ValueError: an example is wrong.
        OSError: a file cannot be read.
    """
    documents = [
        document
        for file in sorted((folder / "leads").glob("*.json"))
        for document in json.loads(file.read_text(encoding="utf-8"))
    ]
    leads = [parse_submission(document, received_at=received_at) for document in documents]
    return Story.model_validate(
        {
            "leads": {str(lead.event_id): lead for lead in leads},
            "moves": _read(folder / "decisions.json"),
            "outcome": _read(folder / "expected.json"),
        }
    )


def load_change() -> OnCounterparts:
    """Reads `counterparts.json`; raises as `load_story` does."""
    return OnCounterparts.model_validate(_read(EXAMPLES / "counterparts.json"))


def _read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))
