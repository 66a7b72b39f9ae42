"""What doors take and what they refuse: by name and reason, never by value."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.lead import ContactAmendment, EntryKind, LeadSubmission
from rules.documents import MAX_PROBLEMS, MAX_TEXT, UNREADABLE
from rules.identity import lead_id_for
from rules.submissions import (
    DocumentRefused,
    Problem,
    amended,
    completed,
    parse_submission,
    submission_from_text,
)
from tests.rules.leads import NOON, SUBMISSIONS, submission

PLANTED = "planted7f3a"

FULL: dict[str, Any] = {
    "received_at": "2026-11-23T12:00:00Z",
    "occurred_at": "2026-11-23T13:59:30+02:00",
    "event_id": "evt_1",
    "entry_kind": "landing_form",
    "source": "website",
    "channel": "search",
    "campaign": "spring",
    "form": "demo",
    "service_interest": "crm",
    "declared_intent": "a demo",
    "contact": {
        "name": "Ada Lovelace",
        "email": "ada@analytical.example",
        "phone": "+1 202 555 0143",
        "company": "Analytical Engines",
        "job_title": "Countess",
        "country": "GB",
        "website": "https://analytical.example",
    },
    "employees": 12,
    "estimated_value": 5000,
    "currency": "EUR",
    "message": "Hello\nthere",
    "transcript": "Ada: hello",
    "utm": {"source": "g", "medium": "cpc", "campaign": "spring", "term": "t", "content": "c"},
    "consent": {"marketing": True, "processing": True, "captured_at": "2026-11-23T11:59:00Z"},
    "bot_signals": {"honeypot": "", "seconds_to_submit": 12, "sender": "abc123"},
    "extras": {"budget": "big"},
}


def refusal_of(read: Callable[[], object]) -> DocumentRefused | None:
    """What reading was refused with, if it was; anything else that is raised goes on."""
    try:
        read()
    except DocumentRefused as refused:
        return refused
    return None


def problems_with(data: object) -> tuple[Problem, ...]:
    with pytest.raises(DocumentRefused) as refused:
        parse_submission(data, received_at=NOON)
    assert str(refused.value)
    return refused.value.problems


def problems_with_text(text: str) -> tuple[Problem, ...]:
    with pytest.raises(DocumentRefused) as refused:
        submission_from_text(text, received_at=NOON)
    return refused.value.problems


def test_full_submission_is_taken_field_by_field() -> None:
    taken = parse_submission(FULL, received_at=NOON + timedelta(days=1))
    assert taken == LeadSubmission.model_validate(FULL)
    assert taken.received_at == NOON
    assert taken.occurred_at is not None
    assert taken.occurred_at.utcoffset() == timedelta(hours=2)
    assert submission_from_text(json.dumps(FULL), received_at=NOON) == taken


def test_nothing_but_an_object_is_needed() -> None:
    nearly_empty: list[dict[str, Any]] = [{}, {"received_at": None}, {"contact": {}, "source": None}]
    for empty in nearly_empty:
        assert parse_submission(empty, received_at=NOON) == LeadSubmission(received_at=NOON)


def test_instants_may_be_datetimes() -> None:
    earlier = NOON - timedelta(hours=1)
    taken = parse_submission({"received_at": earlier, "occurred_at": earlier}, received_at=NOON)
    assert (taken.received_at, taken.occurred_at) == (earlier, earlier)


@given(SUBMISSIONS)
def test_what_was_taken_is_taken_again_as_the_same_lead(taken: LeadSubmission) -> None:
    again = submission_from_text(taken.model_dump_json(), received_at=NOON)
    assert again == taken
    assert lead_id_for(again) == lead_id_for(taken)


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"emial": "x"}, "emial", "is no field of a submission"),
    ({"contact": {"emial": "x"}}, "contact.emial", "is no field of a submission"),
    ({"utm": {"Source": "x"}}, "utm.Source", "is no field of a submission"),
    ({"contact": {"x@y.example": "x"}}, f"contact.{UNREADABLE}", "is no field of a submission"),
    ({"contact": "Ada"}, "contact", "must be an object"),
    ({"contact": None}, "contact", "must be an object"),
    ({"extras": []}, "extras", "must be an object"),
    ({"source": 5}, "source", "must be text"),
    ({"source": ["website"]}, "source", "must be text"),
    ({"source": "x" * 501}, "source", "must have at most 500 characters"),
    ({"message": "x" * 20_001}, "message", "must have at most 20000 characters"),
    ({"message": "x" * 10_000_000}, "message", "must have at most 20000 characters"),
    ({"transcript": "x" * 200_001}, "transcript", "must have at most 200000 characters"),
    ({"contact": {"email": "x" * 321}}, "contact.email", "must have at most 320 characters"),
    (
        {"contact": {"email": "a@b.example\nBcc: c@d.example"}},
        "contact.email",
        "must be one line without control characters",
    ),
    ({"contact": {"name": "Ada\x00"}}, "contact.name", "must be one line without control characters"),
    ({"message": "Hello\x00"}, "message", "must not hold control characters such as NUL"),
    ({"event_id": "a\x00"}, "event_id", "must be one line without control characters"),
    ({"event_id": ""}, "event_id", "must not be empty"),
    ({"event_id": "x" * 256}, "event_id", "must have at most 255 characters"),
    ({"message": "half a pair \ud83d"}, "message", "holds characters that are no Unicode text"),
    ({"employees": "5"}, "employees", "must be a whole number"),
    ({"employees": 5.5}, "employees", "must be a whole number"),
    ({"employees": True}, "employees", "must be a whole number"),
    ({"employees": -1}, "employees", "must be at least 0"),
    ({"employees": 10**30}, "employees", "is too large a number"),
    ({"employees": 10_000_001}, "employees", "must be at most 10000000"),
    ({"currency": "euro"}, "currency", "must have the form ^[A-Z]{3}$"),
    ({"consent": {"marketing": "yes"}}, "consent.marketing", "must be true or false"),
    ({"bot_signals": {"seconds_to_submit": "fast"}}, "bot_signals.seconds_to_submit", "must be a number"),
    (
        {"bot_signals": {"seconds_to_submit": float("nan")}},
        "bot_signals.seconds_to_submit",
        "must be a finite number",
    ),
    ({"occurred_at": "2026-11-23T12:00:00"}, "occurred_at", "must have a time zone offset"),
    ({"occurred_at": "yesterday"}, "occurred_at", "must be an ISO 8601 date and time"),
    ({"occurred_at": 1_700_000_000}, "occurred_at", "must be an ISO 8601 date and time"),
    ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at", "must lie between 2000 and 2100"),
    ({"received_at": "2100-01-01T00:00:00Z"}, "received_at", "must lie between 2000 and 2100"),
    ({"received_at": datetime(2026, 1, 1)}, "received_at", "must have a time zone offset"),  # noqa: DTZ001
    (
        {"consent": {"captured_at": "1999-12-31T23:59:59Z"}},
        "consent.captured_at",
        "must lie between 2000 and 2100",
    ),
    ({"extras": {"a": 1}}, "extras.a", "must be text"),
    ({"extras": {"a": "x" * 501}}, "extras.a", "must have at most 500 characters"),
    ({"extras": {f"k{n}": "x" for n in range(51)}}, "extras", "at most 50 extra fields"),
    ({"extras": {f"k{n}": "x" for n in range(5_000)}}, "submission", "holds more than 2000 values"),
    ({"source": b"website"}, "source", "has a type that JSON does not have"),
    ({"contact": {1: "x"}}, "contact", "has a name that is no text"),
    ({"contact": {"\ud83d": "x"}}, "contact", "has a name that is no text"),
]


@pytest.mark.parametrize(("data", "field", "reason"), REFUSED, ids=lambda value: str(value)[:30])
def test_what_does_not_fit_is_refused_by_name(data: dict[str, Any], field: str, reason: str) -> None:
    assert problems_with(data) == (Problem(field, reason),)


def test_unknown_kind_of_entry_is_refused_with_the_known_ones() -> None:
    (problem,) = problems_with({"entry_kind": "fax"})
    assert problem.field == "entry_kind"
    assert all(kind in problem.reason for kind in EntryKind)


@pytest.mark.parametrize("data", [None, 5, "text", [], [{}], ()])
def test_what_is_no_object_is_refused(data: object) -> None:
    assert problems_with(data) == (Problem("submission", "must be an object"),)


def test_every_problem_is_named_at_once_up_to_a_bound() -> None:
    found = problems_with({"source": 1, "message": 2, "contact": {"email": 3}})
    assert [one.field for one in found] == ["source", "contact.email", "message"]
    assert len(problems_with({f"unknown{n}": "x" for n in range(200)})) == MAX_PROBLEMS


def test_nesting_is_bounded() -> None:
    def nested(levels: int) -> object:
        value: object = "x"
        for _ in range(levels):
            value = {"a": value}
        return value

    assert [one.reason for one in problems_with(nested(20))] == ["is no field of a submission"]
    assert [one.reason for one in problems_with(nested(21))] == ["is nested deeper than 20 levels"]
    itself: dict[str, object] = {}
    itself["a"] = itself
    assert [one.reason for one in problems_with(itself)] == ["is nested deeper than 20 levels"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", Problem("submission", "is not JSON: line 1, column 1")),
        ("{\n'source': 'website'}", Problem("submission", "is not JSON: line 2, column 1")),
        ('{"message": "Hello\x00"}', Problem("submission", "is not JSON: line 1, column 19")),
        ('{"source": "a", "source": "b"}', Problem("source", "appears twice")),
        ('{"contact": {"x@y.example": "a", "x@y.example": "b"}}', Problem(UNREADABLE, "appears twice")),
        ('{"employees": NaN}', Problem("submission", "holds NaN, which is no JSON number")),
        ('{"employees": -Infinity}', Problem("submission", "holds -Infinity, which is no JSON number")),
        (
            '{"bot_signals": {"seconds_to_submit": 1e999}}',
            Problem("bot_signals.seconds_to_submit", "must be a finite number"),
        ),
        ('{"employees": ' + "9" * 5_000 + "}", Problem("submission", "holds a number with too many digits")),
        ("[" * 100_000, Problem("submission", "is nested deeper than 20 levels")),
        ('{"a":' * 25 + "1" + "}" * 25, Problem(".".join("a" * 21), "is nested deeper than 20 levels")),
        ('{"message": "\\ud83d"}', Problem("message", "holds characters that are no Unicode text")),
        ("[]", Problem("submission", "must be an object")),
        (
            '{"message": "' + "x" * MAX_TEXT + '"}',
            Problem("submission", "must have at most 1000000 characters"),
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_text_that_is_no_submission_is_refused(text: str, problem: Problem) -> None:
    assert problems_with_text(text) == (problem,)


def test_byte_order_mark_is_read_over() -> None:
    assert submission_from_text('\ufeff{"source": "website"}', received_at=NOON).source == "website"


JSON_LIKE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([PLANTED, f"{PLANTED}\x00", f"{PLANTED}\ud83d", PLANTED.encode(), 2**70, {5: PLANTED}])
    | st.text().map(lambda text: text + PLANTED)
    | st.datetimes(timezones=st.none() | st.just(UTC)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*LeadSubmission.model_fields, "email", "marketing", "captured_at", "sender"])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(
    JSON_LIKE
    | st.fixed_dictionaries({}, optional=dict.fromkeys([*LeadSubmission.model_fields, "unknown"], JSON_LIKE))
)
def test_only_refusals_leave_and_they_never_repeat_a_value(data: object) -> None:
    refused = refusal_of(lambda: parse_submission(data, received_at=NOON))
    if refused is not None:
        assert refused.problems
        assert PLANTED not in str(refused) + repr(refused)
        assert refused.__suppress_context__ or refused.__context__ is None


@given(st.text() | st.text('{}[]":,\\0123456789eE.-truefalsn ', max_size=60))
def test_any_text_is_taken_or_refused(text: str) -> None:
    refused = refusal_of(lambda: submission_from_text(text, received_at=NOON))
    assert refused is None or refused.problems


# ---------------------------------------------------------------- amendments


def test_amendment_replaces_what_it_names_and_leaves_the_rest() -> None:
    before = submission(contact={"phone": "12"}, message="Hello", event_id="evt_1")
    after = amended(
        before, ContactAmendment(phone="+1 202 555 0143", service_interest="support", message="Hi")
    )
    assert after.contact == before.contact.model_copy(update={"phone": "+1 202 555 0143"})
    assert (after.service_interest, after.message, after.source) == ("support", "Hi", before.source)
    assert lead_id_for(after) == lead_id_for(before)
    assert amended(before, ContactAmendment()) == before


def test_every_field_of_an_amendment_reaches_the_submission() -> None:
    details = ContactAmendment(**dict.fromkeys(ContactAmendment.model_fields, "new"))
    after = amended(LeadSubmission(received_at=NOON), details)
    reached = {**after.model_dump(), **after.contact.model_dump()}
    assert [name for name in ContactAmendment.model_fields if reached[name] != "new"] == []
    assert LeadSubmission.model_validate(after.model_dump()) == after


def test_completion_fills_only_what_is_lacking() -> None:
    before = submission(contact={"email": "ada@", "phone": " ", "name": "Ada"}, message=None)
    details = ContactAmendment(
        email="ada@b.example", phone="+12025550143", name="Grace", message="Hi", source="x"
    )
    after = completed(before, details)
    assert (after.contact.email, after.contact.phone) == ("ada@b.example", "+12025550143")
    assert (after.contact.name, after.source, after.message) == ("Ada", before.source, "Hi")
    assert completed(after, ContactAmendment(email="other@b.example")) == after
