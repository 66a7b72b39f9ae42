"""What a Pipedrive company's objects hold: its own fields, and the custom ones of the shipped mapping."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha1

LONGEST = {"varchar": 255, "text": 65_000}
STAGES: Mapping[int, int] = {1: 1, 2: 1, 3: 1, 4: 1, 6: 2, 11: 3}
"""By stage, its pipeline."""

STATUSES = ("open", "won", "lost", "deleted")


@dataclass(frozen=True)
class Own:
    """One of Pipedrive's own fields."""

    form: str
    """`text`, `int`, `number`, `bool`, `ways`, `participants`, or the object that it refers to."""
    required: bool = False
    empty: bool = True
    """Whether null is taken."""
    read_only: bool = False


_TEXT, _OWNER = Own("text"), Own("owner", empty=False)
_NAME = Own("text", required=True, empty=False)

OWN: Mapping[str, Mapping[str, Own]] = {
    "persons": {
        "name": _NAME,
        "owner_id": _OWNER,
        "org_id": Own("organizations"),
        "emails": Own("ways", empty=False),
        "phones": Own("ways", empty=False),
    },
    "organizations": {"name": _NAME, "owner_id": _OWNER},
    "deals": {
        "title": _NAME,
        "owner_id": _OWNER,
        "org_id": Own("organizations"),
        "person_id": Own("persons"),
        "pipeline_id": Own("int", empty=False),
        "stage_id": Own("int", empty=False),
        "status": Own("text", empty=False),
        "value": Own("number"),
        "currency": Own("text", empty=False),
    },
    "activities": {
        "subject": _TEXT,
        "type": Own("text", empty=False),
        "owner_id": _OWNER,
        "org_id": Own("organizations"),
        "person_id": Own("persons", read_only=True),
        "deal_id": Own("deals"),
        "participants": Own("participants", empty=False),
        "due_date": _TEXT,
        "due_time": _TEXT,
        "done": Own("bool", empty=False),
        "note": _TEXT,
    },
    "notes": {
        "content": _NAME,
        "add_time": _TEXT,
        "org_id": Own("organizations"),
        "person_id": Own("persons"),
        "deal_id": Own("deals"),
    },
}

_ON_WORK = {"throughline_key": "varchar", "throughline_stage_reason": "text", "throughline_step": "varchar"}
_BY_NAME: Mapping[str, Mapping[str, str]] = {
    "persons": {
        "throughline_key": "varchar",
        "throughline_step": "varchar",
        "throughline_country": "varchar",
        "throughline_job_title": "text",
    },
    "organizations": {
        **dict.fromkeys(("throughline_key", "throughline_step", "throughline_country"), "varchar"),
        **dict.fromkeys(("throughline_domain", "throughline_employees"), "varchar"),
        **dict.fromkeys(("throughline_customer_id", "throughline_stage", "throughline_owner"), "varchar"),
        **dict.fromkeys(("throughline_contact", "throughline_deal", "throughline_opened_by"), "varchar"),
        **dict.fromkeys(("throughline_moved_by", "throughline_moved_from"), "varchar"),
        "throughline_stage_reason": "text",
    },
    "deals": {
        **_ON_WORK,
        **dict.fromkeys(("throughline_category", "throughline_priority", "throughline_programme"), "varchar"),
    },
}


def code(crm_object: str, name: str) -> str:
    """Of a custom field: 40 hexadecimal digits, another for each object."""
    return sha1(f"{crm_object}.{name}".encode(), usedforsecurity=False).hexdigest()


CUSTOM: Mapping[str, Mapping[str, tuple[str, str]]] = {
    crm_object: {code(crm_object, name): (name, form) for name, form in fields.items()}
    for crm_object, fields in _BY_NAME.items()
}
"""By object and code, a field's name and type."""
