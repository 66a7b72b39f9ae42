"""Where a run is, for people: its state, lane and path, in every place that shows a run."""

from datetime import datetime
from typing import Any, TypedDict

from temporalio import workflow
from temporalio.common import SearchAttributeUpdate

from workflows import search_attributes
from workflows.current_details import current_details

with workflow.unsafe.imports_passed_through():
    from contracts.approval import MAX_KEPT_REFUSALS
    from contracts.states import Lane, ProcessDeclaration
    from contracts.status import (
        MAX_KEPT_RESOLUTIONS,
        EffectRef,
        ParkedStep,
        Refusal,
        ResolvedStep,
        StateVisit,
    )
    from rules.parking import cause_of
    from rules.state_machine import state_of, transition_problem

_STANDING_LANES = frozenset({Lane.WAITING, Lane.BLOCKED, Lane.ESCALATED, Lane.COMPLETED})


class IllegalTransition(Exception):
    """The code asked for a move that the process does not declare: a bug, so the run is suspended."""


class Standing(TypedDict):
    """The arguments of `Progress.advance` that lead back to a state as it was."""

    target: str
    owner: str
    waits_for: str
    due_at: datetime | None
    commands: tuple[str, ...]


class Progress:
    """Moves a run through its declared states and keeps what a person wants to see of it.

    Search attributes are upserted only where a run starts or stops waiting; of a running one they say that it
    runs.
    """

    def __init__(self, process: ProcessDeclaration) -> None:
        self._process = process
        self._state = state_of(process, process.initial)
        self._visits = [StateVisit(state=process.initial, at=workflow.now())]
        self._shown_lane = Lane.RUNNING
        self._owner = ""
        self._waits_for = ""
        self._due_at: datetime | None = None
        self._commands: tuple[str, ...] = ()
        self._beneath: Standing | None = None
        self._refusals: list[Refusal] = []
        self._attributes: dict[str, SearchAttributeUpdate[Any]] = {}
        self.policy_hash = ""
        self._because: tuple[str, ...] = ()
        self._notes: tuple[str, ...] = ()
        self.parked: dict[str, ParkedStep] = {}
        self.effects: list[EffectRef] = []
        self._resolutions: list[ResolvedStep] = []
        self._shows_parked = False

    @property
    def state(self) -> str:
        """The name of the present state."""
        return self._state.name

    def advance(
        self,
        target: str,
        *,
        owner: str = "",
        waits_for: str = "",
        due_at: datetime | None = None,
        commands: tuple[str, ...] = (),
    ) -> None:
        """Enters a state; while the run is covered, the one that it comes back to.

        Args:
            target: a state that the declaration allows next.
            owner: who must make the next move; the declared role where empty.
            waits_for: what a waiting run waits for, in plain words.
            due_at: when the next deadline is.
            commands: the updates and signals that the run takes in this state.

        Raises:
            IllegalTransition: the declaration does not allow the move.
        """
        standing = Standing(target=target, owner=owner, waits_for=waits_for, due_at=due_at, commands=commands)
        if self._beneath is not None:
            self._refuse_undeclared(self._beneath["target"], target)
            self._beneath = standing
            return
        self._refuse_undeclared(self._state.name, target)
        self._state = state_of(self._process, target)
        self._visits.append(StateVisit(state=target, at=workflow.now()))
        self._owner, self._waits_for, self._due_at, self._commands = owner, waits_for, due_at, commands
        self._show()

    def cover(self, target: str, *, waits_for: str, commands: tuple[str, ...]) -> None:
        """Enters a state that lies over the present one, which the rest of the run may advance meanwhile."""
        beneath = Standing(
            target=self._state.name,
            owner=self._owner,
            waits_for=self._waits_for,
            due_at=self._due_at,
            commands=self._commands,
        )
        self.advance(target, waits_for=waits_for, commands=commands)
        self._beneath = beneath

    def lift(self) -> "Standing | None":
        """Takes the cover off, and returns where the run stands beneath; it is for the caller to go there."""
        beneath, self._beneath = self._beneath, None
        return beneath

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the run goes the way it goes, and what was noted on the way."""
        return (*self._because, *self._notes)

    def explain(self, reasons: tuple[str, ...]) -> None:
        """Says why the run goes the way it goes; notes stay."""
        self._because = reasons

    @property
    def stands_in(self) -> str:
        """The name of the present state, or of the one beneath it while the run is covered."""
        return self._beneath["target"] if self._beneath is not None else self._state.name

    @property
    def covered(self) -> bool:
        """Whether a state lies over the one that the run comes back to."""
        return self._beneath is not None

    def _refuse_undeclared(self, current: str, target: str) -> None:
        if problem := transition_problem(self._process, current, target):
            raise IllegalTransition(problem)

    def note(self, reason: str) -> None:
        """Adds to the reasons that people see."""
        self._notes = (*self._notes, reason)
        workflow.set_current_details(self._details())

    def expect(self, *, waits_for: str | None = None, due_at: datetime | None = None) -> None:
        """Changes what the present state waits for, and until when."""
        self._waits_for = self._waits_for if waits_for is None else waits_for
        self._due_at = due_at
        self._show(again=True)

    def refuse(self, command: str, actor_id: str, reason: str) -> None:
        """Keeps a refused command where people can see it."""
        refusal = Refusal(command=command, actor_id=actor_id, reason=reason, at=workflow.now())
        self._refusals = [*self._refusals, refusal][-MAX_KEPT_REFUSALS:]
        workflow.set_current_details(self._details())

    def resolved(self, resolution: ResolvedStep) -> None:
        """Keeps how a person answered a parked step."""
        self._resolutions = [*self._resolutions, resolution][-MAX_KEPT_RESOLUTIONS:]
        workflow.set_current_details(self._details())

    def attribute(self, update: SearchAttributeUpdate[Any]) -> None:
        """Notes a search attribute; it is upserted when the run next starts or stops waiting."""
        self._attributes[update.key.name] = update

    def status_fields(self) -> dict[str, Any]:
        """The fields of `RunStatus`."""
        return {
            "process": self._process.process,
            "workflow_id": workflow.info().workflow_id,
            "state": self._state.name,
            "meaning": self._state.meaning,
            "lane": self._state.lane,
            "next_action_owner": self._next_owner(),
            "next_moves": self._state.next,
            "commands": self._commands,
            "waits_for": self._waits_for,
            "due_at": self._due_at,
            "reasons": self.reasons,
            "visits": tuple(self._visits),
            "policy_hash": self.policy_hash,
            "parked": tuple(self.parked.values()),
            "resolutions": tuple(self._resolutions),
            "refusals": tuple(self._refusals),
            "effects": tuple(self.effects),
        }

    def result_fields(self) -> dict[str, Any]:
        """What a result tells of the way to it."""
        return {
            "reasons": self.reasons,
            "effects": tuple(self.effects),
            "resolutions": tuple(self._resolutions),
        }

    def _next_owner(self) -> str:
        return self._owner or self._state.owner

    def _show(self, *, again: bool = False) -> None:
        workflow.set_current_details(self._details())
        starts_or_stops_waiting = self._shown_lane in _STANDING_LANES or self._state.lane in _STANDING_LANES
        if not starts_or_stops_waiting or (again and self._state.lane not in _STANDING_LANES):
            return
        self._shown_lane = self._state.lane
        due = search_attributes.DUE_AT
        workflow.upsert_search_attributes(  # pyright: ignore[reportUnknownMemberType]
            [
                search_attributes.LANE.value_set(self._state.lane),
                search_attributes.STAGE.value_set(self._state.name),
                search_attributes.STATE_SINCE.value_set(self._visits[-1].at),
                due.value_set(self._due_at) if self._due_at else due.value_unset(),
                *self._parked_attributes(),
                *self._attributes.values(),
            ]
        )
        self._attributes.clear()

    def _parked_attributes(self) -> list[SearchAttributeUpdate[Any]]:
        """Why and since when the first parked step is.

        Unset only where they were set: a run that never parks needs no attribute that is new to a namespace.
        """
        cause, since = search_attributes.PARKED_CAUSE, search_attributes.PARKED_SINCE
        shown, self._shows_parked = self._shows_parked, bool(self.parked)
        if first := next(iter(self.parked.values()), None):
            return [cause.value_set(cause_of(first)), since.value_set(first.since)]
        return [cause.value_unset(), since.value_unset()] if shown else []

    def _details(self) -> str:
        """The run's current details for the Web UI, in Markdown; no personal data."""
        return current_details(
            self._process,
            self._state,
            visits=self._visits,
            owner=self._next_owner(),
            waits_for=self._waits_for,
            due_at=self._due_at,
            commands=self._commands,
            reasons=self.reasons,
            parked=tuple(self.parked.values()),
            resolutions=self._resolutions,
            refusals=self._refusals,
        )
