"""A Salesforce org: its token, renewed when it expired; queries and upserts, in bodies that no log keeps."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connectors.answers import read_part
from connectors.connections.crm import SalesforceSettings
from connectors.http import Answer, Call, HttpSystem, quoted
from connectors.salesforce.answers import Outcome, Saved
from connectors.salesforce.errors import EXPIRED, code_of
from contracts.failures import ServiceFailure

DATA = "/services/data/v68.0"
UNAUTHORISED = 401
MOST_QUERIES = 5
"""Of one composite call."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class _Token(_Part):
    access_token: str = Field(min_length=1)


class _Sub(_Part):
    body: Any
    status: int = Field(alias="httpStatusCode")


class _Composite(_Part):
    answers: tuple[_Sub, ...] = Field(alias="compositeResponse")


class _Rows(_Part):
    records: tuple[dict[str, Any], ...]


class SalesforceOrg:
    """Calls with the org's token.

    Args:
        system: the org's host.
        settings: the connected app.
    """

    def __init__(self, system: HttpSystem, settings: SalesforceSettings) -> None:
        self.system = system
        self._settings = settings
        self._token = ""
        self._renewing = asyncio.Lock()

    async def call(self, call: Call) -> Answer:
        """One call; a second one where the first was refused because the token had expired."""
        token = self._token or await self._renewed("")
        answer = await self._with(token, call)
        if answer.status == UNAUTHORISED:
            answer = await self._with(await self._renewed(token), call)
        if answer.status == UNAUTHORISED:
            raise self.system.failure_of(answer)
        return answer

    async def query(self, operation: str, queries: Sequence[str]) -> list[list[dict[str, Any]]]:
        """The rows of each query, five queries a call."""
        found = list[list[dict[str, Any]]]()
        for start in range(0, len(queries), MOST_QUERIES):
            found += await self._queried(operation, queries[start : start + MOST_QUERIES])
        return found

    async def upserted(self, call: Call) -> Saved:
        """Writes a collection of one record.

        Raises:
            ServiceFailure: what became of the record, by the table; what the call itself came to.
        """
        answer = await self.call(call)
        match answer.json():
            case [part]:
                outcome = read_part(answer, part, Outcome)
            case _:
                raise answer.malformed("does not say what became of the record")
        if not outcome.success:
            # Its errors are in the table under the status that they have outside a collection.
            raise self.system.failure_of(replace(answer, status=HTTPStatus.BAD_REQUEST))
        return read_part(answer, part, Saved)

    async def _queried(self, operation: str, queries: Sequence[str]) -> list[list[dict[str, Any]]]:
        subs = [
            {"method": "GET", "url": f"{DATA}/query/?q={quoted(query)}", "referenceId": f"q{number}"}
            for number, query in enumerate(queries)
        ]
        body = {"allOrNone": False, "compositeRequest": subs}
        call = Call(operation, "POST", f"{DATA}/composite", json=body, reads_only=True)
        answer = await self.call(call)
        try:
            parts = _Composite.model_validate(answer.object()).answers
        except ValidationError:
            raise answer.malformed("is no composite answer") from None
        if len(parts) != len(queries):
            raise answer.malformed("does not answer every query")
        return [self._rows(answer, part) for part in parts]

    def _rows(self, answer: Answer, part: _Sub) -> list[dict[str, Any]]:
        if part.status != HTTPStatus.OK:
            content = json.dumps(part.body).encode()
            raise self.system.failure_of(replace(answer, status=part.status, body=content))
        try:
            return list(_Rows.model_validate(part.body).records)
        except ValidationError:
            raise answer.malformed("holds no rows") from None

    async def _with(self, token: str, call: Call) -> Answer:
        headers = {**call.headers, "authorization": f"Bearer {token}"}
        expected = (*call.expected, UNAUTHORISED)
        answer = await self.system.call(replace(call, headers=headers, expected=expected))
        if answer.status == UNAUTHORISED and _code(answer) != EXPIRED:
            raise self.system.failure_of(answer)
        return answer

    async def _renewed(self, expired: str) -> str:
        async with self._renewing:
            if self._token != expired:
                return self._token
            form = [
                ("grant_type", "client_credentials"),
                ("client_id", self._settings.client_id),
                ("client_secret", self._settings.client_secret.get_secret_value()),
            ]
            call = Call("get a token", "POST", "/services/oauth2/token", form=form, reads_only=True)
            answer = await self.system.call(call)
            try:
                self._token = _Token.model_validate(answer.object()).access_token
            except ValidationError:
                raise answer.malformed("holds no token") from None
            return self._token


def _code(answer: Answer) -> str | None:
    try:
        return code_of(answer.json())
    except ServiceFailure:
        return None


def literal(value: str) -> str:
    """A text in a query."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"
