"""A Salesforce org behind its REST API."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.salesforce.schema import PREFIXES, SCHEMA, Column
from tests.fakes.salesforce.soql import Malformed, parsed
from tests.fakes.server import Asked, Said

CLIENT_ID, CLIENT_SECRET = "3MVG9.client", "a-secret-of-the-fake"
USERS = ("sam@ours.example", "kim@ours.example", "ali@ours.example")
MOST_SUBS, MOST_QUERIES, MOST_RECORDS = 25, 5, 200
_DATE = re.compile(r"^\d{4}-\d\d-\d\d$")


class Refusal(Exception):
    """An error answer."""

    def __init__(self, status: int, code: str, message: str = "", *fields: str) -> None:
        super().__init__(code)
        self.said = Said(status, [{"message": message or code, "errorCode": code, "fields": list(fields)}])


@dataclass
class FakeSalesforce:
    """An org with its records."""

    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {one: {} for one in SCHEMA})
    asked: list[Asked] = field(default_factory=list[Asked])
    refusing: list[Said] = field(default_factory=list[Said])
    losing: Callable[[Asked], bool] = lambda _: False
    token: str = ""
    tokens: int = 0

    def __post_init__(self) -> None:
        self._ids = count(1)
        for email in USERS:
            number = f"005{next(self._ids):015d}"
            self.rows["User"][number] = {"Id": number, "Email": email, "IsActive": True}

    def count(self, name: str) -> int:
        """How many records there are."""
        return len(self.rows[name])

    def expire(self) -> None:
        """Ends the session that a token stands for."""
        self.token = "expired"

    def expired(self) -> Said:
        """The answer to a token that is no good."""
        return Refusal(401, "INVALID_SESSION_ID", "Session expired or invalid").said

    def answer(self, asked: Asked) -> Said:
        self.asked.append(asked)
        try:
            if asked.path == ("services", "oauth2", "token"):
                return self._login(asked)
            self._authorise(asked)
            if self.refusing:
                return self.refusing.pop(0)
            said = self._routed(asked)
        except Refusal as refusal:
            said = refusal.said
        return Said(502, {"message": "Bad Gateway"}) if self.losing(asked) else said

    def _authorise(self, asked: Asked) -> None:
        if asked.headers.get("authorization") != f"Bearer {self.token}" or not self.token:
            raise Refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")

    def _login(self, asked: Asked) -> Said:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        if asked.method != "POST" or form.get("grant_type") != "client_credentials":
            return Said(400, {"error": "unsupported_grant_type", "error_description": "not supported"})
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return Said(400, {"error": "invalid_client", "error_description": "invalid client credentials"})
        self.tokens += 1
        self.token = f"00D!{self.tokens}"
        here = f"http://{asked.headers['host']}"
        said = {
            "access_token": self.token,
            "token_type": "Bearer",
            "instance_url": here,
            "id": f"{here}/id/00D000000000001EAA/{next(iter(self.rows['User']))}",
        }
        return Said(200, said)

    def _routed(self, asked: Asked) -> Said:
        if asked.path[:3] != ("services", "data", "v68.0"):
            raise _nowhere()
        match (asked.method, *asked.path[3:]):
            case ("GET", "query"):
                said = self._query(asked.query)
            case ("POST", "composite"):
                said = self._composite(_body(asked))
            case ("GET", "sobjects", name, "describe"):
                said = Said(200, {"name": name, "fields": _described(_known(name))})
            case ("POST", "sobjects", name) | ("POST", "sobjects", name, ""):
                number = self._create(_known(name), _body(asked))
                said = Said(201, {"id": number, "success": True, "errors": []})
            case ("PATCH", "sobjects", name, number):
                self._change(_known(name), self._row(name, number), _body(asked))
                said = Said(204)
            case ("DELETE", "sobjects", name, number):
                self._row(_known(name), number)
                self._delete(name, number)
                said = Said(204)
            case ("PATCH", "composite", "sobjects", name, key):
                said = Said(200, self._upserts(_known(name), key, _body(asked)))
            case _:
                raise _nowhere()
        return said

    def _composite(self, body: dict[str, Any]) -> Said:
        subs = body.get("compositeRequest")
        if not isinstance(subs, list) or not 0 < len(subs) <= MOST_SUBS or "allOrNone" not in body:
            raise Refusal(400, "JSON_PARSER_ERROR")
        queries = [one for one in subs if one["method"] == "GET" and "/query/" in one["url"]]
        if len(queries) != len(subs) or len(queries) > MOST_QUERIES:
            raise Refusal(400, "INVALID_INPUT", "at most five queries")
        return Said(200, {"compositeResponse": [self._sub(one) for one in subs]})

    def _sub(self, sub: dict[str, Any]) -> dict[str, Any]:
        try:
            # `_composite` lets nothing but queries through.
            said = self._query(parse_qs(urlsplit(sub["url"]).query))
        except Refusal as refusal:
            said = refusal.said
        return {
            "body": said.body,
            "httpHeaders": {},
            "httpStatusCode": said.status,
            "referenceId": sub["referenceId"],
        }

    def _query(self, asked: Mapping[str, list[str]]) -> Said:
        try:
            query = parsed(asked["q"][0])
        except Malformed:
            raise Refusal(400, "MALFORMED_QUERY") from None
        columns = {"Id", *SCHEMA.get(query.name, ())}
        if query.name not in SCHEMA:
            raise Refusal(400, "INVALID_TYPE")
        if unknown := {*query.fields, *query.asked} - columns:
            raise Refusal(400, "INVALID_FIELD", f"No such column {sorted(unknown)}")
        rows = [row for row in self.rows[query.name].values() if query.matches(row)][: query.limit]
        shown: list[dict[str, Any]] = [
            {"attributes": {}, **{one: row.get(one) for one in query.fields}} for row in rows
        ]
        return Said(200, {"totalSize": len(shown), "done": True, "records": shown})

    def _row(self, name: str, number: str) -> dict[str, Any]:
        if number not in self.rows[name]:
            raise Refusal(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible")
        return self.rows[name][number]

    def _create(self, name: str, given: dict[str, Any]) -> str:
        missing = [one for one, held in SCHEMA[name].items() if held.required and not given.get(one)]
        if missing:
            raise Refusal(400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: {missing}", *missing)
        number = f"{PREFIXES[name]}{next(self._ids):015d}"
        row = {"Id": number, "OwnerId": next(iter(self.rows["User"]))}
        self._change(name, row, given)
        self.rows[name][number] = row
        return number

    def _change(self, name: str, row: dict[str, Any], given: dict[str, Any]) -> None:
        for one, value in given.items():
            if one not in SCHEMA[name]:
                raise Refusal(400, "INVALID_FIELD", f"No such column '{one}' on sobject of type {name}", one)
            self._check(name, one, SCHEMA[name][one], value, row["Id"])
        row.update(given)

    def _check(self, name: str, one: str, held: Column, value: Any, number: str) -> None:
        if value is None:
            if held.required or one == "OwnerId":
                raise Refusal(400, "REQUIRED_FIELD_MISSING", one, one)
            return
        if held.number != isinstance(value, int) or not isinstance(value, int | str):
            raise Refusal(400, "JSON_PARSER_ERROR", f"Cannot deserialize {one}", one)
        if isinstance(value, str) and held.length and len(value) > held.length:
            raise Refusal(400, "STRING_TOO_LONG", f"{one}: data value too large", one)
        if held.date and not _DATE.match(str(value)):
            raise Refusal(400, "JSON_PARSER_ERROR", f"{one} is no date", one)
        if held.options and value not in held.options:
            raise Refusal(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", one, one)
        if held.to and not any(value in self.rows[to] for to in held.to):
            raise Refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", one)
        if held.unique:
            self._refuse_taken(name, one, value, number)

    def _refuse_taken(self, name: str, one: str, value: Any, number: str) -> None:
        for other in self.rows[name].values():
            if other.get(one) == value and other["Id"] != number:
                text = f"duplicate value found: {one} duplicates value on record with id: {other['Id']}"
                raise Refusal(400, "DUPLICATE_VALUE", text)

    def _upserts(self, name: str, key: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        given = body.get("records")
        if not isinstance(given, list) or not 0 < len(given) <= MOST_RECORDS:
            raise Refusal(400, "JSON_PARSER_ERROR", "no list of records")
        if key not in SCHEMA[name] or not SCHEMA[name][key].unique:
            raise Refusal(400, "INVALID_FIELD", "Provided external ID field does not exist")
        return [self._upserted(name, key, one) for one in given]

    def _upserted(self, name: str, key: str, given: dict[str, Any]) -> dict[str, Any]:
        try:
            number, created = self._upsert(name, key, given)
        except Refusal as refusal:
            (error,) = refusal.said.body
            told = {"statusCode": error["errorCode"], "message": error["message"], "fields": error["fields"]}
            return {"success": False, "errors": [told]}
        return {"id": number, "success": True, "errors": [], "created": created}

    def _upsert(self, name: str, key: str, given: dict[str, Any]) -> tuple[str, bool]:
        fields = {one: value for one, value in given.items() if one != "attributes"}
        if given.get("attributes", {}).get("type") != name or "Id" in fields or not fields.get(key):
            raise Refusal(400, "INVALID_FIELD", "the type and the external id belong into each record")
        for row in self.rows[name].values():
            if row.get(key) == fields[key]:
                self._change(name, row, fields)
                return row["Id"], False
        return self._create(name, fields), True

    def _delete(self, name: str, number: str) -> None:
        del self.rows[name][number]
        for other, columns in SCHEMA.items():
            for one in (one for one, held in columns.items() if name in held.to):
                for row in self.rows[other].values():
                    if row.get(one) == number:
                        row[one] = None


def _known(name: str) -> str:
    if name not in SCHEMA:
        raise _nowhere()
    return name


def _nowhere() -> Refusal:
    return Refusal(404, "NOT_FOUND", "The requested resource does not exist")


def _body(asked: Asked) -> dict[str, Any]:
    body = asked.json()
    if not isinstance(body, dict):
        raise Refusal(400, "JSON_PARSER_ERROR")
    return body


def _described(name: str) -> list[dict[str, Any]]:
    own = [{"name": "Id", "length": 18, "updateable": False, "unique": False}]
    return own + [
        {"name": one, "length": held.length, "updateable": True, "unique": held.unique}
        for one, held in SCHEMA[name].items()
    ]
