"""Tryton's records as `Records`."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from connectors.remote_crm.records import SYSTEM, WORK_KINDS, Kind, Link, Record, Taken, Values
from connectors.together import together
from connectors.tryton.cells import (
    FIELDS,
    KEY,
    LINK,
    MODELS,
    NOTE,
    OPPORTUNITY,
    PARTY,
    PLACES,
    WORK,
    cell_name,
    link_to,
    told_apart,
)
from connectors.tryton.domains import CUSTOMER, KIND, condition, is_of, keyed, links_to, mechanism_is
from connectors.tryton.held import READ, Held, held_from
from connectors.tryton.models import Domain, TrytonModels, any_of
from connectors.tryton.people import TrytonPeople
from contracts.crm import CrmField, CrmSchema
from contracts.failures import FailureCode, ServiceFailure

LONGEST = 500
"""Characters of a line. Tryton takes any number; what is longer was meant for another field."""


class TrytonRecords:
    """`Records` in Tryton.

    Args:
        models: Tryton's REST interface.
        people: employees, currencies and the company that we work for.
    """

    def __init__(self, models: TrytonModels, people: TrytonPeople) -> None:
        self._models = models
        self._people = people

    async def get(self, kind: Kind, number: str, *, links: Collection[Kind] = ()) -> Record | None:
        """One read, and a search for each kind of link."""
        held = await self._held(kind, number)
        if held is None:
            return None
        record = await self._record(kind, held)
        if not links:
            return record
        linked = await asyncio.gather(*(self._linked(kind, [held], to) for to in links))
        found = {to: tuple(of.get(number, ())) for to, of in zip(links, linked, strict=True)}
        return replace(record, links=found)

    async def get_many(self, kind: Kind, numbers: Sequence[str]) -> list[Record]:
        """One search for all."""
        held = await self._held_many(kind, numbers)
        records = {one.number: await self._record(kind, one) for one in held}
        return [records[number] for number in dict.fromkeys(numbers) if number in records]

    async def by_key(self, kind: Kind, key: str) -> Record | None:
        """Searches show what was written as soon as it is."""
        found = await self._found(kind, keyed(kind, key))
        return next((one for one in found if one.key == key), next(iter(found), None))

    async def by_email(self, email: str) -> Record | None:
        return next(iter(await self._found(Kind.CONTACT, mechanism_is("email", email))), None)

    async def create(self, kind: Kind, key: str, values: Values) -> Record:
        """Raises `Taken`: a party's code is unique in the database, any other key is looked for before."""
        if (standing := await self.by_key(kind, key)) is not None:
            raise Taken(standing.number)
        held = Held(cells=[(KIND, told_apart(kind))])
        await self._put(kind, held, values)
        self._give_key(kind, held, key)
        place = PLACES[kind]
        values_of_all = await self._people.completed(place.model, held.created(place))
        number = await self._models.create(place.model, values_of_all)
        if kind is Kind.ENROLMENT:
            await self._step_back(kind, key, number)
        made = await self.get(kind, number)
        if made is None:
            raise ServiceFailure(FailureCode.OUTCOME_UNKNOWN, SYSTEM, f"create {kind}: it is gone already")
        return made

    async def upsert(self, kind: Kind, key: str, values: Values, *, on: Sequence[Link] = ()) -> Record:
        """Looks for the key first: whoever calls this holds the key against all other workers."""
        standing = await self.by_key(kind, key)
        if standing is None:
            standing = await self.create(kind, key, values)
        elif kind is not Kind.NOTE:  # Tryton lets nobody change what a note says
            await self.change(kind, standing.number, values)
            standing = await self.get(kind, standing.number) or standing
        if on:
            await self.link(kind, standing.number, on)
        return standing

    async def change(self, kind: Kind, number: str, values: Values, *, key: str | None = None) -> None:
        """Reads the record and writes what differs. Raises NOT_FOUND; `Taken`."""
        held = await self._held(kind, number)
        if held is None:
            raise ServiceFailure(FailureCode.NOT_FOUND, SYSTEM, f"there is no such {kind}")
        changed = held.copy()
        await self._put(kind, changed, values)
        if key is not None:
            standing = await self.by_key(kind, key)
            if standing is not None and standing.number != number:
                raise Taken(standing.number)
            self._give_key(kind, changed, key)
        await self._write(kind, held, changed)

    async def delete(self, kind: Kind, number: str) -> None:
        """An opportunity is cancelled first: Tryton deletes no other."""
        model = PLACES[kind].model
        if model == OPPORTUNITY:
            await self._models.act(model, number, "cancel")
        await self._models.delete(model, number)

    async def link(self, kind: Kind, number: str, others: Sequence[Link]) -> None:
        """Lines on the first; where Tryton has a field of its own for it, that as well."""
        held = await self._held(kind, number)
        if held is None:
            raise ServiceFailure(FailureCode.NOT_FOUND, SYSTEM, f"there is no such {kind}")
        there = await asyncio.gather(*(self._held(to, other) for to, other in others))
        if None in there:
            raise ServiceFailure(
                FailureCode.NOT_FOUND, SYSTEM, f"what the {kind} is linked with is not there"
            )
        changed, model = held.copy(), PLACES[kind].model
        if model == NOTE:
            to, other = next((one for one in others if one[0] in WORK_KINDS), others[-1])
            changed.native["resource"] = f"{PLACES[to].model},{other}"
            await self._write(kind, held, changed)
            return
        for to, other in others:
            if (cell := (LINK, link_to(to, other))) not in changed.cells:
                changed.cells.append(cell)
        party = next((int(other) for to, other in others if PLACES[to].model == PARTY), None)
        if party is not None and model in (OPPORTUNITY, WORK):
            changed.native["party"] = party
        await self._write(kind, held, changed)

    async def unlink(self, kind: Kind, number: str, to: Kind, other: str) -> None:
        held = await self._held(kind, number)
        if held is not None:
            changed = held.copy()
            changed.cells = [cell for cell in held.cells if cell != (LINK, link_to(to, other))]
            await self._write(kind, held, changed)

    async def linked(self, kind: Kind, numbers: Sequence[str], to: Kind) -> dict[str, list[str]]:
        """Two searches for all."""
        return await self._linked(kind, await self._held_many(kind, numbers), to)

    async def search(self, kind: Kind, alternatives: Sequence[Mapping[str, str]]) -> list[str]:
        """One search; names match by their first word, other values as they are."""
        domain = any_of(
            [[condition(kind, name, value) for name, value in one.items()] for one in alternatives]
        )
        return [one.number for one in await self._found(kind, domain)] if alternatives else []

    async def describe(self) -> CrmSchema:
        """Every field of the models that hold our records."""
        found = await together(
            self._models.search("ir.model.field", [["model", "=", model]], ("name",)) for model in MODELS
        )
        return CrmSchema(
            fields=tuple(
                CrmField(
                    crm_object=model,
                    name=str(field.get("name")),
                    unique=(model, field.get("name")) == (PARTY, "code"),
                )
                for model, fields in zip(MODELS, found, strict=True)
                for field in fields
            )
        )

    async def _held(self, kind: Kind, number: str) -> Held | None:
        if not number.isdecimal():
            return None
        place = PLACES[kind]
        found = await self._models.read(place.model, number, READ[place.model])
        held = held_from(place, found) if found else None
        return held if held and is_of(kind, held) else None

    async def _held_many(self, kind: Kind, numbers: Sequence[str]) -> list[Held]:
        wanted = [int(number) for number in numbers if number.isdecimal()]
        return await self._search(kind, [["id", "in", wanted]]) if wanted else []

    async def _search(self, kind: Kind, domain: Domain) -> list[Held]:
        place = PLACES[kind]
        found = await self._models.search(place.model, domain, READ[place.model])
        return [held for one in found if is_of(kind, held := held_from(place, one))]

    async def _found(self, kind: Kind, domain: Domain) -> list[Record]:
        return [await self._record(kind, held) for held in await self._search(kind, domain)]

    async def _record(self, kind: Kind, held: Held) -> Record:
        own, cells = PLACES[kind].own, dict(reversed(held.cells))
        values: dict[str, str | None] = {}
        for name in FIELDS[kind]:
            value = held.text_of(own[name]) if name in own else cells.get(cell_name(kind, name))
            if name == "owner_id" and value:
                value = await self._people.person_of(value)
            values[name] = value or None
        key = cells.get(KEY) or held.text_of("code")
        return Record(kind, held.number, values, cells.get(CUSTOMER) if kind is Kind.ACCOUNT else key or None)

    async def _put(self, kind: Kind, held: Held, values: Values) -> None:
        own = PLACES[kind].own
        for name, given in values.items():
            if name not in FIELDS[kind]:
                continue
            if given is not None and name != "body" and len(given) > LONGEST:
                raise ServiceFailure(
                    FailureCode.REJECTED, SYSTEM, f"{kind}.{name}: at most {LONGEST} characters fit"
                )
            value = await self._people.employee_of(given) if name == "owner_id" and given else given
            if name in own and (value == held.text_of(own[name]) or (name == "currency" and value is None)):
                continue  # it stands already; an opportunity is never without a currency
            if name in own:
                held.native[own[name]] = await self._people.native(name, value)
            else:
                held.set(cell_name(kind, name), value)

    def _give_key(self, kind: Kind, held: Held, key: str) -> None:
        if kind is Kind.ACCOUNT:
            held.set(CUSTOMER, key)
        elif PLACES[kind].model == PARTY and not held.number:
            held.native["code"] = key
        elif key == held.text_of("code"):
            held.set(KEY, None)  # a code stands for ever, and this was the first key
        else:
            held.set(KEY, key)

    async def _step_back(self, kind: Kind, key: str, number: str) -> None:
        """Of several that were made for one key at once, the oldest stands. Raises `Taken`."""
        standing = await self.by_key(kind, key)
        if standing is not None and standing.number != number:
            await self.delete(kind, number)
            raise Taken(standing.number)

    async def _write(self, kind: Kind, before: Held, after: Held) -> None:
        values = after.written(PLACES[kind], before)
        if values:
            await self._models.write(PLACES[kind].model, before.number, values)

    async def _linked(self, kind: Kind, held: Sequence[Held], to: Kind) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        start = link_to(to, "")
        for one in held:
            found[one.number] += [
                value.removeprefix(start) for value in one.links() if value.startswith(start)
            ]
        mine = {link_to(kind, one.number): one.number for one in held}
        back = await self._search(to, links_to(to, kind, [one.number for one in held])) if held else []
        for other in back:
            for link in other.links():
                if (number := mine.get(link)) is not None and other.number not in found[number]:
                    found[number].append(other.number)
        return dict(found)
