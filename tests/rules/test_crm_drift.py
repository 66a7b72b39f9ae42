"""What a CRM can no longer hold of a mapping is named field by field, and told while it is news."""

from contracts.crm import CrmField
from contracts.crm_drift import CrmDriftResult, CrmMappingCompared
from contracts.messages import MessageKind
from contracts.notices import NotifyPersonInput
from rules.crm_drift import MOST_NAMED, drift, too_short
from rules.crm_drift import news_of as news_of_one
from rules.messages import person_message
from tests.bundles import small_bundle
from tests.crm_schemas import MAPPING, WHOLE, schema

A, B = (
    "deal.title -> deals.title: the CRM has no such field",
    "note.key -> notes.key: the CRM has no such field",
)
RUN = "crm-drift-watch-2026-11-26T06:00:00Z"
EXECUTION = "0e3d"


def test_crm_that_holds_everything_has_not_drifted() -> None:
    assert drift(MAPPING, schema()) == ()
    assert too_short(MAPPING, schema()) == ()


def test_field_that_is_gone_is_named_whatever_it_is_for() -> None:
    gone = (("contacts", "last"), ("deals", "pipeline"), ("contacts", "company_id"), ("notes", "our_key"))
    assert drift(MAPPING, schema(*gone)) == (
        "contact.name -> contacts.last: the CRM has no such field",
        "contact.links.company -> contacts.company_id: the CRM has no such field",
        "deal.constants -> deals.pipeline: the CRM has no such field",
        "note.key -> notes.our_key: the CRM has no such field",
    )


def test_object_that_is_gone_is_one_line() -> None:
    gone = [place for place in WHOLE if place[0] == "tasks"]
    (line,) = drift(MAPPING, schema(*gone))
    assert line.startswith("task -> tasks: the CRM has no such object")


def test_field_that_cannot_be_written_and_key_that_is_not_unique_are_named() -> None:
    read_only = CrmField(crm_object="deals", name="title", writable=False)
    doubled = CrmField(crm_object="companys", name="our_key")
    assert drift(MAPPING, schema(read_only=read_only, doubled=doubled)) == (
        "company.key -> companys.our_key: the CRM lets two records have the same value",
        "deal.title -> deals.title: the CRM does not let it be written",
    )


def test_field_that_holds_less_than_may_come_is_named_with_both_lengths() -> None:
    short = CrmField(crm_object="tickets", name="title", max_length=100)
    assert too_short(MAPPING, schema(short=short)) == (
        "ticket.title -> tickets.title: 500 characters may come, the CRM holds 100",
    )


def compared(*lines: str, crm: str = "hubspot") -> CrmMappingCompared:
    return CrmMappingCompared(crm=crm, policy_hash="hash", operator_id="o-ben", drift=lines)


def before(*lines: str, crm: str = "hubspot") -> CrmDriftResult:
    return CrmDriftResult(crm=crm, drift=lines)


def news_of(before: CrmDriftResult | None, now: CrmMappingCompared) -> NotifyPersonInput | None:
    return news_of_one(before, now, RUN, EXECUTION)


def test_two_runs_of_one_second_that_find_the_same_have_two_messages() -> None:
    first, other = (news_of_one(None, compared(A), RUN, one) for one in (EXECUTION, "7f21"))
    assert first is not None
    assert other is not None
    assert first.key != other.key


def test_what_is_no_news_is_not_told() -> None:
    assert news_of(None, compared()) is None
    assert news_of(before(), compared()) is None
    assert news_of(before(A, B), compared(A, B)) is None
    assert news_of(before(A, B), compared(B)) is None


def test_new_fields_are_named_and_those_told_before_are_counted() -> None:
    first, second = news_of(None, compared(A)), news_of(before(A), compared(A, B))
    assert first is not None
    assert second is not None
    assert (first.kind, first.details) == (MessageKind.CRM_DRIFTED, (A,))
    assert second.details == (B, "1 that you were told of before")
    assert (second.recipient_id, second.policy_hash) == ("o-ben", "hash")


def test_end_of_all_drift_is_told() -> None:
    news = news_of(before(A), compared())
    assert news is not None
    assert (news.kind, news.details) == (MessageKind.CRM_FITS_AGAIN, ())


def test_another_crm_begins_anew() -> None:
    assert news_of(before(A, crm="salesforce"), compared()) is None
    assert news_of(before(A, crm="salesforce"), compared(A)) is not None


def test_message_names_every_field_who_must_act_and_what_to_do() -> None:
    news = news_of(None, compared(A, B))
    assert news is not None
    message = person_message(news, small_bundle())
    assert message.subject == "The CRM does not fit crm.yaml: hubspot"
    assert f"Fields:\n- {A}\n- {B}\n" in message.body
    assert "Who must act: whoever administers the CRM" in message.body
    assert "./throughline doctor" in message.body
    assert message.body.endswith(f"Run: {RUN}")


def test_message_of_very_many_fields_says_how_many_more_there_are() -> None:
    news = news_of(None, compared(*(f"line {number}" for number in range(MOST_NAMED + 2))))
    assert news is not None
    assert news.details[-2:] == (f"line {MOST_NAMED - 1}", "and 2 more")


def test_key_of_a_crm_that_knows_no_unique_fields_need_not_be_unique() -> None:
    shared = CrmField(crm_object="deals", name="our_key")
    known = schema(key=shared)
    assert len(drift(MAPPING, known)) == 1
    assert drift(MAPPING, known.model_copy(update={"has_unique_fields": False})) == ()
