"""The paths of Pipedrive's API: version 2, and of version 1 those that have no other."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.pipedrive.company import Company, Refusal, Row
from tests.fakes.pipedrive.schema import CUSTOM, OWN
from tests.fakes.server import Asked, Said

TOKEN = "3f1c0d9e8b7a6f5e4d3c2b1a0f9e8d7c6b5a4f3e"
OWNERS = {
    9001: "sam@ours.example",
    9002: "kim@ours.example",
    9003: "ali@ours.example",
    9004: "somebody@else.example",
}
LARGEST_PAGE, MOST_IDS = 500, 100
PAGING, OLD_PAGING = {"limit", "cursor"}, {"limit", "start"}
_LISTED = {
    "persons": {"ids", "owner_id", "org_id", "deal_id", "sort_by", "sort_direction"},
    "organizations": {"ids", "owner_id", "sort_by", "sort_direction"},
    "deals": {
        "ids",
        "owner_id",
        "person_id",
        "org_id",
        "pipeline_id",
        "stage_id",
        "sort_by",
        "sort_direction",
    },
    "activities": {"ids", "owner_id", "deal_id", "person_id", "org_id", "done", "sort_by", "sort_direction"},
    "notes": {"deal_id", "person_id", "org_id", "sort"},
}
_SEARCHED = {
    "persons": {"custom_fields", "email", "notes", "phone", "name"},
    "organizations": {"address", "custom_fields", "notes", "name"},
    "deals": {"custom_fields", "notes", "title"},
}
Query = Mapping[str, str]


@dataclass
class FakePipedrive:
    """A Pipedrive company behind its API."""

    company: Company = field(default_factory=lambda: Company(OWNERS))
    asked: list[Asked] = field(default_factory=list[Asked])
    refusing: list[Said] = field(default_factory=list[Said])
    """Answers that the next requests get instead."""
    losing: Callable[[Asked], bool] = lambda _: False
    """Requests that are carried out, and whose answer is a gateway's error."""
    page: int = LARGEST_PAGE
    """Rows of a page at most, whatever is asked for."""
    gone: set[str] = field(default_factory=set[str])
    """Names of custom fields that somebody has deleted."""

    def answer(self, asked: Asked) -> Said:
        self.asked.append(asked)
        if asked.headers.get("x-api-token") != TOKEN:
            return Said(401, {"success": False, "error": "unauthorized access", "errorCode": 401})
        if self.refusing:
            return self.refusing.pop(0)
        try:
            said = self._routed(asked)
        except Refusal as refusal:
            said = Said(refusal.status, refusal.body, refusal.headers)
        return Said(502, {"message": "Bad Gateway"}) if self.losing(asked) else said

    def count(self, name: str) -> int:
        """How many records stand."""
        return len(self.company.standing(name))

    def _routed(self, asked: Asked) -> Said:
        query = {name: values[-1] for name, values in asked.query.items()}
        match asked.path:
            case ("v1", "users") if asked.method == "GET":
                _allow(query, set())
                users = [{"id": one, "email": email, "active_flag": True} for one, email in OWNERS.items()]
                return _said(users)
            case ("v1", "notes", *rest):
                return self._record("notes", asked, query, rest)
            case ("api", "v2", name, "search") if name in _SEARCHED and asked.method == "GET":
                return self._search(name, query)
            case ("api", "v2", fields) if (
                fields.removesuffix("Fields") + "s" in CUSTOM and asked.method == "GET"
            ):
                _allow(query, PAGING)
                return self._paged(self._fields(fields.removesuffix("Fields") + "s"), query)
            case ("api", "v2", name, *rest) if name in OWN and name != "notes":
                return self._record(name, asked, query, rest)
        raise Refusal(404, "unknown method", "ERR_NOT_FOUND")

    def _record(self, name: str, asked: Asked, query: Query, rest: Sequence[str]) -> Said:
        change = "PUT" if name == "notes" else "PATCH"
        match (asked.method, *rest):
            case ("GET",):
                return self._list(name, query)
            case ("POST",):
                return _said(_shown(name, self.company.create(name, _body(asked))), 201)
            case ("GET", number):
                return _said(_shown(name, self.company.get(name, number)))
            case (method, number) if method == change:
                return _said(_shown(name, self.company.change(name, number, _body(asked))))
            case ("DELETE", number):
                deleted = self.company.delete(name, number)
                return _said(True if name == "notes" else {"id": deleted})
        raise Refusal(404, "unknown method", "ERR_NOT_FOUND")

    def _list(self, name: str, query: Query) -> Said:
        _allow(query, _LISTED[name] | (OLD_PAGING if name == "notes" else PAGING))
        rows = list(self.company.standing(name).values())
        for one in ("owner_id", "person_id", "org_id", "deal_id", "pipeline_id", "stage_id"):
            if one in query:
                rows = [row for row in rows if str(row.get(one)) == query[one]]
        if "ids" in query:
            ids = query["ids"].split(",")
            if len(ids) > MOST_IDS or not all(one.isdecimal() for one in ids):
                raise Refusal(400, "'ids' is not valid", "ERR_SCHEMA_VALIDATION_FAILED")
            rows = [row for row in rows if str(row["id"]) in ids]
        by, _, way = query.get("sort", "id ASC").partition(" ")
        by, way = query.get("sort_by", by), query.get("sort_direction", way).upper()
        if by not in ("id", "update_time", "add_time") or way not in ("ASC", "DESC"):
            raise Refusal(400, "sorted by what is not known", "ERR_SCHEMA_VALIDATION_FAILED")
        rows.sort(key=lambda row: row[by], reverse=way == "DESC")
        return self._paged([_shown(name, row) for row in rows], query)

    def _search(self, name: str, query: Query) -> Said:
        _allow(query, PAGING | {"term", "fields", "exact_match", "organization_id", "person_id"})
        fields, term = query.get("fields", "").split(","), query.get("term", "").strip().lower()
        exact = query.get("exact_match", "false")
        if not set(fields) <= _SEARCHED[name] or exact not in ("true", "false"):
            raise Refusal(400, "'fields' or 'exact_match' is not valid", "ERR_SCHEMA_VALIDATION_FAILED")
        if len(term) < (1 if exact == "true" else 2):
            raise Refusal(400, "'term' is too short", "ERR_SCHEMA_VALIDATION_FAILED")
        hits = [
            {
                "result_score": 0.5,
                "item": {"id": number, "type": name.removesuffix("s"), "name": row.get("name")},
            }
            for number, row in self.company.indexed[name].items()
            if any(_matches(text.lower(), term, exact == "true") for text in _texts(row, fields))
        ]
        return self._paged(hits, query, within="items")

    def _fields(self, name: str) -> list[Row]:
        shape = {"is_optional_response_field": False, "options": None, "subfields": None}
        own = [
            {"field_name": one, "field_code": one, "field_type": "varchar", "is_custom_field": False, **shape}
            for one in OWN[name]
        ]
        return own + [
            {"field_name": one, "field_code": code, "field_type": form, "is_custom_field": True, **shape}
            for code, (one, form) in CUSTOM[name].items()
            if one not in self.gone
        ]

    def _paged(self, rows: list[Row], query: Query, within: str | None = None) -> Said:
        limit = query.get("limit", "100")
        if not limit.isdecimal() or not 0 < int(limit) <= LARGEST_PAGE:
            raise Refusal(400, "'limit' is not valid", "ERR_SCHEMA_VALIDATION_FAILED")
        start = int(query.get("start", 0)) if "cursor" not in query else _place(query["cursor"])
        end = start + min(int(limit), self.page)
        part, more = rows[start:end], end < len(rows)
        after = urlsafe_b64encode(f"at:{end}".encode()).decode()
        pagination = {"start": start, "limit": end - start, "more_items_in_collection": more}
        old = {"pagination": {**pagination, **({"next_start": end} if more else {})}}
        is_old = within is None and bool(rows) and "content" in rows[0]
        additional = old if is_old else {"next_cursor": after if more else None}
        return Said(
            200, {"success": True, "data": {within: part} if within else part, "additional_data": additional}
        )


def _place(cursor: str) -> int:
    try:
        return int(urlsafe_b64decode(cursor).decode().removeprefix("at:"))
    except ValueError:
        raise Refusal(400, "'cursor' is not valid", "ERR_SCHEMA_VALIDATION_FAILED") from None


def _said(data: Any, status: int = 200) -> Said:
    return Said(status, {"success": True, "data": data})


def _allow(query: Query, names: set[str]) -> None:
    if unknown := sorted(set(query) - names):
        raise Refusal(400, f"{unknown} is not allowed", "ERR_SCHEMA_VALIDATION_FAILED")


def _body(asked: Asked) -> Any:
    if "json" not in asked.headers.get("content-type", ""):
        raise Refusal(415, "the body is no JSON", "ERR_BAD_REQUEST")
    return asked.json()


def _shown(name: str, row: Row) -> Row:
    """A record as answers show it; version 1 knows no custom fields and calls the living active."""
    if name == "notes":
        hidden = ("is_deleted", "custom_fields")
        return {**{one: value for one, value in row.items() if one not in hidden}, "active_flag": True}
    if name == "activities":
        return {one: value for one, value in row.items() if one != "custom_fields"}
    return {**row, "custom_fields": {code: row["custom_fields"].get(code) for code in CUSTOM[name]}}


def _texts(row: Row, fields: Sequence[str]) -> list[str]:
    found = list[str]()
    for one in fields:
        if one in ("email", "phone"):
            found += [way["value"] for way in row[f"{one}s"]]
        elif one == "custom_fields":
            found += [value for value in row["custom_fields"].values() if value]
        else:
            found.append(row.get(one) or "")
    return found


def _matches(text: str, term: str, exact: bool) -> bool:
    return text == term if exact else all(word in text for word in term.split())
