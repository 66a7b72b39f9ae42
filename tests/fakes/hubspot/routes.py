"""The paths of HubSpot's API: those of version 2026-09, and of v3 and v4 for its own client."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.fakes.hubspot.account import Account, Held, Refusal
from tests.fakes.hubspot.limits import Limits
from tests.fakes.hubspot.requests import body_of, inputs_of, known, require
from tests.fakes.hubspot.schema import SCHEMA
from tests.fakes.server import Asked, Said

TOKEN = "pat-eu1-11111111-2222-4333-8444-555555555555"
OWNERS = {
    "sam@ours.example": "9001",
    "kim@ours.example": "9002",
    "ali@ours.example": "9003",
    "somebody@else.example": "9004",
}
LARGEST_PAGE = 200
_SEARCH = ("after", "limit", "properties", "sorts", "filterGroups")


@dataclass
class FakeHubSpot:
    """A HubSpot account behind its API."""

    account: Account = field(default_factory=lambda: Account(OWNERS))
    limits: Limits = field(default_factory=Limits)
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
        is_search = asked.path[-1] == "search"
        try:
            self.limits.take(is_search=is_search)
            said = self._routed(asked)
        except Refusal as refusal:
            said = _refused(refusal)
        if not is_search:
            said = replace(said, headers=self.limits.headers())
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
                return self._associations(known(one), known(to), body_of(asked))
            case ("crm", "owners", "2026-09") | ("crm", "v3", "owners") if asked.method == "GET":
                owners = [
                    {"id": number, "email": email, "archived": False} for email, number in OWNERS.items()
                ]
                return Said(200, {"results": owners})
            case ("crm", "properties", "2026-09", name) if asked.method == "GET":
                return Said(200, {"results": _schema(known(name))})
        raise Refusal(404, "NOT_FOUND", "resource not found")

    def _objects(self, asked: Asked, rest: list[str]) -> Said:  # noqa: PLR0911 - one for each path
        name, parts = known(rest[0]), rest[1:]
        match (asked.method, *parts):
            case ("POST",):
                body = body_of(asked)
                require(body, "properties", "associations")
                return Said(201, _shown(self.account.create(name, body["properties"])))
            case ("POST", "batch", "read"):
                return self._read_batch(name, body_of(asked))
            case ("POST", "batch", "upsert"):
                return self._upsert_batch(name, body_of(asked))
            case ("POST", "search"):
                return self._search(name, body_of(asked))
            case ("GET", number):
                return self._read(name, number, asked.query)
            case ("PATCH", number):
                held = self._held(name, number, asked.query)
                return Said(200, _shown(self.account.change(name, held, body_of(asked).get("properties"))))
            case ("DELETE", number):
                self.account.archive(name, number)
                return Said(204)
            case ("PUT", number, "associations", "default", to, other):
                self.account.associate((name, number), (known(to), other))
                return Said(200, {"status": "COMPLETE", "results": []})
            case ("DELETE", number, "associations", to, other):
                self.account.dissociate((name, number), (known(to), other))
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
        found = {to: self.account.associated((name, held.id), known(to)) for to in links}
        if any(found.values()):
            shown["associations"] = {
                to: {"results": [{"id": number, "type": f"{name}_to_{to}"} for number in numbers]}
                for to, numbers in found.items()
                if numbers
            }
        return Said(200, shown)

    def _read_batch(self, name: str, body: dict[str, Any]) -> Said:
        require(body, "inputs", "properties", "propertiesWithHistory")
        inputs = inputs_of(body)
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
        """Where each input has a trace id of its own, one that is refused leaves the others alone."""
        inputs, results, errors = inputs_of(body), list[dict[str, Any]](), list[dict[str, Any]]()
        traces = {trace for one in inputs if (trace := one.get("objectWriteTraceId"))}
        for one in inputs:
            try:
                results.append(self._upserted(name, one))
            except Refusal as refusal:
                if len(traces) < len(inputs):
                    raise
                errors.append(
                    {**refusal.body, "context": {"objectWriteTraceId": [one["objectWriteTraceId"]]}}
                )
        done = {"status": "COMPLETE", "results": results}
        return Said(207, {**done, "numErrors": len(errors), "errors": errors}) if errors else Said(200, done)

    def _upserted(self, name: str, one: dict[str, Any]) -> dict[str, Any]:
        require(one, "id", "idProperty", "properties")
        held = self.account.get(name, one["id"], one["idProperty"])
        properties = {**one["properties"], one["idProperty"]: one["id"]}
        after = self.account.change(name, held, properties) if held else self.account.create(name, properties)
        return {**_shown(after), "new": held is None}

    def _associations(self, name: str, to: str, body: dict[str, Any]) -> Said:
        results = list[dict[str, Any]]()
        for one in inputs_of(body):
            others = self.account.associated((name, one["id"]), to)
            if others:
                shown = [{"toObjectId": int(other), "associationTypes": []} for other in others]
                results.append({"from": {"id": one["id"]}, "to": shown})
        return Said(200, {"status": "COMPLETE", "results": results})

    def _search(self, name: str, body: dict[str, Any]) -> Said:
        require(body, *_SEARCH)
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
