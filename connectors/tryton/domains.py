"""What Tryton is asked for: search domains in its own notation."""

from collections.abc import Sequence

from connectors.remote_crm.records import Kind
from connectors.tryton.cells import (
    KEY,
    LINK,
    NOTE,
    PARTY,
    PLACES,
    cell_name,
    line,
    link_to,
    mechanism,
    told_apart,
)
from connectors.tryton.held import Held
from connectors.tryton.models import Domain, any_of

CUSTOMER = "customer_id"
KIND = "record"


def keyed(kind: Kind, key: str) -> Domain:
    """Records under a key."""
    if kind is Kind.ACCOUNT:
        return cell_is(kind, CUSTOMER, key)
    is_key = cell_is(kind, KEY, key)
    return any_of([[["code", "=", key]], is_key]) if PLACES[kind].model == PARTY else is_key


def is_of(kind: Kind, held: Held) -> bool:
    """Whether a record says that it is of a kind; a party that people made says nothing, and may be any."""
    said = dict(held.cells).get(KIND)
    return said == told_apart(kind) or (said is None and PLACES[kind].model == PARTY)


def cell_is(kind: Kind, name: str, value: str) -> Domain:
    """Records whose line of a name says a value."""
    place = PLACES[kind]
    if place.text is None:
        return mechanism_is(name, value)
    # The lines are compared as a whole by whoever reads the record: this only narrows the search.
    wanted = line(name, value).removesuffix("\n")
    escaped = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return [[place.text, "like", f"%{escaped}%"]]


def links_to(to: Kind, kind: Kind, numbers: Sequence[str]) -> Domain:
    """Records that are linked to others."""
    if PLACES[to].model == NOTE:
        return [["resource", "in", [f"{PLACES[kind].model},{number}" for number in numbers]]]
    return any_of([cell_is(to, LINK, link_to(kind, number)) for number in numbers])


def mechanism_is(name: str, value: str) -> Domain:
    """Parties that are reached so."""
    held = mechanism(name, value)
    return [["contact_mechanisms", "where", [[field, "=", one] for field, one in held.items()]]]


def condition(kind: Kind, name: str, value: str) -> object:
    """One wish of a search."""
    own = PLACES[kind].own
    if name == "name":
        first = next(iter(value.split()), value)
        return [own[name], "ilike", f"%{first}%"]
    (condition,) = cell_is(kind, cell_name(kind, name), value)
    return condition
