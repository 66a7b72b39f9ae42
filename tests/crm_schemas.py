"""A mapping and the schema of the CRM that it is for, for tests of what of it has drifted."""

from contracts.crm import CrmField, CrmSchema
from contracts.crm_mapping import CrmMapping, MappedObject

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
    """What the CRM says that it holds, without some fields, or with others in their place."""
    left = {place: one for place, one in WHOLE.items() if place not in without}
    left |= {(one.crm_object, one.name): one for one in changed.values()}
    return CrmSchema(fields=tuple(left.values()))
