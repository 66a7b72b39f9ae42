"""Pipedrive: version 2 of its API, and version 1 for what is there alone, notes and users.

Our key is a custom field; activities and notes have none, so there it is a mark at the end of a text.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import ConfigDict

from connectors.answers import Said, read, read_part
from connectors.card import ConnectorCard
from connectors.connections.crm import PipedriveSettings
from connectors.errors import ErrorRow, ErrorTable, first_text
from connectors.http import Answer, Call, HttpSystem
from connectors.remote_crm import forms
from connectors.remote_crm.keyless import Properties, Row
from connectors.remote_crm.keyless_card import operations
from connectors.remote_crm.opening import CrmKit, CrmPorts, keyless_records
from connectors.remote_crm.outside import NO_EFFECTS, OpenedRecords, People, there
from connectors.remote_crm.records import SYSTEM
from connectors.settings import Connections
from connectors.together import together
from contracts.crm import CrmSchema
from contracts.crm_mapping import CrmMapping
from contracts.failures import FailureCode

ERRORS = ErrorTable(
    (
        # An error inside of a success.
        ErrorRow(HTTPStatus.OK, None, FailureCode.REJECTED),
        ErrorRow(HTTPStatus.FORBIDDEN, "feature_capping_deals_limit", FailureCode.FORBIDDEN),
        # The window of a burst. Where the day's budget is gone, attempts end when the failure table says so.
        ErrorRow(HTTPStatus.TOO_MANY_REQUESTS, None, FailureCode.RATE_LIMITED, timedelta(seconds=2)),
    ),
    code_of=lambda body: first_text(body, "code"),
)

PAGE, NEWEST, IDS, MOST_PAGES = "500", "200", 100, 20
"""Rows of a page, and of the newest; ids of one read; pages of a list that always names another one."""

USERS = "/v1/users"
_ON = ("org_id", "person_id", "deal_id")
LONGEST = {"varchar": 255, "varchar_auto": 255}
CLOSED = ("won", "lost")  # states of a deal, which are no stages here

WAYS = {"emails": "email", "phones": "phone"}
"""What a person is reached by, and how a search calls it."""

OWN = {
    "organizations": ("name", "owner_id"),
    "persons": ("name", "emails", "phones", "owner_id", "org_id"),
    "deals": ("title", "value", "currency", "owner_id", "pipeline_id", "stage_id", "org_id", "person_id"),
    "activities": ("subject", "type", "owner_id", "due_date", "done", "note", *_ON),
    "notes": ("content", "add_time", *_ON),
}
"""By object, Pipedrive's own fields that can be mapped. Any other is a custom field, by its name or code."""

FORMS: Mapping[str, forms.Form] = {
    **dict.fromkeys(("owner_id", "pipeline_id", "value", *_ON), forms.number),
    **dict.fromkeys(WAYS, forms.ways),
    **dict.fromkeys(("note", "content"), forms.html),
    "name": forms.name,
    "done": forms.yes_no,
    "stage_id": lambda to: {"status": to} if to in CLOSED else {"stage_id": int(to or ""), "status": "open"},
    "due_date": lambda at: {"due_date": at and at[:10], "due_time": at and at[11:16]},
    "add_time": lambda at: at and at[:19].replace("T", " "),
    # Its own reference is read-only: it is that of the primary participant.
    "activities.person_id": lambda to: {
        "participants": [{"person_id": int(to), "primary": True}] if to else []
    },
}
"""Of fields that are no texts."""

S = TypeVar("S", bound=Said)


class _Page(Said):
    next_cursor: str | None = None
    next_start: int | None = None
    pagination: "_Page | None" = None


class _Answered(Said):
    success: bool
    data: dict[str, Any] | list[Any] | bool | str | float | None = None
    additional_data: _Page | None = None


class _Item(Said):
    id: int


class _Found(_Item):
    model_config = ConfigDict(extra="allow")
    emails: tuple[forms.Way, ...] | None = None
    phones: tuple[forms.Way, ...] | None = None
    custom_fields: Mapping[str, Any] | None = None

    def ways(self, field: str) -> list[forms.Way]:
        """A person's addresses or numbers, the first one first."""
        return sorted(getattr(self, field) or (), key=lambda way: not way.primary)

    def row(self, fields: forms.ObjectFields) -> Row:
        """Its fields as texts; a closed deal's state stands for its stage."""
        told = fields.told(self.model_extra or {}, self.custom_fields or {})
        several = {name: tuple(way.value for way in self.ways(name)) for name in WAYS if name in told}
        told |= {name: values[0] if values else None for name, values in several.items()}
        if (status := getattr(self, "status", None)) in CLOSED:
            told["stage_id"] = status
        return Row(str(self.id), told, several)


class _Hit(Said):
    item: _Item


class _Hits(Said):
    items: list[Any]


class _Custom(Said):
    field_name: str
    field_code: str
    field_type: str
    is_custom_field: bool


class _User(_Item):
    email: str
    active_flag: bool


class Pipedrive:
    """One company's Pipedrive, as a `KeylessCrm`."""

    marked: Collection[str] = ("activities", "notes")

    def __init__(self, system: HttpSystem) -> None:
        self._system = system
        self._fields: dict[str, forms.ObjectFields] = {}

    async def read(self, crm_object: str, numbers: Sequence[str]) -> list[Row]:
        fields = await self._fields_of(crm_object)
        return [one.row(fields) for one in await self._found(crm_object, numbers)]

    async def having(self, crm_object: str, field: str, value: str) -> list[Row]:
        """One search goes over all custom fields, and reads no capitals."""
        if crm_object in self.marked:
            return []
        hits = await self._hits(crm_object, WAYS.get(field, "custom_fields"), value, exact=True)
        return await self.read(crm_object, hits)

    async def newest(self, crm_object: str, on: Mapping[str, str]) -> list[Row]:
        """The 200 that were changed last."""
        order = {"sort_by": "update_time", "sort_direction": "desc"}
        order = {"sort": "update_time DESC"} if crm_object == "notes" else order
        return await self._rows(crm_object, {**on, **order, "limit": NEWEST})

    async def alike(self, crm_object: str, field: str, words: str) -> list[str]:
        """One character is enough for a search that must match exactly."""
        return await self._hits(crm_object, field, words, exact=len(words) == 1)

    async def referring(self, crm_object: str, field: str, number: str) -> list[Row]:
        return await self._rows(crm_object, {field: number}, MOST_PAGES)

    async def make(self, crm_object: str, properties: Properties) -> Row:
        body = (await self._fields_of(crm_object)).body(properties)
        return await self._written(crm_object, "POST", _path(crm_object), body)

    async def write(self, crm_object: str, number: str, properties: Properties) -> Row:
        """A person's other addresses and numbers stay: the API takes all of them or none."""
        body = (await self._fields_of(crm_object)).body(properties)
        for field in body.keys() & WAYS:
            for one in await self._found(crm_object, [number]):
                body[field] = forms.beside(one.ways(field), body[field])
        method = "PUT" if crm_object == "notes" else "PATCH"
        return await self._written(crm_object, method, _path(crm_object, number), body)

    async def delete(self, crm_object: str, number: str) -> None:
        """People can restore for 30 days what they miss; a note they cannot."""
        gone = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
        call = Call(f"delete {crm_object}", "DELETE", _path(crm_object, number), expected=gone)
        if (answer := await self._system.call(call)).status not in gone:
            self._said(answer)

    async def describe(self, objects: Collection[str]) -> CrmSchema:
        """Pipedrive's own fields as its API has them, custom ones as the company has them."""
        fields = [await self._fields_of(one) for one in sorted(OWN.keys() & objects)]
        found = tuple(field for one in fields for field in one.described())
        return CrmSchema(fields=found, has_unique_fields=False)

    async def owners(self) -> dict[str, str]:
        users = await self._list(USERS, _User, {})
        return {one.email.lower(): str(one.id) for one in users if one.active_flag}

    async def _found(self, crm_object: str, numbers: Sequence[str]) -> list[_Found]:
        """A call for every hundred, which leaves out what is deleted. No list gives notes by their ids."""
        ids, path = [number for number in numbers if number.isdecimal()], _path(crm_object)
        queries = [{"ids": ",".join(ids[start : start + IDS])} for start in range(0, len(ids), IDS)]
        if crm_object == "notes":
            queries = [{"sort": "id ASC"}] if ids else []
        lists = await together(self._list(path, _Found, query, MOST_PAGES) for query in queries)
        return [one for found in lists for one in found if str(one.id) in ids]

    async def _rows(self, crm_object: str, query: Mapping[str, str], most: int = 1) -> list[Row]:
        fields = await self._fields_of(crm_object)
        return [one.row(fields) for one in await self._list(_path(crm_object), _Found, query, most)]

    async def _hits(self, crm_object: str, fields: str, term: str, *, exact: bool) -> list[str]:
        query = {"term": term, "fields": fields, "exact_match": str(exact).lower()}
        return [str(hit.item.id) for hit in await self._list(_path(crm_object, "search"), _Hit, query)]

    async def _list(self, path: str, model: type[S], query: Mapping[str, str], most: int = 1) -> list[S]:
        found, asked = list[S](), {**({"limit": PAGE} if path != USERS else {}), **query}
        for _ in range(most):
            answer = await self._system.call(Call(f"list {path}", "GET", path, query=[*asked.items()]))
            said = self._said(answer)
            rows = read_part(answer, said.data, _Hits).items if isinstance(said.data, dict) else said.data
            if not isinstance(rows, list | None):
                raise answer.malformed("is no list")
            found += [read_part(answer, one, model) for one in rows or ()]
            more = said.additional_data or _Page()
            start = more.pagination and more.pagination.next_start
            if not (more.next_cursor or start):
                break
            asked |= {"cursor": more.next_cursor} if more.next_cursor else {"start": str(start)}
        return found

    async def _written(self, crm_object: str, method: str, path: str, body: Mapping[str, Any]) -> Row:
        answer = await self._system.call(Call(f"write {crm_object}", method, path, json=body))
        one = read_part(answer, self._said(answer).data, _Found)
        return one.row(await self._fields_of(crm_object))

    def _said(self, answer: Answer) -> _Answered:
        said = read(answer, _Answered)
        if not said.success:
            raise self._system.failure_of(answer)
        return said

    async def _fields_of(self, crm_object: str) -> forms.ObjectFields:
        """A worker asks for custom fields once: it sees none that are made while it runs."""
        if crm_object not in self._fields:
            path, listed = _path(f"{crm_object.removesuffix('s')}Fields"), crm_object not in self.marked
            found = await self._list(path, _Custom, {}, MOST_PAGES) if listed else []
            custom = [
                forms.CustomField(one.field_name, one.field_code, LONGEST.get(one.field_type))
                for one in found
                if one.is_custom_field
            ]
            own = {name: FORMS.get(name, forms.text) for name in OWN.get(crm_object, ())}
            own |= {name: FORMS.get(f"{crm_object}.{name}", form) for name, form in own.items()}
            self._fields[crm_object] = forms.ObjectFields(crm_object, own, custom)
        return self._fields[crm_object]


def _path(crm_object: str, *parts: str) -> str:
    return "/".join(("/v1" if crm_object == "notes" else "/api/v2", crm_object, *parts))


def pipedrive_system(settings: PipedriveSettings) -> HttpSystem:
    """Pipedrive's API."""
    headers = {"x-api-token": settings.token.get_secret_value()}
    return HttpSystem(SYSTEM, settings.url, headers=headers, errors=ERRORS)


def pipedrive(settings: PipedriveSettings, kit: CrmKit) -> CrmPorts:
    """`Crm` and `Accounts` in Pipedrive."""
    return kit.keyless_ports(Pipedrive(kit.opened(pipedrive_system(settings))))


@asynccontextmanager
async def outside(settings: Connections, mapping: CrmMapping | None, people: People) -> OpenedRecords:
    """Pipedrive's records, outside of a worker."""
    async with pipedrive_system(there(settings.pipedrive)) as system:
        yield keyless_records(Pipedrive(system), there(mapping), people, NO_EFFECTS)


CARD = ConnectorCard(
    name="pipedrive",
    port="crm",
    system="Pipedrive API v2, and v1 for notes and users",
    operations=operations(
        "a record that Pipedrive's search does not show yet, after which 200 others of its kind were changed",
        "200 others were changed on the same record since, or somebody took the key out of the text",
    ),
    rate_limit="tokens for a company and a day, by plan and seats; bursts in 2 s. A lead is 30 to 40 calls",
    scopes="a user's API token: sees and edits all persons, organizations, deals, activities and notes",
    not_established=(
        "no live account was used: how soon a search shows what was written, and that lists show it at once; "
        "the form of error bodies; the headers of a 429; how a reference to what is gone is refused; in what "
        "zone an activity's time is; how long names may be (255 is assumed); how much of a note's HTML is "
        "kept. A note must be on a record. Searches name addresses in their URL: a proxy may log them."
    ),
    outside=outside,
)
