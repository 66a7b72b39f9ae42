"""The fingerprint of a parked step: one for each trouble, and nothing in it that a query could trip over."""

from datetime import UTC, datetime

import pytest

from contracts.actors import Actor
from contracts.status import ParkedStep, Resolution, ResolutionAnswer
from rules.parking import MAX_LENGTH, cause_of, parts_of, resolution_in_words, resolved
from workflows.effects import UNDO_OF

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def a_step(step: str = "create_task", code: str = "REJECTED", system: str = "crm") -> ParkedStep:
    return ParkedStep(step=step, code=code, message="no", who_must_act="you", since=NOON, system=system)


@pytest.mark.parametrize(
    ("parked", "cause"),
    [
        (a_step(), "create_task:REJECTED:crm"),
        (a_step(code="TIMED_OUT", system=""), "create_task:TIMED_OUT:unknown"),
        (a_step(step="undo owner's notification"), "undo owner's notification:REJECTED:crm"),
    ],
)
def test_cause_names_step_code_and_system(parked: ParkedStep, cause: str) -> None:
    assert cause_of(parked) == cause
    assert parts_of(cause) == tuple(cause.split(":"))


def test_same_trouble_of_other_runs_is_the_same_cause() -> None:
    later = a_step().model_copy(update={"since": datetime.now(UTC), "attempt": 7, "message": "another text"})
    assert cause_of(later) == cause_of(a_step())


@pytest.mark.parametrize("undoing", UNDO_OF.values(), ids=lambda undoing: undoing.what)
def test_cause_of_every_undo_can_be_asked_for(undoing: object) -> None:
    name = f"undo {getattr(undoing, 'what', '')}"
    assert parts_of(cause_of(a_step(step=name))).step == name


@pytest.mark.parametrize(
    "text",
    ["", "create_task", "create_task:REJECTED", ':REJECTED:crm"', 'x:Y:z" OR "1"="1', "x\\:Y:z", "ü:Y:z"],
)
def test_what_is_no_cause_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a cause"):
        parts_of(text)


def test_cause_fits_a_keyword() -> None:
    assert len(cause_of(a_step(step="x" * 400))) == MAX_LENGTH


def test_payload_of_an_older_release_has_no_system() -> None:
    older = a_step().model_dump(mode="json", exclude={"system"})
    assert cause_of(ParkedStep.model_validate(older)) == "create_task:REJECTED:unknown"


def test_answer_is_kept_with_who_and_why() -> None:
    resolution = Resolution(
        answer=ResolutionAnswer.SKIP, step="create_task", actor=Actor(id="m-eve"), reason="by hand"
    )
    kept = resolved(a_step(), resolution, NOON)
    assert (kept.actor_id, kept.at, kept.cause) == ("m-eve", NOON, "create_task:REJECTED:crm")
    assert resolution_in_words(kept) == "skip create_task (create_task:REJECTED:crm) by m-eve: by hand"
