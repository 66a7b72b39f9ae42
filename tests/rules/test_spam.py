"""What is stopped as spam before anything is written, and what is not."""

from typing import Any

import pytest

from contracts.assessment import Grade, SpamSignal, Usability
from contracts.lead import BotSignals
from contracts.matching import MatchCandidates
from rules.spam import FIELDS, MEANINGS, is_link_only, is_too_frequent, spam_check
from tests.bundles import small_bundle
from tests.rules.leads import assessment

SPAM: list[tuple[SpamSignal, dict[str, Any]]] = [
    (SpamSignal.HONEYPOT, {"bot_signals": BotSignals(honeypot="http://buy.example")}),
    (SpamSignal.SPEED, {"bot_signals": BotSignals(seconds_to_submit=0.4)}),
    (SpamSignal.SPEED, {"bot_signals": BotSignals(seconds_to_submit=0)}),
    (SpamSignal.DISPOSABLE_DOMAIN, {"contact": {"email": "x@mailinator.com"}}),
    (SpamSignal.DISPOSABLE_DOMAIN, {"contact": {"email": "x@eu.Mailinator.com"}}),
    (SpamSignal.LINK_ONLY, {"message": "https://buy.example/pills"}),
    (SpamSignal.LINK_ONLY, {"message": " www.buy.example\n>> bit.ly/x3 << !!! 1 "}),
]

CLEAN: list[dict[str, Any]] = [
    {},
    {"bot_signals": BotSignals(honeypot=" ", seconds_to_submit=2.0)},
    {"message": "Our site is https://analytical.example, please have a look."},
    {"message": "Please call."},
    {"message": "1815"},
    {"contact": {"email": "x@notmailinator.com"}},
    {"contact": {"email": None}},
]


@pytest.mark.parametrize(("signal", "fields"), SPAM)
def test_each_signal_makes_it_spam_and_is_named(signal: SpamSignal, fields: dict[str, Any]) -> None:
    report = assessment(**fields)
    assert report.spam_signals == (signal,)
    assert report.usability is Usability.SPAM
    check = next(one for one in report.checks if one.check == "spam")
    assert (check.grade, check.fields) == (Grade.FAIL, FIELDS[signal])


@pytest.mark.parametrize("fields", CLEAN)
def test_what_people_send_is_no_spam(fields: dict[str, Any]) -> None:
    report = assessment(**fields)
    assert report.spam_signals == ()
    assert next(one for one in report.checks if one.check == "spam").grade is Grade.PASS


def test_several_signals_are_all_named() -> None:
    check = spam_check((SpamSignal.HONEYPOT, SpamSignal.DISPOSABLE_DOMAIN, SpamSignal.RATE), "v1")
    assert check.fields == ("bot_signals.honeypot", "contact.email", "bot_signals.sender")
    assert all(MEANINGS[one] in check.detail.lower() for one in (SpamSignal.HONEYPOT, SpamSignal.RATE))


def test_every_signal_has_a_meaning_and_fields() -> None:
    assert set(MEANINGS) == set(FIELDS) == set(SpamSignal)


@pytest.mark.parametrize(("arrivals", "too_many"), [(1, False), (5, False), (6, True)])
def test_rate_is_judged_by_the_policy(arrivals: int, too_many: bool) -> None:
    candidates = MatchCandidates(recent_arrivals=arrivals)
    assert is_too_frequent(candidates, small_bundle().assessment.spam) is too_many


def test_endless_message_of_near_links_is_judged_at_once() -> None:
    assert not is_link_only("a." * 9_999)
    assert is_link_only("http://" + "a" * 19_000)
