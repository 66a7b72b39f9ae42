"""What a CRM can no longer hold of a mapping is named field by field."""

from contracts.crm import CrmField, CrmSchema
from contracts.crm_mapping import CrmMapping, MappedObject
from rules.crm_drift import drift, too_short

KINDS = ("company", "contact", "account", "deal", "ticket", "enrolment", "task", "note")
MAPPING = CrmMapping.model_validate(
    {
        kind: MappedObject(
            object=f"{kind}s",
            key="our_key",
            fields={"name": ("first", "last")} if kind == "contact" else {"title": "title"},
            constants={"pipeline": "p"} if kind == "deal" else {},
            links={"company": "company_id"} if kind == "contact" else {},
        )
        for kind in KINDS
    }
)
WHOLE = {
    (f"{kind}s", name): CrmField(
        crm_object=f"{kind}s",
        name=name,
        unique=name == "our_key",
        max_length=500 if name == "title" else None,
    )
    for kind in KINDS
    for name in ("our_key", "title", "first", "last", "pipeline", "company_id")
}


def schema(*without: tuple[str, str], **changed: CrmField) -> CrmSchema:
    left = {place: one for place, one in WHOLE.items() if place not in without}
    left |= {(one.crm_object, one.name): one for one in changed.values()}
    return CrmSchema(fields=tuple(left.values()))


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
