"""The front door's rules for amendments: what completes or corrects a lead, and what is refused.

Doors refuse what contracts ignore: unknown keys.
"""

from pydantic import TypeAdapter

from contracts.base import Slug
from contracts.ids import lead_id_of
from contracts.lead import ContactAmendment
from rules.documents import DocumentRefused, Problem, object_in, parsed, refusal

AMENDMENT = "amendment"
AMENDMENTS = "amendments"
"""What a problem of the whole document is filed under."""

MAX_SHOWN = 50


def parse_amendment(data: object) -> ContactAmendment:
    """The amendment that decoded JSON stands for.

    Raises:
        DocumentRefused: it is none, or says nothing; each problem is named.
    """
    amendment = parsed(object_in(data, AMENDMENT), ContactAmendment, AMENDMENT)
    if not amendment.model_dump(exclude_none=True):
        raise refusal(AMENDMENT, "holds nothing to amend")
    return amendment


def parse_amendments(data: object) -> dict[str, ContactAmendment]:
    """The amendments of many leads, by lead id, of an object that has them by lead or workflow id.

    Raises:
        DocumentRefused: one of them is none, or a key names no lead; each problem is named by its item.
    """
    found: dict[str, ContactAmendment] = {}
    problems: list[Problem] = []
    for number, (key, value) in enumerate(object_in(data, AMENDMENTS).items(), start=1):
        try:
            lead_id = _lead_id(str(key))
            if lead_id in found:
                raise refusal(AMENDMENT, "names a lead twice")
            found[lead_id] = parse_amendment(value)
        except DocumentRefused as wrong:
            problems += [Problem(f"item {number}: {one.field}", one.reason) for one in wrong.problems]
    if problems:
        raise DocumentRefused(tuple(problems[:MAX_SHOWN]))
    if not found:
        raise refusal(AMENDMENTS, "name no lead")
    return found


def _lead_id(key: str) -> str:
    try:
        return TypeAdapter[str](Slug).validate_python(lead_id_of(key) if "/" in key else key)
    except ValueError:
        # What the key is instead may be anything, an address for example.
        raise refusal(AMENDMENT, "is for no lead: its key must be a lead's id or workflow id") from None
