"""The paths of HubSpot's API: those of version 2026-09, and of v3 and v4 for its own client."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.hubspot.account import Account, Held, Refusal
from tests.fakes.hubspot.schema import SCHEMA
from tests.fakes.server import Asked, Said

TOKEN = "pat-eu1-11111111-2222-4333-8444-555555555555"
OWNERS = {
    "sam@ours.example": "9001",
    "kim@ours.example": "9002",
    "ali@ours.example": "9003",
    "somebody@else.example": "9004",
}
LARGEST_BATCH = 100
LARGEST_PAGE = 200
_SEARCH = ("after", "limit", "properties", "sorts", "filterGroups")


@dataclass
class FakeHubSpot:
    """A HubSpot account behind its API."""

    account: Account = field(default_factory=lambda: Account(OWNERS))
    asked: list[Asked] = field(default_factory=list[Asked])
    refusing: list[Said] = field(default_factory=list[Said])
    """Answers that the next requests get instead."""
    losing: Callable[[Asked], bool] = lambda _: False
    """Requests that are carried out, and whose answer is a gateway's error."""

    def answer(self, asked: Asked) -> Said:
        self.asked.append(asked)
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return _refused(Refusal(401, "INVALID_AUTHENTICATION", "Authentication credentials not found."))
        if self.refusing:
            return self.refusing.pop(0)
        try:
            said = self._routed(asked)
        except Refusal as refusal:
            said = _refused(refusal)
        return Said(502, {"message": "Bad Gateway"}) if self.losing(asked) else said

    def refuse_next(self, status: int, body: dict[str, Any]) -> None:
        """Answers the next request with that."""
        self.refusing.append(Said(status, body))

    def count(self, name: str) -> int:
        """How many objects there are."""
        return len(self.account.objects[name])

    def _routed(self, asked: Asked) -> Said:
        match asked.path:
            case ("crm", "objects", "2026-09", *rest) | ("crm", "v3" | "v4", "objects", *rest):
                return self._objects(asked, rest)
            case ("crm", "associations", "2026-09", one, to, "batch", "read") if asked.method == "POST":
                return self._associations(_known(one), _known(to), _body(asked))
            case ("crm", "owners", "2026-09") | ("crm", "v3", "owners") if asked.method == "GET":
                owners = [
                    {"id": number, "email": email, "archived": False} for email, number in OWNERS.items()
                ]
                return Said(200, {"results": owners})
            case ("crm", "properties", "2026-09", name) if asked.method == "GET":
                return Said(200, {"results": _schema(_known(name))})
        raise Refusal(404, "NOT_FOUND", "resource not found")

    def _objects(self, asked: Asked, rest: list[str]) -> Said:  # noqa: PLR0911 - one for each path
        name, parts = _known(rest[0]), rest[1:]
        match (asked.method, *parts):
            case ("POST",):
                body = _body(asked)
                _require(body, "properties", "associations")
                return Said(201, _shown(self.account.create(name, body["properties"])))
            case ("POST", "batch", "read"):
                return self._read_batch(name, _body(asked))
            case ("POST", "batch", "upsert"):
                return self._upsert_batch(name, _body(asked))
            case ("POST", "search"):
                return self._search(name, _body(asked))
            case ("GET", number):
                return self._read(name, number, asked.query)
            case ("PATCH", number):
                held = self._held(name, number, asked.query)
                return Said(200, _shown(self.account.change(name, held, _body(asked).get("properties"))))
            case ("DELETE", number):
                self.account.archive(name, number)
                return Said(204)
            case ("PUT", number, "associations", "default", to, other):
                self.account.associate((name, number), (_known(to), other))
                return Said(200, {"status": "COMPLETE", "results": []})
            case ("DELETE", number, "associations", to, other):
                self.account.dissociate((name, number), (_known(to), other))
                return Said(204)
        raise Refusal(404, "NOT_FOUND", "resource not found")

    def _held(self, name: str, number: str, query: Mapping[str, list[str]]) -> Held:
        held = self.account.get(name, number, *query.get("idProperty", ()))
        if held is None:
            raise Refusal(404, "OBJECT_NOT_FOUND", "resource not found")
        return held

    def _read(self, name: str, number: str, query: Mapping[str, list[str]]) -> Said:
        held = self._held(name, number, query)
        wanted = [one for given in query.get("properties", []) for one in given.split(",")]
        shown = _shown(held, wanted)
        links = [one for given in query.get("associations", []) for one in given.split(",")]
        found = {to: self.account.associated((name, held.id), _known(to)) for to in links}
        if any(found.values()):
            shown["associations"] = {
                to: {"results": [{"id": number, "type": f"{name}_to_{to}"} for number in numbers]}
                for to, numbers in found.items()
                if numbers
            }
        return Said(200, shown)

    def _read_batch(self, name: str, body: dict[str, Any]) -> Said:
        _require(body, "inputs", "properties", "propertiesWithHistory")
        inputs = _inputs(body)
        found = {one["id"]: self.account.get(name, one["id"], body.get("idProperty")) for one in inputs}
        results = [_shown(held, body["properties"]) for held in found.values() if held]
        missing = [one for one, held in found.items() if held is None]
        if not missing:
            return Said(200, {"status": "COMPLETE", "results": results})
        error = {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Could not get some objects, they may be deleted or not exist.",
            "context": {"ids": missing},
        }
        return Said(207, {"status": "COMPLETE", "results": results, "numErrors": 1, "errors": [error]})

    def _upsert_batch(self, name: str, body: dict[str, Any]) -> Said:
        results = list[dict[str, Any]]()
        for one in _inputs(body):
            _require(one, "id", "idProperty", "properties")
            held = self.account.get(name, one["id"], one["idProperty"])
            properties = {**one["properties"], one["idProperty"]: one["id"]}
            after = (
                self.account.change(name, held, properties) if held else self.account.create(name, properties)
            )
            results.append({**_shown(after), "new": held is None})
        return Said(200, {"status": "COMPLETE", "results": results})

    def _associations(self, name: str, to: str, body: dict[str, Any]) -> Said:
        results = list[dict[str, Any]]()
        for one in _inputs(body):
            others = self.account.associated((name, one["id"]), to)
            if others:
                shown = [{"toObjectId": int(other), "associationTypes": []} for other in others]
                results.append({"from": {"id": one["id"]}, "to": shown})
        return Said(200, {"status": "COMPLETE", "results": results})

    def _search(self, name: str, body: dict[str, Any]) -> Said:
        _require(body, *_SEARCH)
        if not 0 < body["limit"] <= LARGEST_PAGE:
            raise Refusal(400, "VALIDATION_ERROR", "limit must be 1 to 200")
        groups = body["filterGroups"]
        if len(groups) > 5 or any(len(one["filters"]) > 6 for one in groups):
            raise Refusal(400, "VALIDATION_ERROR", "too many filters")
        found = [
            held
            for held in self.account.indexed[name].values()
            if any(all(_matches(name, held, one) for one in group["filters"]) for group in groups)
        ]
        shown = [_shown(held, body["properties"]) for held in found[: body["limit"]]]
        return Said(200, {"total": len(found), "results": shown})


def _known(name: str) -> str:
    if name not in SCHEMA:
        raise Refusal(400, "VALIDATION_ERROR", f"Unable to infer object type from: {name}")
    return name


def _body(asked: Asked) -> dict[str, Any]:
    body = asked.json()
    if not isinstance(body, dict) or "json" not in asked.headers.get("content-type", ""):
        raise Refusal(400, "VALIDATION_ERROR", "Invalid input JSON")
    return body


def _require(body: Mapping[str, Any], *names: str) -> None:
    missing = [name for name in names if name not in body]
    if missing:
        raise Refusal(
            400, "VALIDATION_ERROR", f"Invalid input JSON: some required fields were not set: {missing}"
        )


def _inputs(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not 0 < len(inputs) <= LARGEST_BATCH:
        raise Refusal(400, "VALIDATION_ERROR", "a batch holds 1 to 100 inputs")
    if any(not isinstance(one.get("id"), str) for one in inputs):
        raise Refusal(400, "VALIDATION_ERROR", "Invalid input JSON: id must be a string")
    return inputs


def _matches(name: str, held: Held, filtered: Mapping[str, str]) -> bool:
    if filtered["propertyName"] not in SCHEMA[name]:
        raise Refusal(400, "VALIDATION_ERROR", "There was a problem with the request.")
    value, wanted = held.properties.get(filtered["propertyName"], "").lower(), filtered["value"].lower()
    match filtered["operator"]:
        case "EQ":
            return value == wanted
        case "CONTAINS_TOKEN":
            return wanted in value.split()
    raise Refusal(400, "VALIDATION_ERROR", f"Invalid operator {filtered['operator']}")


def _shown(held: Held, wanted: list[str] | None = None) -> dict[str, Any]:
    chosen = held.properties if wanted is None else {one: held.properties.get(one) for one in wanted}
    return {
        "id": held.id,
        "properties": {**chosen, "hs_object_id": held.id},
        "createdAt": held.created_at.isoformat(),
        "updatedAt": held.updated_at.isoformat(),
        "archived": False,
    }


def _schema(name: str) -> list[dict[str, Any]]:
    return [
        {
            "name": one,
            "label": one,
            "type": "string",
            "fieldType": "text",
            "groupName": "information",
            "hasUniqueValue": held.unique,
            "calculated": False,
            "modificationMetadata": {
                "archivable": True,
                "readOnlyDefinition": False,
                "readOnlyValue": held.read_only,
            },
        }
        for one, held in SCHEMA[name].items()
    ]


def _refused(refusal: Refusal) -> Said:
    return Said(refusal.status, refusal.body)
