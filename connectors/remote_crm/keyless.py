"""`Records` over a CRM that makes nothing unique: keys are looked for, and references are fields."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Protocol

from connectors.keyed import RemoteEffects
from connectors.remote_crm.records import SYSTEM, Kind, Link, Record, Taken, Values, not_found, standing
from connectors.remote_crm.translation import Translation
from connectors.together import together
from contracts.crm import CrmSchema
from contracts.failures import FailureCode, ServiceFailure

MARK = "[throughline: "

Properties = Mapping[str, str | None]
"""By the CRM's own name of a field, as texts; None is empty."""


@dataclass(frozen=True)
class Row:
    """One of a CRM's records, with all of its fields."""

    number: str
    properties: Properties
    several: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """All values of a field that may have more than one."""

    def holds(self, name: str, value: str) -> bool:
        """Whether a field is a value, or one of several that are told apart without capitals."""
        if name in self.several:
            return value.lower() in map(str.lower, self.several[name])
        return self.properties.get(name) == value


class KeylessCrm(Protocol):
    """What a connector to such a CRM must be able to do, in the CRM's own words; raises `ServiceFailure`."""

    marked: Collection[str]
    """Objects without a field that is ours: the key is a mark at the end of a text that people read."""

    async def read(self, crm_object: str, numbers: Sequence[str]) -> list[Row]:
        """Those that are there."""
        ...

    async def having(self, crm_object: str, field: str, value: str) -> list[Row]:
        """Records that may have a value in a field, by search, which may lag; none of what is marked."""
        ...

    async def newest(self, crm_object: str, on: Mapping[str, str]) -> list[Row]:
        """Those that were changed last, as they stand now; where `on` says one, that have a reference."""
        ...

    async def alike(self, crm_object: str, field: str, words: str) -> list[str]:
        """Numbers of records whose field has these words; may lag behind writes."""
        ...

    async def referring(self, crm_object: str, field: str, number: str) -> list[Row]:
        """Records that refer to another by a field."""
        ...

    async def make(self, crm_object: str, properties: Properties) -> Row: ...

    async def write(self, crm_object: str, number: str, properties: Properties) -> Row:
        """Raises NOT_FOUND."""
        ...

    async def delete(self, crm_object: str, number: str) -> None:
        """Safe where it is gone."""
        ...

    async def describe(self, objects: Collection[str]) -> CrmSchema: ...

    async def owners(self) -> dict[str, str]:
        """Everybody who can own records, by address in lower case."""
        ...


class KeylessRecords:
    """`Records` over a `KeylessCrm`.

    Args:
        crm: the CRM.
        translation: which field holds what.
        effects: keep other workers from a key between the look and the write.
    """

    def __init__(self, crm: KeylessCrm, translation: Translation, effects: RemoteEffects) -> None:
        self._crm = crm
        self._translation = translation
        self._effects = effects

    async def get(self, kind: Kind, number: str, *, links: Collection[Kind] = ()) -> Record | None:
        """One read, and a list for each kind that refers to the record."""
        record = next(iter(await self.get_many(kind, [number])), None)
        backwards = [to for to in links if to not in self._translation.of(kind).links]
        if record is None or not backwards:
            return record
        found = await together(self._referring(kind, number, to) for to in backwards)
        return replace(record, links={**record.links, **dict(zip(backwards, found, strict=True))})

    async def get_many(self, kind: Kind, numbers: Sequence[str]) -> list[Record]:
        rows = await self._crm.read(self._object(kind), list(dict.fromkeys(numbers)))
        found = {one.number: one for one in await self._records(kind, rows)}
        return [found[number] for number in numbers if number in found]

    async def by_key(self, kind: Kind, key: str) -> Record | None:
        return await self._under(kind, key)

    async def by_email(self, email: str) -> Record | None:
        (held,) = self._translation.property_of(Kind.CONTACT, "email")
        return next(iter(await self._holding(Kind.CONTACT, held, email)), None)

    async def create(self, kind: Kind, key: str, values: Values) -> Record:
        """Raises `Taken` where the key is another's, or a contact has the address."""

        async def make() -> Record:
            return await self._made(kind, key, values, ())

        return await self._alone(kind, key, make, email=values.get("email"))

    async def upsert(self, kind: Kind, key: str, values: Values, *, on: Sequence[Link] = ()) -> Record:
        """Looks for the key first: whoever calls this holds the key against all other workers."""
        found = await self._under(kind, key, on)
        if found is None:
            return await self._made(kind, key, values, on)
        given = {name: value for name, value in values.items() if value is not None}
        return await self._changed(kind, found.number, given, key, on)

    async def change(self, kind: Kind, number: str, values: Values, *, key: str | None = None) -> None:
        async def write() -> Record:
            return await self._changed(kind, number, values, key)

        await (write() if key is None else self._alone(kind, key, write, but=number))

    async def delete(self, kind: Kind, number: str) -> None:
        await self._crm.delete(self._object(kind), number)

    async def link(self, kind: Kind, number: str, others: Sequence[Link]) -> None:
        """Writes references of the record, or of the others where the reference is theirs."""
        theirs = [one for one in others if one[0] not in self._translation.of(kind).links]
        calls = [
            self._changed(to, other, {}, on=[(kind, number)])
            for to, other in theirs
            if kind in self._translation.of(to).links
        ]
        if mine := [one for one in others if one not in theirs]:
            calls.append(self._changed(kind, number, {}, on=mine))
        try:
            await together(calls)
        except ServiceFailure as failure:
            # A reference to what is gone may be refused like any other wrong value.
            there = [await self.get(*one) for one in [(kind, number), *others]]
            if failure.code is FailureCode.REJECTED and None in there:
                raise not_found(kind) from None
            raise

    async def unlink(self, kind: Kind, number: str, to: Kind, other: str) -> None:
        record = await self.get(kind, number)
        if record is not None and record.link(to) == other:
            empty = {self._translation.of(kind).links[to]: None}
            await self._crm.write(self._object(kind), number, empty)

    async def linked(self, kind: Kind, numbers: Sequence[str], to: Kind) -> dict[str, list[str]]:
        """One read where the reference is theirs; else a list for each of them."""
        if to in self._translation.of(kind).links:
            return {one.number: list(one.links.get(to, ())) for one in await self.get_many(kind, numbers)}
        found = await together(self._referring(kind, number, to) for number in numbers)
        return {number: list(of) for number, of in zip(numbers, found, strict=True)}

    async def search(self, kind: Kind, alternatives: Sequence[Mapping[str, str]]) -> list[str]:
        """The oldest first: numbers grow."""
        found = set[str]()
        for one in alternatives:
            alike = await together(self._alike(kind, name, value) for name, value in one.items())
            found |= set[str].intersection(*alike) if alike else set()
        return sorted(found, key=_age)

    async def describe(self) -> CrmSchema:
        return await self._crm.describe({self._object(kind) for kind in Kind})

    def _object(self, kind: Kind) -> str:
        return self._translation.of(kind).object

    async def _under(self, kind: Kind, key: str, on: Sequence[Link] = ()) -> Record | None:
        mapped = self._translation.of(kind)
        found = await self._holding(kind, mapped.key, key, self._references(kind, on[:1]))
        return next(iter(found), None)

    async def _holding(
        self, kind: Kind, held: str, value: str, on: Mapping[str, str] | None = None
    ) -> list[Record]:
        """Who has a value, by search; whom no search shows yet is among the newest."""
        crm_object = self._object(kind)

        def theirs(rows: Sequence[Row]) -> list[Row]:
            if crm_object in self._crm.marked:
                return [row for row in rows if _key_in(row.properties.get(held)) == value]
            return [row for row in rows if row.holds(held, value)]

        rows = theirs(await self._crm.having(crm_object, held, value))
        return await self._records(kind, rows or theirs(await self._crm.newest(crm_object, on or {})))

    async def _alike(self, kind: Kind, name: str, value: str) -> set[str]:
        for held in self._translation.property_of(kind, name)[:1]:
            if name == "name":
                return set(await self._crm.alike(self._object(kind), held, value))
            return {one.number for one in await self._holding(kind, held, value)}
        return set()

    async def _referring(self, kind: Kind, number: str, to: Kind) -> tuple[str, ...]:
        if (held := self._translation.of(to).links.get(kind)) is None:
            return ()
        rows = await self._crm.referring(self._object(to), held, number)
        return tuple(one.number for one in await self._records(to, rows))

    async def _made(self, kind: Kind, key: str, values: Values, on: Sequence[Link]) -> Record:
        mapped, given = self._translation.of(kind), await self._translation.outgoing(kind, values)
        # Whoever has no name is written all the same: the CRM may want one.
        named = dict.fromkeys(self._translation.property_of(kind, "name")[:1], values.get("domain"))
        written = {name: value for name, value in given.items() if value}
        given = self._with_key(kind, {**mapped.constants, **named, **written}, key)
        row = await self._crm.make(mapped.object, {**given, **self._references(kind, on)})
        return await self._record(kind, row)

    async def _changed(
        self, kind: Kind, number: str, values: Values, key: str | None = None, on: Sequence[Link] = ()
    ) -> Record:
        given = self._with_key(kind, await self._translation.outgoing(kind, values), key)
        written = {**given, **self._references(kind, on)}
        if not written:
            return await standing(self, f"{kind}_{number}", kind)
        return await self._record(kind, await self._crm.write(self._object(kind), number, written))

    def _with_key(self, kind: Kind, given: dict[str, str | None], key: str | None) -> dict[str, str | None]:
        mapped = self._translation.of(kind)
        if key is None:
            return given
        marked = f"{given.get(mapped.key) or ''}\n{MARK}{key}]".lstrip()
        return {**given, mapped.key: marked if mapped.object in self._crm.marked else key}

    async def _records(self, kind: Kind, rows: Sequence[Row]) -> list[Record]:
        """Those that are of a kind, the oldest first."""
        theirs = [row for row in rows if self._translation.is_of(kind, row.properties)]
        return [await self._record(kind, row) for row in sorted(theirs, key=lambda row: _age(row.number))]

    async def _record(self, kind: Kind, row: Row) -> Record:
        mapped, held = self._translation.of(kind), row.properties
        key = held.get(mapped.key)
        if mapped.object in self._crm.marked:
            key = _key_in(key)
        links = {Kind(to): (other,) for to, field in mapped.links.items() if (other := held.get(field))}
        return Record(kind, row.number, await self._translation.incoming(kind, held), key, links)

    async def _alone(
        self,
        kind: Kind,
        key: str,
        act: Callable[[], Awaitable[Record]],
        *,
        but: str | None = None,
        email: str | None = None,
    ) -> Record:
        """Acts where no other record has the key, or the address, while no other worker can take it."""
        async with self._effects.alone(f"{SYSTEM}/{kind}/{key}"):
            other = await self.by_key(kind, key)
            if other is None and email:
                other = await self.by_email(email)
            if other is None or other.number == but:
                return await act()
        raise Taken(other.number)

    def _references(self, kind: Kind, on: Sequence[Link]) -> dict[str, str]:
        """What refers to records; the first of several by one field."""
        links = self._translation.of(kind).links
        return {links[to]: number for to, number in reversed(on) if to in links}


def _key_in(text: str | None) -> str | None:
    """The key at the end of a text, which may be HTML."""
    _, mark, rest = unescape(text or "").rpartition(MARK)
    return rest.partition("]")[0] if mark else None


def _age(number: str) -> str:
    return number.zfill(20)
