"""Whether what the store says of a run and what Temporal says of it fit together."""

from contracts.ids import APPROVAL_SUFFIX, subject_of
from contracts.lead_intake import IntakeState
from contracts.names import Process
from contracts.reconciliation import BookedRun, Difference, DifferenceKind, SeenRun

WITHOUT_END: frozenset[Process] = frozenset({Process.ACCESS_REQUEST})
"""Processes of which the ledger keeps no end: Temporal alone knows that such a run is over."""

_CALLED_OFF = "canceled"
_COMPLETED = "completed"


def process_of(workflow_id: str) -> Process | None:
    """The process that a run belongs to, or None of an id that is no run's."""
    try:
        process, _ = subject_of(workflow_id)
    except ValueError:
        return None
    return Process.APPROVAL if APPROVAL_SUFFIX in workflow_id else process


def difference_without_run(booked: BookedRun) -> Difference | None:
    """What is wrong where the store speaks of a run that Temporal does not know; None if nothing is.

    A run whose end stands in the ledger is not lost: Temporal deletes closed runs after a while.
    """
    if booked.outcome:
        return None
    if booked.accepted_at:
        made = f"{_count(booked.effects)} made" if booked.effects else "nothing was done for it"
        return _difference(DifferenceKind.ACCEPTED_WITHOUT_RUN, booked, f"a door took it; {made}")
    if booked.expected_by:
        return _difference(DifferenceKind.EXPECTED_WITHOUT_RUN, booked, booked.expected_by)
    if booked.records:
        stand = f"these stand: {', '.join(booked.records)}"
        return _difference(DifferenceKind.RECORDS_WITHOUT_RUN, booked, stand)
    if booked.effects:
        return _difference(DifferenceKind.EFFECTS_WITHOUT_RUN, booked, f"{_count(booked.effects)} made")
    return None


def difference_of_ended(seen: SeenRun, booked: BookedRun | None) -> Difference | None:
    """What is wrong with a run that has closed; None if nothing is."""
    process = process_of(seen.workflow_id)
    if process is None or (booked and booked.outcome):
        return None
    if process in WITHOUT_END and seen.status in (_COMPLETED, _CALLED_OFF):
        return None
    if seen.stage == IntakeState.UNDONE and not (booked and booked.effects):
        # Abandoned before anything was decided or done, so there is nothing to record.
        return None
    if seen.status == _COMPLETED:
        kind, detail = DifferenceKind.ENDED_UNRECORDED, "it completed, and the ledger has no end of it"
    else:
        kind, detail = DifferenceKind.BROKEN_OFF, f"it was {seen.status}, and the ledger has no end of it"
    return Difference(kind, seen.workflow_id, detail, seen.closed_at)


def difference_of_effects(booked: BookedRun) -> Difference | None:
    """What is wrong where the record of an end names effects that do not stand; None if nothing is."""
    if not booked.missing_effects:
        return None
    named = f"it ended {booked.outcome} and names: {', '.join(booked.missing_effects)}"
    return _difference(DifferenceKind.EFFECT_MISSING, booked, named)


def _difference(kind: DifferenceKind, booked: BookedRun, detail: str) -> Difference:
    return Difference(kind, booked.workflow_id, detail, booked.last_at)


def _count(effects: int) -> str:
    return "1 effect was" if effects == 1 else f"{effects} effects were"
