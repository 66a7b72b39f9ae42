"""Customers read the policy's words, filled with what is known, and nothing that somebody smuggled in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.messages import CustomerMessage, MessageKind
from contracts.notices import MessageCustomerInput
from contracts.onboarding_policy import CustomerMessagesPolicy, CustomerMessageTemplate
from contracts.order import PartyContact
from contracts.policy import PolicyBundle
from contracts.scheduling import Slot
from rules.customer_messages import CUSTOMER_KINDS, CUSTOMER_PLACEHOLDERS, customer_message
from rules.notice_texts import NOTICE_TEXTS
from tests.bundles import small_bundle
from tests.onboarding_bundles import small_onboarding_policy

RUN = "customer-onboarding/O-1"


def slot(day: int, hour: int) -> Slot:
    start = datetime(2026, 12, day, hour, 30, tzinfo=UTC)
    return Slot(id=f"{start:%Y%m%dT%H%MZ}", starts_at=start, ends_at=start + timedelta(hours=1))


def message(
    kind: MessageKind = MessageKind.CUSTOMER_WELCOME, bundle: PolicyBundle | None = None, **fields: Any
) -> CustomerMessage:
    parts: dict[str, Any] = {
        "key": f"{RUN}#message_customer",
        "workflow_id": RUN,
        "policy_hash": "h",
        "kind": kind,
        "recipient": PartyContact(name="Grace Hopper", email=" grace@navy.example "),
        "company": "Navy Yard",
        "sender_id": "o-ben",
        "plan": "team-plus",
    }
    return customer_message(MessageCustomerInput(**{**parts, **fields}), bundle or small_bundle())


def worded(body: str, subject: str = "s") -> PolicyBundle:
    """A bundle in which every message has these words."""
    text = CustomerMessageTemplate(subject=subject, body=body)
    words = CustomerMessagesPolicy(
        kickoff_offer=text, kickoff_offered_again=text, welcome=text, withdrawn=text
    )
    return small_bundle(onboarding=small_onboarding_policy(messages=words))


def test_a_message_is_filled_from_the_customer_and_whoever_writes() -> None:
    found = message()
    assert (found.subject, found.body) == (
        "Welcome, Navy Yard",
        "Grace Hopper, team plus is ready. Ben Owner",
    )
    assert (found.to_address, found.kind, found.workflow_id) == (
        "grace@navy.example",
        MessageKind.CUSTOMER_WELCOME,
        RUN,
    )


def test_an_offer_lists_each_slot_with_its_id_on_the_customers_clock_and_in_utc() -> None:
    offered = (slot(1, 15), slot(2, 8))
    found = message(MessageKind.CUSTOMER_KICKOFF_OFFER, slots=offered, zone="America/New_York")
    assert found.subject == "When, Navy Yard?"
    assert found.body == (
        "Grace Hopper, choose:\n"
        "  20261201T1530Z: Tue 1 Dec 2026, 10:30 (America/New_York) = Tue 1 Dec 2026, 15:30 (UTC)\n"
        "  20261202T0830Z: Wed 2 Dec 2026, 03:30 (America/New_York) = Wed 2 Dec 2026, 08:30 (UTC)"
    )


def test_an_offer_names_the_page_where_they_can_book_themselves() -> None:
    link = "https://cal.example/ada/kickoff?metadata%5Bthroughline%5D=1"
    found = message(MessageKind.CUSTOMER_KICKOFF_OFFER, slots=(slot(1, 15),), booking_link=link)
    assert found.body.splitlines()[-1] == f"  Or book the time that suits you: {link}"


@pytest.mark.parametrize("zone", ["UTC", "Mars/Olympus", "", "../etc/passwd"])
def test_a_zone_that_nobody_knows_is_read_as_utc(zone: str) -> None:
    found = message(MessageKind.CUSTOMER_KICKOFF_OFFER, slots=(slot(1, 15),), zone=zone)
    assert found.body.endswith("20261201T1530Z: Tue 1 Dec 2026, 15:30 (UTC)")


def test_an_offer_that_follows_an_unanswered_one_says_so() -> None:
    found = message(MessageKind.CUSTOMER_KICKOFF_OFFER, again=True, slots=(slot(1, 15),))
    assert found.subject == "Or then, Navy Yard?"


def test_a_withdrawal_says_why_where_that_is_known() -> None:
    known = message(MessageKind.CUSTOMER_WITHDRAWN, reason="you asked us to stop")
    assert known.body == "Grace Hopper, you asked us to stop. Ben Owner"
    assert message(MessageKind.CUSTOMER_WITHDRAWN).body == "Grace Hopper, we cannot go on with it. Ben Owner"


def test_what_is_not_known_stays_polite() -> None:
    recipient = PartyContact(name=" ", email="grace@navy.example")
    everything = worded("$name|$company|$sender|$plan|$slots|$$")
    found = message(bundle=everything, recipient=recipient, company="", sender_id="p-gone", plan=None)
    assert found.body == "there|your company|p-gone|what you have ordered|none at the moment|$"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("win at https://evil.example", "there|your company|we cannot go on with it"),
        ("WWW.evil.example", "there|your company|we cannot go on with it"),
        ("$sender ${plan}", "$sender ${plan}|$sender ${plan}|$sender ${plan}"),
        ("Grace\u202e\u200bH", "Grace H|Grace H|Grace H"),
    ],
)
def test_nobody_writes_through_our_mouth(value: str, shown: str) -> None:
    found = message(
        bundle=worded("$name|$company|$reason"),
        recipient=PartyContact(name=value, email="grace@navy.example"),
        company=value,
        reason=value,
    )
    assert found.body == shown


def test_long_words_and_values_fit_into_a_message() -> None:
    long = worded("$company " * 2_000, "$company " * 50)
    found = message(bundle=long, company="c" * 500)
    assert (len(found.subject), len(found.body)) == (500, 20_000)


@pytest.mark.parametrize(
    "kind",
    [MessageKind.CUSTOMER_INVITATION, MessageKind.CUSTOMER_INVITATION_CANCELLED, MessageKind.ALERT],
)
def test_what_the_policy_does_not_word_is_refused(kind: MessageKind) -> None:
    with pytest.raises(ValueError, match=f"no words to a customer for {kind}"):
        message(kind)


def test_a_policy_from_before_onboarding_says_so() -> None:
    with pytest.raises(ValueError, match="says nothing about onboarding"):
        message(bundle=small_bundle(onboarding=None))


def test_every_kind_of_message_is_for_our_people_or_for_customers() -> None:
    assert set(NOTICE_TEXTS) | CUSTOMER_KINDS == set(MessageKind)
    assert not set(NOTICE_TEXTS) & CUSTOMER_KINDS


def test_every_placeholder_can_be_filled_in() -> None:
    text = "|".join(f"${name}" for name in sorted(CUSTOMER_PLACEHOLDERS))
    assert "$" not in message(bundle=worded(text, text)).body
