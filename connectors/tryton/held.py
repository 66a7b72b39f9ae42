"""One record of Tryton's between a read and a write: its own fields, and our lines on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from connectors.http import JsonObject
from connectors.tryton.cells import (
    LINK,
    NOTE,
    OPPORTUNITY,
    PARTY,
    PLACES,
    WORK,
    Cell,
    Place,
    cells_of,
    joined,
    link_to,
    mechanism,
    split,
)

_MECHANISMS = tuple(f"contact_mechanisms.{name}" for name in ("type", "name", "value"))
READ: Mapping[str, tuple[str, ...]] = {
    PARTY: ("name", "code", *_MECHANISMS),
    OPPORTUNITY: ("description", "comment", "amount", "currency.code", "employee.id", "party.id"),
    WORK: ("name", "comment", "party.id"),
    NOTE: ("message", "resource"),
}
"""Fields that are read, by model."""


@dataclass
class Held:
    """A record as it was read, or as it shall be."""

    number: str = ""
    native: dict[str, Any] = field(default_factory=dict[str, Any])
    """By Tryton's name."""
    cells: list[Cell] = field(default_factory=list[Cell])
    ids: dict[Cell, int] = field(default_factory=dict[Cell, int])
    """Of a party's contact mechanisms."""

    def copy(self) -> "Held":
        """The same, to be changed."""
        return Held(self.number, dict(self.native), list(self.cells), self.ids)

    def set(self, name: str, value: str | None) -> None:
        """Gives a line its value, or takes the line away."""
        self.cells = [cell for cell in self.cells if cell[0] != name]
        if value:
            self.cells.append((name, value))

    def links(self) -> list[str]:
        """What it is linked with. The text of a note stands for ever, so a note is on its resource only."""
        model, _, number = str(self.native.get("resource") or "").partition(",")
        resource = [link_to(kind, number) for kind, place in PLACES.items() if place.model == model]
        return resource + [value for name, value in self.cells if name == LINK]

    def text_of(self, name: str) -> str | None:
        """A field of Tryton's as a text."""
        value = self.native.get(name)
        return None if value is None else str(value)

    def created(self, place: Place) -> JsonObject:
        """What makes the record."""
        values = {name: value for name, value in self.native.items() if value is not None}
        if place.text is not None:
            values[place.text] = joined(self.text_of(place.text) or "", self.cells)
        else:
            values["contact_mechanisms"] = [["create", [mechanism(*cell) for cell in self.cells]]]
        return values

    def written(self, place: Place, before: "Held") -> JsonObject:
        """What makes the record that was read this one; empty where nothing differs."""
        values: JsonObject = {
            name: value for name, value in self.native.items() if value != before.native.get(name)
        }
        same_cells = sorted(self.cells) == sorted(before.cells)
        if place.text is not None:
            if not same_cells or place.text in values:
                values[place.text] = joined(self.text_of(place.text) or "", self.cells)
            return values
        gone = [before.ids[cell] for cell in before.cells if cell not in self.cells]
        new = [mechanism(*cell) for cell in self.cells if cell not in before.cells]
        commands: list[Any] = [["delete", gone]] if gone else []
        if new:
            commands.append(["create", new])
        return {**values, "contact_mechanisms": commands} if commands else values


def held_from(place: Place, record: JsonObject) -> Held:
    """A record as Tryton's REST interface gives it."""
    native = {name: _plain(value) for name, value in record.items() if not name.startswith("_")}
    number = str(native.pop("id"))
    if place.text is None:
        mechanisms = cells_of(native.pop("contact_mechanisms", None) or ())
        ids = {(name, value): one for one, name, value in mechanisms}
        return Held(number, native, [(name, value) for _, name, value in mechanisms], ids)
    native[place.text], cells = split(native.get(place.text))
    return Held(number, native, cells)


def _plain(value: Any) -> Any:
    """Amounts as texts, records as what tells them."""
    if not isinstance(value, dict):
        return value
    told = cast(JsonObject, value)
    return told.get("decimal", told.get("code", told.get("id")))
