"""The same item has the same id, and ids say nothing about anybody."""

import re
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given

from contracts.ids import intake_workflow_id, lead_id_of
from contracts.lead import Consent, EntryKind, LeadSubmission
from rules.identity import content_hash, lead_id_for
from tests.rules.leads import INSTANTS, NOON, SUBMISSIONS, submission


@given(SUBMISSIONS, INSTANTS)
def test_lead_id_does_not_depend_on_when_it_was_received(lead: LeadSubmission, later: Any) -> None:
    again = LeadSubmission.model_validate_json(lead.model_dump_json())
    assert lead_id_for(again.model_copy(update={"received_at": later})) == lead_id_for(lead)


@given(SUBMISSIONS)
def test_lead_id_is_opaque_and_fits_a_workflow_id(lead: LeadSubmission) -> None:
    lead_id = lead_id_for(lead)
    assert re.fullmatch(r"[ec][a-z2-7]{25}", lead_id)
    assert lead_id[0] == ("e" if lead.event_id else "c")
    assert lead_id_of(intake_workflow_id(lead_id)) == lead_id


def test_same_event_of_the_same_source_is_one_lead_whatever_else_it_says() -> None:
    first = submission(event_id="evt_1", source="Google Ads", message="one")
    second = submission(event_id="evt_1", source="google-ads", message="another", employees=5)
    assert lead_id_for(first) == lead_id_for(second)


@pytest.mark.parametrize(
    "other",
    [
        {"event_id": "evt_2", "source": "website"},
        {"event_id": "evt_1", "source": "google-ads"},
        {"event_id": "evt_1", "source": None},
        {"event_id": None, "source": "website"},
    ],
)
def test_another_event_or_source_is_another_lead(other: dict[str, Any]) -> None:
    assert lead_id_for(submission(**other)) != lead_id_for(submission(event_id="evt_1", source="website"))


def test_events_without_a_source_are_told_apart_by_the_kind_of_entry() -> None:
    one = submission(event_id="1", source=None, entry_kind=EntryKind.CHAT_MESSAGE)
    other = submission(event_id="1", source=None, entry_kind=EntryKind.WEBHOOK)
    assert lead_id_for(one) != lead_id_for(other)


@pytest.mark.parametrize(
    "change",
    [
        {"message": "x"},
        {"contact": {"name": "Ada"}},
        {"extras": {"a": "b"}},
        {"employees": 0},
        {"consent": Consent(marketing=False)},
    ],
)
def test_other_content_is_another_lead(change: dict[str, Any]) -> None:
    assert lead_id_for(submission(**change)) != lead_id_for(submission())


def test_one_instant_written_with_two_offsets_is_the_same_content() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    one = submission(occurred_at=NOON, consent=Consent(captured_at=NOON))
    other = submission(occurred_at=elsewhere, consent=Consent(captured_at=elsewhere))
    assert content_hash(one) == content_hash(other)


def test_content_hash_stays_what_it_was() -> None:
    """A changed hash would start every known item anew after a deploy."""
    known = submission(occurred_at=NOON, extras={"b": "2", "a": "1"}, employees=12)
    assert lead_id_for(known) == "cwk4uzj65ft3eyo4rsjizl3dyh"
    assert lead_id_for(submission(event_id="evt_1")) == "euhecpsjxs5dkjysljhn765mgb"
