"""What a HubSpot account holds, and the rules by which it changes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from tests.fakes.hubspot.schema import LONGEST, SCHEMA, Property

_MAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
Node = tuple[str, str]
"""Object and id."""


class Refusal(Exception):
    """An error answer."""

    def __init__(self, status: int, category: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {
            "status": "error",
            "category": category,
            "message": message,
            "correlationId": "00000000-0000-4000-8000-000000000000",
            **more,
        }


@dataclass(frozen=True)
class Held:
    """One object."""

    id: str
    properties: dict[str, str]
    created_at: datetime
    updated_at: datetime


@dataclass
class Account:
    """The objects of an account."""

    owners: Mapping[str, str]
    """Owner ids by address."""
    objects: dict[str, dict[str, Held]] = field(default_factory=lambda: {name: {} for name in SCHEMA})
    indexed: dict[str, dict[str, Held]] = field(default_factory=lambda: {name: {} for name in SCHEMA})
    """What the search knows of."""
    links: dict[Node, dict[Node, None]] = field(default_factory=dict[Node, dict[Node, None]])
    ids: Mapping[str, Iterator[int]] = field(default_factory=lambda: {name: count(101) for name in SCHEMA})
    """Each kind counts for itself, so that records of two kinds may bear one number."""

    def settle(self) -> None:
        """Lets the search catch up."""
        self.indexed = {name: dict(held) for name, held in self.objects.items()}

    def get(self, name: str, key: str, id_property: str | None = None) -> Held | None:
        """An object by id or by a unique property."""
        if id_property is None:
            return self.objects[name].get(key)
        if id_property not in SCHEMA[name]:
            raise Refusal(400, "VALIDATION_ERROR", f"Property {id_property!r} does not exist")
        if not SCHEMA[name][id_property].unique:
            raise Refusal(400, "VALIDATION_ERROR", f"{id_property} is not a unique property")
        wanted = key.lower() if id_property == "email" else key
        held = self.objects[name].values()
        return next((one for one in held if one.properties.get(id_property) == wanted), None)

    def create(self, name: str, properties: Any) -> Held:
        clean = self._checked(name, properties)
        missing = [one for one, held in SCHEMA[name].items() if held.required and not clean.get(one)]
        if missing:
            raise Refusal(400, "VALIDATION_ERROR", f"Error creating {name}. Required: {missing}")
        if name == "contacts" and not {"email", "firstname", "lastname"} & clean.keys():
            raise Refusal(400, "VALIDATION_ERROR", "email, firstname or lastname is required")
        self._refuse_taken(name, clean, but=None)
        now = datetime.now(UTC)
        held = Held(
            str(next(self.ids[name])), {one: value for one, value in clean.items() if value}, now, now
        )
        self.objects[name][held.id] = held
        return held

    def change(self, name: str, held: Held, properties: Any) -> Held:
        clean = self._checked(name, properties)
        self._refuse_taken(name, clean, but=held.id)
        after = {one: value for one, value in {**held.properties, **clean}.items() if value}
        changed = replace(held, properties=after, updated_at=datetime.now(UTC))
        self.objects[name][held.id] = changed
        return changed

    def archive(self, name: str, number: str) -> None:
        self.objects[name].pop(number, None)
        for other in self.links.pop((name, number), {}):
            self.links[other].pop((name, number), None)

    def associate(self, one: Node, other: Node) -> None:
        for name, number in (one, other):
            if number not in self.objects[name]:
                raise Refusal(404, "OBJECT_NOT_FOUND", f"{name} does not exist")
        self.links.setdefault(one, {})[other] = None
        self.links.setdefault(other, {})[one] = None

    def dissociate(self, one: Node, other: Node) -> None:
        self.links.get(one, {}).pop(other, None)
        self.links.get(other, {}).pop(one, None)

    def associated(self, one: Node, to: str) -> list[str]:
        return [number for name, number in self.links.get(one, {}) if name == to]

    def _refuse_taken(self, name: str, clean: Mapping[str, str], but: str | None) -> None:
        for one, value in clean.items():
            if not value or not SCHEMA[name][one].unique:
                continue
            other = self.get(name, value, one)
            if other is not None and other.id != but:
                kind = {"contacts": "Contact"}.get(name, "Object")
                raise Refusal(409, "CONFLICT", f"{kind} already exists. Existing ID: {other.id}")

    def _checked(self, name: str, properties: Any) -> dict[str, str]:
        if not isinstance(properties, dict):
            raise Refusal(400, "VALIDATION_ERROR", "Invalid input JSON: properties must be an object")
        clean = dict[str, str]()
        for one, value in properties.items():
            held = SCHEMA[name].get(one)
            if held is None:
                raise Refusal(400, "VALIDATION_ERROR", f'Property "{one}" does not exist')
            if held.read_only:
                raise Refusal(400, "VALIDATION_ERROR", f'"{one}" is a read only property')
            if not isinstance(value, str):
                raise Refusal(400, "VALIDATION_ERROR", f"Invalid input JSON: {one} must be a string")
            clean[one] = self._value(one, held, value)
        return clean

    def _value(self, name: str, held: Property, value: str) -> str:
        if len(value) > LONGEST:
            raise Refusal(400, "VALIDATION_ERROR", f"Property values were not valid: {name} is too long")
        wrong = bool(value) and (
            (held.options and value not in held.options)
            or (held.number and not re.fullmatch(r"-?\d+(\.\d+)?", value))
            or (name == "email" and not _MAIL.match(value))
            or (name == "hubspot_owner_id" and value not in self.owners.values())
        )
        if wrong:
            raise Refusal(400, "VALIDATION_ERROR", f"Property values were not valid: {name}")
        return value.lower() if name in ("email", "domain") else value
