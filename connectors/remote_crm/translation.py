"""Between our fields and a CRM's own properties, as the policy maps them; people and the CRM's owners too."""

import time
from collections.abc import Awaitable, Callable, Mapping

from connectors.remote_crm.records import SYSTEM, Kind, Values
from contracts.crm_mapping import CrmMapping, MappedObject
from contracts.failures import FailureCode, ServiceFailure

RELOAD_AFTER = 60.0
"""Seconds. Somebody unknown is asked for again, but not with every call."""

_FOREIGN = "owner-"
"""An owner who is none of our people goes by their id in the CRM, so that nothing is lost by a read."""

LoadOwners = Callable[[], Awaitable[Mapping[str, str]]]
"""The CRM's owner ids by e-mail address in lower case."""


class Owners:
    """Who our people are in the CRM.

    Args:
        people: e-mail addresses by person.
        fixed: owner ids by person, where the policy says them.
        load: asks the CRM for all of its owners.
    """

    def __init__(self, people: Mapping[str, str], fixed: Mapping[str, str], load: LoadOwners) -> None:
        self._people = {person: email.lower() for person, email in people.items()}
        self._fixed = fixed
        self._load = load
        self._ids: dict[str, str] = {}
        self._persons: dict[str, str] = {}
        self._loaded_at: float | None = None

    async def id_of(self, person: str) -> str:
        """Raises REJECTED where the CRM has no such owner."""
        if person.startswith(_FOREIGN):
            return person.removeprefix(_FOREIGN)
        if person not in self._fixed and person not in self._ids:
            await self._load_again()
        found = self._fixed.get(person) or self._ids.get(person)
        if found is None:
            raise ServiceFailure(
                FailureCode.REJECTED, SYSTEM, f"owner: {person} owns nothing in the CRM; see crm.yaml"
            )
        return found

    async def person_of(self, owner_id: str) -> str:
        """The person, or an owner of the CRM's who is none of ours."""
        if owner_id not in self._persons:
            await self._load_again()
        return self._persons.get(owner_id, f"{_FOREIGN}{owner_id}")

    async def _load_again(self) -> None:
        now = time.monotonic()
        if self._loaded_at is not None and now - self._loaded_at < RELOAD_AFTER:
            return
        by_email = await self._load()
        self._ids = {one: by_email[email] for one, email in self._people.items() if email in by_email}
        self._persons = {owner: one for one, owner in (self._ids | dict(self._fixed)).items()}
        self._loaded_at = now


class Translation:
    """Our values to properties and back.

    Args:
        mapping: the policy's.
        owners: who owns what.
    """

    def __init__(self, mapping: CrmMapping, owners: Owners) -> None:
        self._objects = {Kind(name): one for name, one in mapping.objects().items()}
        self._owners = owners
        names = [one.object for one in self._objects.values()]
        self._shared = {kind for kind, one in self._objects.items() if names.count(one.object) > 1}

    def of(self, kind: Kind) -> MappedObject:
        """Where records of a kind live."""
        return self._objects[kind]

    def property_of(self, kind: Kind, name: str) -> tuple[str, ...]:
        """The properties that hold a field; none where it is not mapped."""
        held = self._objects[kind].fields.get(name)
        if held is None:
            return ()
        return (held,) if isinstance(held, str) else held

    def is_of(self, kind: Kind, properties: Mapping[str, str | None]) -> bool:
        """Whether a record of the kind's object is of that kind: its constants tell it from the others'."""
        constants = self._objects[kind].constants if kind in self._shared else {}
        return all(properties.get(name) == value for name, value in constants.items())

    async def outgoing(self, kind: Kind, values: Values) -> dict[str, str | None]:
        """Properties for values. A field that is not mapped is not written.

        Raises:
            ServiceFailure: REJECTED where a value or an owner has no counterpart.
        """
        mapped, properties = self._objects[kind], dict[str, str | None]()
        for name, given in values.items():
            value, held = given, self.property_of(kind, name)
            if not held:
                continue
            if value is not None and name == "owner_id":
                value = await self._owners.id_of(value)
            elif value is not None and name in mapped.values:
                value = mapped.values[name].get(value)
                if value is None:
                    raise ServiceFailure(
                        FailureCode.REJECTED, SYSTEM, f"{kind}.{name}: crm.yaml maps no such value"
                    )
            main, *others = held
            first, space, rest = (value or "").partition(" ") if others else (value, "", "")
            properties[main] = first if value is not None else None
            for other in others:
                properties[other] = rest if space else None
        return properties

    async def incoming(self, kind: Kind, properties: Mapping[str, str | None]) -> dict[str, str | None]:
        """Values for properties; what is empty is None."""
        mapped, values = self._objects[kind], dict[str, str | None]()
        for name in mapped.fields:
            parts = [properties.get(held) or "" for held in self.property_of(kind, name)]
            value = " ".join(part for part in parts if part) or None
            if value is not None and name == "owner_id":
                value = await self._owners.person_of(value)
            elif value is not None and name in mapped.values:
                ours = {theirs: our for our, theirs in mapped.values[name].items()}
                value = ours.get(value, value)
            values[name] = value
        return values
