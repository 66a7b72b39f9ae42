"""HubSpot's objects as `Records`."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from connectors.answers import read
from connectors.errors import first_text
from connectors.http import Answer, Call, HttpSystem, quoted
from connectors.hubspot.answers import Associations, Batch, Found, HubSpotObject, Properties, References
from connectors.hubspot.errors import EXISTING
from connectors.remote_crm.records import Kind, Link, Record, Taken, Values
from connectors.remote_crm.translation import Translation
from connectors.together import together
from contracts.crm import CrmField, CrmSchema
from contracts.failures import FailureCode, ServiceFailure

VERSION = "2026-09"
OBJECTS = f"/crm/objects/{VERSION}"

REFUSED, NOT_FOUND, CONFLICT = 400, 404, 409

LARGEST_BATCH = 100
LARGEST_PAGE = 200
MOST_GROUPS = 5
MOST_FILTERS = 6

_NOT_THERE = frozenset({"OBJECT_NOT_FOUND", "NOT_FOUND"})
_TAKEN_TOO = "CONFLICTING_UNIQUE_VALUE"
"""How a unique property that is none of HubSpot's own may be refused, with 400 or 409: not established."""

_NONE = References()


class HubSpotRecords:
    """`Records` in HubSpot.

    Args:
        system: HubSpot's API.
        translation: which property holds what.
    """

    def __init__(self, system: HttpSystem, translation: Translation) -> None:
        self._system = system
        self._translation = translation

    async def get(self, kind: Kind, number: str, *, links: Collection[Kind] = ()) -> Record | None:
        """One GET, with the ids of what the object is associated with."""
        if not number.isdecimal():
            return None
        query = [("properties", ",".join(self._translation.of(kind).properties()))]
        if links:
            objects = dict.fromkeys(self._translation.of(one).object for one in links)
            query.append(("associations", ",".join(objects)))
        call = Call(f"read {kind}", "GET", self._path(kind, number), query=query, expected=(NOT_FOUND,))
        answer = await self._system.call(call)
        if answer.status == NOT_FOUND:
            return None
        found = read(answer, HubSpotObject)
        return (
            await self._record(kind, found, links)
            if self._translation.is_of(kind, found.properties)
            else None
        )

    async def get_many(self, kind: Kind, numbers: Sequence[str]) -> list[Record]:
        """A batch for every hundred."""
        found = await self._read_batches(kind, [one for one in numbers if one.isdecimal()], None)
        by_number = {one.number: one for one in found}
        return [by_number[number] for number in numbers if number in by_number]

    async def by_key(self, kind: Kind, key: str) -> Record | None:
        """The key goes in the body of a batch of one: it may be an address, and paths end in logs."""
        found = await self._read_batches(kind, [key], self._translation.of(kind).key)
        return next(iter(found), None)

    async def by_email(self, email: str) -> Record | None:
        (held,) = self._translation.property_of(Kind.CONTACT, "email")
        found = await self._read_batches(Kind.CONTACT, [email], held)
        return next(iter(found), None)

    async def create(self, kind: Kind, key: str, values: Values) -> Record:
        """Raises `Taken` where an address or key is another object's."""
        properties = await self._new(kind, key, values)
        body: dict[str, Any] = {"properties": properties, "associations": []}
        call = Call(f"create {kind}", "POST", self._path(kind), json=body, expected=(REFUSED, CONFLICT))
        return await self._record(kind, read(self._free(await self._system.call(call)), HubSpotObject))

    async def upsert(self, kind: Kind, key: str, values: Values, *, on: Sequence[Link] = ()) -> Record:
        """A batch of one, by the unique property."""
        mapped = self._translation.of(kind)
        properties = await self._new(kind, key, values)
        one = {"id": key, "idProperty": mapped.key, "properties": properties, "objectWriteTraceId": "1"}
        call = Call(f"upsert {kind}", "POST", self._path(kind, "batch", "upsert"), json={"inputs": [one]})
        answer = await self._system.call(call)
        batch = read(answer, Batch)
        if batch.status != "COMPLETE" or len(batch.results) != 1:
            refused = next((error.category for error in batch.errors), "no result")
            raise ServiceFailure(
                FailureCode.REJECTED if batch.errors else FailureCode.OUTCOME_UNKNOWN,
                self._system.name,
                f"upsert {kind}: {refused}",
            )
        # The answer may hold less than what was written: what is known is not read again.
        result = batch.results[0]
        known = {**properties, mapped.key: key, **result.properties}
        record = await self._record(kind, result.model_copy(update={"properties": known}))
        await self.link(kind, record.number, on)
        return record

    async def change(self, kind: Kind, number: str, values: Values, *, key: str | None = None) -> None:
        """One PATCH; an empty text empties a property."""
        properties = await self._translation.outgoing(kind, values)
        if key is not None:
            properties[self._translation.of(kind).key] = key
        body = {"properties": {name: value or "" for name, value in properties.items()}}
        if body["properties"]:
            path = self._path(kind, number)
            self._free(
                await self._system.call(
                    Call(f"change {kind}", "PATCH", path, json=body, expected=(REFUSED, CONFLICT))
                )
            )

    async def delete(self, kind: Kind, number: str) -> None:
        """Archives it: people can restore it for 90 days."""
        await self._system.call(
            Call(f"delete {kind}", "DELETE", self._path(kind, number), expected=(NOT_FOUND,))
        )

    async def link(self, kind: Kind, number: str, others: Sequence[Link]) -> None:
        """Default associations, by PUT: a repeat changes nothing."""
        paths = [
            self._path(kind, number, "associations", "default", self._translation.of(to).object, other)
            for to, other in others
        ]
        await together(self._system.call(Call(f"associate {kind}", "PUT", path)) for path in paths)

    async def unlink(self, kind: Kind, number: str, to: Kind, other: str) -> None:
        path = self._path(kind, number, "associations", self._translation.of(to).object, other)
        await self._system.call(Call(f"dissociate {kind}", "DELETE", path, expected=(NOT_FOUND,)))

    async def linked(self, kind: Kind, numbers: Sequence[str], to: Kind) -> dict[str, list[str]]:
        """A batch for every hundred."""
        objects = (self._translation.of(kind).object, self._translation.of(to).object)
        path = f"/crm/associations/{VERSION}/{objects[0]}/{objects[1]}/batch/read"
        found = dict[str, list[str]]()
        for part in _parts(numbers):
            body = {"inputs": [{"id": number} for number in part]}
            operation = f"read associations of {kind}"
            answer = await self._system.call(Call(operation, "POST", path, json=body, reads_only=True))
            for one in read(answer, Associations).results:
                found[one.from_.id] = [str(other.toObjectId) for other in one.to]
        return found

    async def search(self, kind: Kind, alternatives: Sequence[Mapping[str, str]]) -> list[str]:
        """One page of HubSpot's search, which shows writes only after a few moments."""
        groups = [filters for one in alternatives if (filters := self._filters(kind, one))][:MOST_GROUPS]
        if not groups:
            return []
        body = {
            "filterGroups": [{"filters": filters} for filters in groups],
            "properties": [self._translation.of(kind).key],
            "sorts": ["createdate"] if kind in (Kind.COMPANY, Kind.CONTACT) else ["hs_createdate"],
            "limit": LARGEST_PAGE,
            "after": "0",
        }
        path = self._path(kind, "search")
        answer = await self._system.call(Call(f"search {kind}", "POST", path, json=body, reads_only=True))
        return [one.id for one in read(answer, Found).results]

    async def describe(self) -> CrmSchema:
        """Every property of the objects that the mapping names."""
        objects = sorted({self._translation.of(kind).object for kind in Kind})
        calls = [Call("describe", "GET", f"/crm/properties/{VERSION}/{quoted(one)}") for one in objects]
        answers = await together(map(self._system.call, calls))
        return CrmSchema(
            fields=tuple(
                CrmField(
                    crm_object=name,
                    name=held.name,
                    writable=not held.calculated
                    and not (held.modificationMetadata and held.modificationMetadata.readOnlyValue),
                    unique=held.hasUniqueValue,
                )
                for name, answer in zip(objects, answers, strict=True)
                for held in read(answer, Properties).results
            )
        )

    def _path(self, kind: Kind, *parts: str) -> str:
        return "/".join((OBJECTS, *map(quoted, (self._translation.of(kind).object, *parts))))

    def _filters(self, kind: Kind, wanted: Mapping[str, str]) -> list[dict[str, str]]:
        filters = list[dict[str, str]]()
        for name, value in wanted.items():
            held = self._translation.property_of(kind, name)
            words = value.split()
            if name != "name":
                filters += [{"propertyName": one, "operator": "EQ", "value": value} for one in held[:1]]
            elif len(held) == 1:
                filters += [_token(held[0], word) for word in words]
            else:
                filters += [_token(held[0], words[0]), *(_token(held[1], word) for word in words[1:])]
        return filters[:MOST_FILTERS]

    async def _new(self, kind: Kind, key: str, values: Values) -> dict[str, str]:
        mapped = self._translation.of(kind)
        properties = await self._translation.outgoing(kind, values)
        written = {name: value for name, value in properties.items() if value}
        return {**mapped.constants, **written, mapped.key: key}

    async def _read_batches(self, kind: Kind, ids: Sequence[str], id_property: str | None) -> list[Record]:
        found = list[Record]()
        for part in _parts(ids):
            body: dict[str, Any] = {
                "inputs": [{"id": one} for one in part],
                "properties": list(self._translation.of(kind).properties()),
                "propertiesWithHistory": [],
            }
            if id_property is not None:
                body["idProperty"] = id_property
            path = self._path(kind, "batch", "read")
            answer = await self._system.call(Call(f"read {kind}", "POST", path, json=body, reads_only=True))
            batch = read(answer, Batch)
            if any(error.category not in _NOT_THERE for error in batch.errors):
                raise answer.malformed("holds errors other than of objects that are not there")
            found += [
                await self._record(kind, one)
                for one in batch.results
                if self._translation.is_of(kind, one.properties)
            ]
        return found

    async def _record(self, kind: Kind, found: HubSpotObject, links: Collection[Kind] = ()) -> Record:
        mapped = self._translation.of(kind)
        linked = {
            to: tuple(
                dict.fromkeys(
                    one.id for one in found.associations.get(self._translation.of(to).object, _NONE).results
                )
            )
            for to in links
        }
        values = await self._translation.incoming(kind, found.properties)
        return Record(kind, found.id, values, found.properties.get(mapped.key) or None, linked)

    def _free(self, answer: Answer) -> Answer:
        """The answer, unless it says that a unique value is taken, or another refusal."""
        if answer.status in (200, 201):
            return answer
        body = answer.json()
        message = first_text(body, "message") or ""
        if answer.status == CONFLICT or _TAKEN_TOO in message:
            existing = EXISTING.search(message)
            raise Taken(existing[1] if existing else None)
        raise self._system.failure_of(answer)


def _token(name: str, word: str) -> dict[str, str]:
    return {"propertyName": name, "operator": "CONTAINS_TOKEN", "value": word}


def _parts(numbers: Sequence[str]) -> list[Sequence[str]]:
    return [numbers[start : start + LARGEST_BATCH] for start in range(0, len(numbers), LARGEST_BATCH)]
