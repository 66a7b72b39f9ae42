"""One lead as it is being played: what the live table shows, and what is judged at the end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from contracts.ids import intake_workflow_id
from contracts.lead import LeadSubmission
from contracts.lead_intake import IntakeState, LeadIntakeStatus
from contracts.states import Lane
from rules.identity import lead_id_for
from starters.demo.story import Story
from starters.doors import LeadRun

AT_REST = frozenset({Lane.WAITING, Lane.BLOCKED, Lane.ESCALATED, Lane.COMPLETED})


@dataclass
class Played:
    """One lead as it is being played; what the live table shows."""

    name: str
    submission: LeadSubmission
    lead_id: str
    lane: str = ""
    state: str = ""
    path: str | None = None
    owner: str | None = None
    why: str = ""
    status: LeadIntakeStatus | None = None
    """How the run stood when it was over."""
    decided_by_hand: bool = False
    """Somebody at the terminal decided: it may end otherwise than expected."""
    changed_at: float = 0.0
    submitted_at: float = 0.0
    seconds: float | None = None
    """From its submission to its end."""
    at_rest: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def workflow_id(self) -> str:
        """Of its intake run."""
        return intake_workflow_id(self.lead_id)

    def saw(self, run: LeadRun) -> None:
        """Takes what the list of runs says, which is a moment late."""
        if self.status is not None or run.lane is None:
            return
        self.show(run.lane, run.stage or "", run.path, run.owner_id)
        if run.lane in AT_REST:
            self.at_rest.set()

    def stands(self, status: LeadIntakeStatus) -> None:
        """Takes what the run itself says."""
        self.show(status.lane, status.state, status.path, status.owner_id)
        over = status.lane is Lane.COMPLETED or status.state == IntakeState.EXPIRED
        why = (status.reasons[0] if status.reasons else "") if over else status.waits_for
        # Where it waits says the state; the approval's id is for whoever asks for it.
        self.why = why.partition(" at lead-intake/")[0]
        if status.merged_into:
            self.why = "It repeats a request that is already there."

    def show(self, lane: str, state: str, path: str | None, owner: str | None) -> None:
        """Changes the row, and remembers when."""
        if (self.lane, self.state) != (lane, state):
            self.changed_at = asyncio.get_running_loop().time()
        self.lane, self.state, self.path, self.owner = lane, state, path or self.path, owner or self.owner


def leads_of(story: Story) -> dict[str, Played]:
    """The leads of a story, none of them submitted yet."""
    return {
        name: Played(name, submission, lead_id_for(submission)) for name, submission in story.leads.items()
    }
