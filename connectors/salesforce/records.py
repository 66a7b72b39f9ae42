"""Salesforce's records as `Records`: made by external ids, linked by lookups, read by queries."""

from collections.abc import Collection, Coroutine, Mapping, Sequence
from datetime import timedelta
from typing import Any

from connectors.answers import read
from connectors.errors import first_text
from connectors.http import Answer, Call, quoted
from connectors.remote_crm.records import SYSTEM, Kind, Link, Record, Taken, Values
from connectors.remote_crm.translation import Translation
from connectors.salesforce.answers import Described, Saved, text
from connectors.salesforce.errors import DUPLICATE_VALUE, TAKEN_BY, code_of
from connectors.salesforce.org import DATA, SalesforceOrg, literal
from connectors.together import together
from contracts.crm import CrmField, CrmSchema
from contracts.failures import FailureCode, ServiceFailure
from contracts.ports import Clock

REFUSED, NOT_FOUND = 400, 404
MOST_ROWS = 2_000
"""Of a page of a query; nothing that is asked here needs a second one."""

UNNAMED = "[not provided]"
"""Stands where Salesforce requires a name that nobody gave, as in its own forms."""

_DATES = frozenset({"ActivityDate", "CloseDate"})
_NUMBERS = frozenset({"Amount", "NumberOfEmployees"})


class SalesforceRecords:
    """`Records` in Salesforce.

    Args:
        org: with its token.
        translation: which field holds what.
        clock: for constants that are dates.
    """

    def __init__(self, org: SalesforceOrg, translation: Translation, clock: Clock) -> None:
        self._org = org
        self._translation = translation
        self._clock = clock

    async def get(self, kind: Kind, number: str, *, links: Collection[Kind] = ()) -> Record | None:
        """The record and what refers to it, in one composite call for every five queries."""
        backwards = [to for to in links if to not in self._translation.of(kind).links]
        backwards = [to for to in backwards if kind in self._translation.of(to).links]
        queries = [self._select(kind, f"Id = {literal(number)}")]
        for to in backwards:
            held = self._translation.of(to).links[kind]
            where = f"WHERE {held} = {literal(number)} LIMIT {MOST_ROWS}"
            queries.append(f"SELECT Id FROM {self._translation.of(to).object} {where}")  # noqa: S608 - SOQL; values are literals
        rows, *referring = await self._org.query(f"read {kind}", queries)
        if not rows:
            return None
        linked = {
            to: tuple(text(row, "Id") or "" for row in found)
            for to, found in zip(backwards, referring, strict=True)
        }
        return await self._record(kind, rows[0], linked)

    async def get_many(self, kind: Kind, numbers: Sequence[str]) -> list[Record]:
        wanted = [number for number in numbers if number.isalnum()][:MOST_ROWS]
        if not wanted:
            return []
        among = ", ".join(map(literal, wanted))
        (rows,) = await self._org.query(f"read {kind}", [self._select(kind, f"Id IN ({among})")])
        found = {one.number: one for one in [await self._record(kind, row) for row in rows]}
        return [found[number] for number in numbers if number in found]

    async def by_key(self, kind: Kind, key: str) -> Record | None:
        where = f"{self._translation.of(kind).key} = {literal(key)}"
        (rows,) = await self._org.query(f"read {kind}", [self._select(kind, where)])
        return await self._record(kind, rows[0]) if rows else None

    async def by_email(self, email: str) -> Record | None:
        (held,) = self._translation.property_of(Kind.CONTACT, "email")
        where = f"{held} = {literal(email)} ORDER BY CreatedDate"
        (rows,) = await self._org.query("read contact", [self._select(Kind.CONTACT, where)])
        return await self._record(Kind.CONTACT, rows[0]) if rows else None

    async def create(self, kind: Kind, key: str, values: Values) -> Record:
        """Raises `Taken` where the key is another's, or a contact has the address: only keys are unique."""
        email = values.get("email") if kind is Kind.CONTACT else None
        if email and (other := await self.by_email(email)):
            raise Taken(other.number)
        mapped = self._translation.of(kind)
        fields = {**await self._new(kind, values), mapped.key: key}
        path = f"{DATA}/sobjects/{quoted(mapped.object)}/"
        call = Call(f"create {kind}", "POST", path, json=fields, expected=(REFUSED,))
        saved = read(self._free(await self._org.call(call)), Saved)
        return await self._record(kind, {**fields, "Id": saved.id})

    async def upsert(self, kind: Kind, key: str, values: Values, *, on: Sequence[Link] = ()) -> Record:
        """By external id, as a collection of one: in a path, some keys are taken for names of files."""
        mapped = self._translation.of(kind)
        fields = {**await self._new(kind, values), **self._lookups(kind, on), mapped.key: key}
        path = f"{DATA}/composite/sobjects/{quoted(mapped.object)}/{quoted(mapped.key)}"
        body = {"allOrNone": False, "records": [{"attributes": {"type": mapped.object}, **fields}]}
        saved = await self._org.upserted(Call(f"upsert {kind}", "PATCH", path, json=body))
        await together(self._references(kind, saved.id, on))
        return await self._record(kind, {**fields, "Id": saved.id})

    async def change(self, kind: Kind, number: str, values: Values, *, key: str | None = None) -> None:
        fields = self._typed(kind, await self._translation.outgoing(kind, values))
        if key is not None:
            fields[self._translation.of(kind).key] = key
        if fields:
            await self._patch(f"change {kind}", kind, number, fields)

    async def delete(self, kind: Kind, number: str) -> None:
        """Into the bin: people can restore it for 15 days."""
        call = Call(f"delete {kind}", "DELETE", self._path(kind, number), expected=(NOT_FOUND,))
        await self._org.call(call)

    async def link(self, kind: Kind, number: str, others: Sequence[Link]) -> None:
        """Writes lookups of this record, or of the others where the reference is theirs."""
        calls = self._references(kind, number, others)
        if mine := self._lookups(kind, others):
            calls.append(self._patch(f"associate {kind}", kind, number, mine))
        await together(calls)

    async def unlink(self, kind: Kind, number: str, to: Kind, other: str) -> None:
        record = await self.get(kind, number)
        held = self._translation.of(kind).links.get(to)
        if record is not None and held and record.link(to) == other:
            await self._patch(f"dissociate {kind}", kind, number, {held: None})

    async def linked(self, kind: Kind, numbers: Sequence[str], to: Kind) -> dict[str, list[str]]:
        here, there = self._translation.of(kind), self._translation.of(to)
        found = dict[str, list[str]]()
        if not numbers or (to not in here.links and kind not in there.links):
            return found
        forward = to in here.links
        mapped, held = (here, here.links[to]) if forward else (there, there.links[kind])
        among = ", ".join(map(literal, numbers))
        where = f"Id IN ({among}) AND {held} != null" if forward else f"{held} IN ({among})"
        query = f"SELECT Id, {held} FROM {mapped.object} WHERE {where} LIMIT {MOST_ROWS}"  # noqa: S608 - SOQL; values are literals
        (rows,) = await self._org.query(f"read what {kind} is linked with", [query])
        for row in rows:
            ends = (text(row, "Id") or "", text(row, held) or "")
            this, that = ends if forward else ends[::-1]
            found.setdefault(this, []).append(that)
        return found

    async def search(self, kind: Kind, alternatives: Sequence[Mapping[str, str]]) -> list[str]:
        """A query, which reads what stands; names are matched word by word."""
        groups = [f"({' AND '.join(one)})" for each in alternatives if (one := self._conditions(kind, each))]
        if not groups:
            return []
        where = f"{' OR '.join(groups)} ORDER BY CreatedDate LIMIT 200"
        query = f"SELECT Id FROM {self._translation.of(kind).object} WHERE {where}"  # noqa: S608 - SOQL; values are literals
        (rows,) = await self._org.query(f"search {kind}", [query])
        return [text(row, "Id") or "" for row in rows]

    async def describe(self) -> CrmSchema:
        """Every field of the objects that the mapping names."""
        objects = sorted({self._translation.of(kind).object for kind in Kind})
        calls = [Call("describe", "GET", f"{DATA}/sobjects/{quoted(one)}/describe") for one in objects]
        answers = await together(map(self._org.call, calls))
        return CrmSchema(
            fields=tuple(
                CrmField(
                    crm_object=name,
                    name=held.name,
                    max_length=held.length or None,
                    writable=held.updateable,
                    unique=held.unique,
                )
                for name, answer in zip(objects, answers, strict=True)
                for held in read(answer, Described).fields
            )
        )

    def _lookups(self, kind: Kind, others: Sequence[Link]) -> dict[str, str]:
        """Fields of this record that refer to others; of two that one field would hold, to the first."""
        links = self._translation.of(kind).links
        return {links[to]: other for to, other in reversed(others) if to in links}

    def _references(self, kind: Kind, number: str, others: Sequence[Link]) -> list[Coroutine[Any, Any, None]]:
        """Calls that make others refer to this record, which has no field for them."""
        own, calls = self._translation.of(kind).links, list[Coroutine[Any, Any, None]]()
        for to, other in others:
            held = self._translation.of(to).links.get(kind)
            if to not in own and held:
                calls.append(self._patch(f"associate {kind}", to, other, {held: number}))
        return calls

    def _path(self, kind: Kind, number: str) -> str:
        return f"{DATA}/sobjects/{quoted(self._translation.of(kind).object)}/{quoted(number)}"

    async def _patch(self, operation: str, kind: Kind, number: str, fields: Mapping[str, Any]) -> None:
        call = Call(operation, "PATCH", self._path(kind, number), json=fields, expected=(REFUSED,))
        self._free(await self._org.call(call))

    def _select(self, kind: Kind, where: str) -> str:
        mapped = self._translation.of(kind)
        fields = ", ".join(dict.fromkeys(("Id", *mapped.properties())))
        return f"SELECT {fields} FROM {mapped.object} WHERE {where}"  # noqa: S608 - SOQL; values are literals

    def _conditions(self, kind: Kind, wanted: Mapping[str, str]) -> list[str]:
        conditions = list[str]()
        for name, value in wanted.items():
            held = self._translation.property_of(kind, name)
            if name != "name":
                conditions += [f"{one} = {literal(value)}" for one in held[:1]]
            else:
                words = [word for one in value.split() if (word := one.replace("%", ""))]
                conditions += [f"{held[-1]} LIKE {literal(f'%{word}%')}" for word in words[-1:]]
                conditions += [f"{held[0]} LIKE {literal(f'%{word}%')}" for word in words[:1]]
        return conditions

    async def _new(self, kind: Kind, values: Values) -> dict[str, Any]:
        properties = await self._translation.outgoing(kind, values)
        written = {name: value for name, value in properties.items() if value}
        if kind in (Kind.COMPANY, Kind.CONTACT) and (held := self._translation.property_of(kind, "name")):
            instead = values.get("domain") or UNNAMED
            if not any(name in written for name in held):
                written[held[-1]] = instead
        return {**self._constants(kind), **self._typed(kind, written)}

    def _constants(self, kind: Kind) -> dict[str, str]:
        return {name: self._constant(value) for name, value in self._translation.of(kind).constants.items()}

    def _constant(self, value: str) -> str:
        days = value.removeprefix("+").removesuffix("d")
        if value != f"+{days}d" or not days.isdecimal():
            return value
        return (self._clock() + timedelta(days=int(days))).date().isoformat()

    def _typed(self, kind: Kind, properties: Mapping[str, str | None]) -> dict[str, Any]:
        fields: dict[str, Any] = dict(properties)
        held = self._translation.property_of(kind, "name") if kind is Kind.CONTACT else ()
        if len(held) > 1 and held[0] in fields and not fields.get(held[1]):
            # The last name is what Salesforce requires, so a single name stands there.
            fields |= {held[0]: None, held[1]: fields[held[0]] or UNNAMED}
        for name in _DATES & fields.keys():
            fields[name] = fields[name][:10] if fields[name] else None
        for name in _NUMBERS & fields.keys():
            fields[name] = int(fields[name]) if fields[name] else None
        return fields

    async def _record(
        self, kind: Kind, row: Mapping[str, Any], linked: Mapping[Kind, tuple[str, ...]] | None = None
    ) -> Record:
        mapped = self._translation.of(kind)
        properties = {name: text(row, name) for name in mapped.properties()}
        forward = {Kind(to): (other,) for to, held in mapped.links.items() if (other := properties.get(held))}
        values = await self._translation.incoming(
            kind, {name: None if value == UNNAMED else value for name, value in properties.items()}
        )
        number = text(row, "Id")
        if not number:
            raise ServiceFailure(FailureCode.MALFORMED, SYSTEM, f"read {kind}: a row has no Id")
        return Record(kind, number, values, properties.get(mapped.key), {**forward, **(linked or {})})

    def _free(self, answer: Answer) -> Answer:
        if answer.status != REFUSED:
            return answer
        body = answer.json()
        if code_of(body) == DUPLICATE_VALUE:
            existing = TAKEN_BY.search(first_text(body, 0, "message") or "")
            raise Taken(existing[1] if existing else None)
        raise self._org.system.failure_of(answer)
