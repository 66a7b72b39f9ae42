"""The same item has the same id, and ids say nothing about anybody."""

import re
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given

from contracts.ids import intake_workflow_id, lead_id_of, onboarding_id_of, onboarding_workflow_id
from contracts.lead import Consent, EntryKind, LeadSubmission
from contracts.order import OnboardingOrder
from rules.identity import content_hash, lead_id_for, onboarding_id_for
from tests.rules.leads import INSTANTS, NOON, SUBMISSIONS, submission
from tests.rules.orders import order


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


# ---------------------------------------------------------------- orders


def ordered(**fields: Any) -> OnboardingOrder:
    """An order with fields of the order itself replaced; `reference` is that of its contract."""
    reference = fields.pop("reference", "MSA-2026-14")
    return order(contract_reference=reference).model_copy(update=fields)


def test_the_onboarding_of_a_won_lead_has_the_leads_id() -> None:
    assert onboarding_id_for(ordered(lead_id="cwk4uzj65ft3eyo4rsjizl3dyh")) == "cwk4uzj65ft3eyo4rsjizl3dyh"


@pytest.mark.parametrize(
    "change",
    [
        {"seller_id": "o-ben"},
        {"ordered_at": NOON},
        {"reference": "  msa-2026-14 "},
        {"work_id": "d-1"},
    ],
)
def test_the_same_contract_of_a_customer_is_one_onboarding(change: dict[str, Any]) -> None:
    assert onboarding_id_for(ordered(**change)) == onboarding_id_for(ordered())


@pytest.mark.parametrize(
    "change", [{"customer_id": "cust-2"}, {"reference": "MSA-2026-15"}, {"reference": None}]
)
def test_another_contract_or_customer_is_another_onboarding(change: dict[str, Any]) -> None:
    assert onboarding_id_for(ordered(**change)) != onboarding_id_for(ordered())


def test_orders_without_a_contract_are_told_apart_by_when_they_were_made() -> None:
    first = ordered(reference=" ", ordered_at=NOON)
    elsewhere = ordered(reference=None, ordered_at=NOON.astimezone(timezone(timedelta(hours=2))))
    assert onboarding_id_for(first) == onboarding_id_for(elsewhere)
    later = ordered(reference=None, ordered_at=NOON + timedelta(seconds=1))
    assert onboarding_id_for(later) != onboarding_id_for(first)


def test_the_id_of_an_onboarding_is_opaque_and_fits_a_workflow_id() -> None:
    found = onboarding_id_for(ordered())
    assert re.fullmatch(r"o[a-z2-7]{25}", found)
    assert onboarding_id_of(onboarding_workflow_id(found)) == found


def test_the_id_of_an_onboarding_stays_what_it_was() -> None:
    """A changed hash would onboard every known order anew after a deploy."""
    assert onboarding_id_for(ordered()) == "okopvhofwjsurhe3p53xclp7bt"
    assert onboarding_id_for(ordered(reference=None)) == "oqz52adiro6vkrdvzguwlr3tvz"
