"""What the store and Temporal say of one run, and whether that fits together: a table."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.names import Process
from contracts.reconciliation import BookedRun, DifferenceKind, SeenRun
from rules.reconciliation import (
    difference_of_effects,
    difference_of_ended,
    difference_without_run,
    process_of,
)

AT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
K = DifferenceKind
INTAKE, ACCESS = "lead-intake/lead-1", "access-request/a-1"


def booked(workflow_id: str = INTAKE, **said: Any) -> BookedRun:
    return BookedRun(workflow_id, last_at=AT, **said)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({}, None),
        ({"accepted_at": AT}, K.ACCEPTED_WITHOUT_RUN),
        ({"accepted_at": AT, "effects": 3, "records": ("task",)}, K.ACCEPTED_WITHOUT_RUN),
        ({"accepted_at": AT, "outcome": "merged"}, None),
        ({"expected_by": "a deal was won"}, K.EXPECTED_WITHOUT_RUN),
        ({"expected_by": "a deal was won", "outcome": "onboarded"}, None),
        ({"effects": 2, "records": ("task",)}, K.RECORDS_WITHOUT_RUN),
        ({"effects": 1}, K.EFFECTS_WITHOUT_RUN),
        ({"effects": 1, "outcome": "handed_over"}, None),
    ],
)
def test_what_the_store_says_of_a_run_that_is_not_there(
    said: dict[str, Any], kind: DifferenceKind | None
) -> None:
    found = difference_without_run(booked(**said))
    assert (found.kind if found else None) == kind
    assert found is None or (found.workflow_id, found.at) == (INTAKE, AT)


@pytest.mark.parametrize(
    ("workflow_id", "status", "stage", "said", "kind"),
    [
        (INTAKE, "completed", "handed_over", {"outcome": "handed_over"}, None),
        (INTAKE, "completed", "handed_over", {"effects": 4}, K.ENDED_UNRECORDED),
        (INTAKE, "completed", "handed_over", None, K.ENDED_UNRECORDED),
        (INTAKE, "failed", "executing", {"effects": 4}, K.BROKEN_OFF),
        (INTAKE, "terminated", "received", None, K.BROKEN_OFF),
        (INTAKE, "canceled", "undone", {"outcome": "undone", "effects": 1}, None),
        (INTAKE, "completed", "undone", None, None),
        (INTAKE, "completed", "undone", {"effects": 1}, K.ENDED_UNRECORDED),
        (ACCESS, "completed", "ended", None, None),
        (ACCESS, "canceled", "undone", {"effects": 1}, None),
        (ACCESS, "terminated", "granted", {"effects": 1, "records": ("access_grant",)}, K.BROKEN_OFF),
        (f"{INTAKE}/approval", "completed", "approved", {"outcome": "approved"}, None),
        (f"{INTAKE}/approval", "terminated", "awaiting_decision", {"effects": 1}, K.BROKEN_OFF),
        ("somebody-elses", "failed", "", None, None),
    ],
)
def test_what_the_store_says_of_a_run_that_has_closed(
    workflow_id: str, status: str, stage: str, said: dict[str, Any] | None, kind: DifferenceKind | None
) -> None:
    known = None if said is None else booked(workflow_id, **said)
    found = difference_of_ended(SeenRun(workflow_id, status, AT, stage), known)
    assert (found.kind if found else None) == kind


def test_effect_that_the_record_of_an_end_names_and_that_does_not_stand_is_named() -> None:
    assert difference_of_effects(booked(outcome="handed_over")) is None
    found = difference_of_effects(booked(outcome="handed_over", missing_effects=("k-1", "k-2")))
    assert found is not None
    assert (found.kind, found.detail) == (K.EFFECT_MISSING, "it ended handed_over and names: k-1, k-2")


@pytest.mark.parametrize(
    ("workflow_id", "process"),
    [
        (INTAKE, Process.LEAD_INTAKE),
        (f"{INTAKE}/approval", Process.APPROVAL),
        (f"{INTAKE}/approval-2", Process.APPROVAL),
        ("customer-onboarding/lead-1", Process.CUSTOMER_ONBOARDING),
        ("cli-0123456789abcdef", None),
        ("lead-intake/", None),
    ],
)
def test_process_is_read_from_the_id(workflow_id: str, process: Process | None) -> None:
    assert process_of(workflow_id) is process
