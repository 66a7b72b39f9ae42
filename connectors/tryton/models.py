"""Tryton's REST interface: search, read, create, write and delete of any model's records."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Collection, Sequence
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.errors import first_text
from connectors.http import Answer, Call, HttpSystem, JsonObject
from connectors.remote_crm.records import SYSTEM, Taken
from contracts.failures import FailureCode, ServiceFailure

REFUSED, NOT_FOUND = 400, 404
LARGEST_PAGE = 200

Domain = list[Any]
"""A condition in Tryton's own form."""


class _Mechanism(BaseModel):
    id: int
    type: str
    name: str | None = None
    value: str | None = None


class _Shape(BaseModel):
    """What is relied on of any record; a field that was not asked for is not there."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    id: int
    name: str | None = None
    code: str | None = None
    description: str | None = None
    comment: str | None = None
    message: str | None = None
    resource: str | None = None
    contact_mechanisms: list[_Mechanism] | None = None
    party: "_Shape | None" = None


class TrytonModels:
    """Records of models, as Tryton names them.

    Args:
        system: Tryton's REST interface, below the database's name.
    """

    def __init__(self, system: HttpSystem) -> None:
        self._system = system

    async def search(self, model: str, domain: Domain, fields: Collection[str]) -> list[JsonObject]:
        """The oldest records that match, a page of them at most."""
        encoded = urlsafe_b64encode(json.dumps(domain).encode()).decode()
        query = [("d", encoded), ("s", str(LARGEST_PAGE)), ("p", "0"), *(("f", field) for field in fields)]
        answer = await self._system.call(Call(f"search {model}", "GET", f"/model/{model}", query=query))
        records = answer.json()
        if not isinstance(records, list):
            raise answer.malformed("is no list of records")
        return sorted(
            (_record(answer, one) for one in cast(list[object], records)), key=lambda one: int(one["id"])
        )

    async def read(self, model: str, number: str, fields: Collection[str]) -> JsonObject | None:
        """One record; None where it is not there."""
        call = Call(
            f"read {model}",
            "GET",
            f"/model/{model}/{number}",
            query=[("f", field) for field in fields],
            expected=(NOT_FOUND,),
        )
        answer = await self._system.call(call)
        return None if answer.status == NOT_FOUND else _record(answer, answer.object())

    async def create(self, model: str, values: JsonObject) -> str:
        """The number of the new record. Raises `Taken`."""
        call = Call(f"create {model}", "POST", f"/model/{model}", json=values, expected=(REFUSED,))
        answer = self._free(await self._system.call(call))
        return str(_record(answer, answer.object())["id"])

    async def write(self, model: str, number: str, values: JsonObject) -> None:
        """Raises NOT_FOUND; `Taken`."""
        path = f"/model/{model}/{number}"
        call = Call(f"change {model}", "PUT", path, json=values, expected=(REFUSED,))
        self._free(await self._system.call(call))

    async def act(self, model: str, number: str, action: str) -> None:
        """Presses a button of a record; nothing where the record is gone."""
        path = f"/model/{model}/{number}/{action}"
        await self._system.call(Call(f"{action} {model}", "POST", path, json=[], expected=(NOT_FOUND,)))

    async def delete(self, model: str, number: str) -> None:
        """Nothing where the record is gone."""
        path = f"/model/{model}/{number}"
        await self._system.call(Call(f"delete {model}", "DELETE", path, expected=(NOT_FOUND,)))

    def _free(self, answer: Answer) -> Answer:
        """The answer, unless it says that a code is taken, or another refusal."""
        if answer.status != REFUSED:
            return answer
        said = first_text(answer.json(), "message") or ""
        if "code on party must be unique" in said:
            raise Taken
        if "number on" in said and "must be unique" in said:
            # Tryton numbers records itself, and two that are made at once can be given one number.
            raise ServiceFailure(
                FailureCode.UNAVAILABLE, SYSTEM, f"{answer.operation}: its number was given to another record"
            )
        raise self._system.failure_of(answer)


def any_of(conditions: Sequence[Domain]) -> Domain:
    """One of the conditions, which are domains themselves."""
    return ["OR", *conditions]


def _record(answer: Answer, record: object) -> JsonObject:
    try:
        _Shape.model_validate(record)
    except ValidationError as error:
        wrong = sorted({".".join(map(str, one["loc"])) for one in error.errors(include_input=False)})
        raise answer.malformed(f"holds a record of another shape: {', '.join(wrong[:5])}") from None
    return cast(JsonObject, record)
