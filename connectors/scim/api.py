"""SCIM 2.0 (RFC 7643, 7644) as this package speaks it: its errors, its filters, its patches."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus

from connectors.answers import Said, read, read_part
from connectors.connections.onboarding import ScimSettings
from connectors.errors import ErrorRow, ErrorTable, first_text
from connectors.http import ANSWER_WITHIN, Answer, Call, HttpSystem, JsonObject, Transport, quoted
from contracts.failures import FailureCode

SYSTEM = "scim"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

_MEDIA = "application/scim+json"
_HEADERS: Mapping[str, str] = {"content-type": _MEDIA}

ERRORS = ErrorTable(
    (
        ErrorRow(409, "uniqueness", FailureCode.CONFLICT),
        ErrorRow(400, "uniqueness", FailureCode.CONFLICT),
        ErrorRow(400, "tooMany", FailureCode.CONFLICT),
        ErrorRow(403, "sensitive", FailureCode.FORBIDDEN),
        ErrorRow(501, None, FailureCode.REJECTED),
    ),
    code_of=lambda body: first_text(body, "scimType"),
)
"""What RFC 7644, 3.12 lists; the other values of `scimType` come with 400, which is REJECTED."""


class Resource(Said):
    """A group or a user."""

    id: str
    externalId: str | None = None  # noqa: N815 - as SCIM names it
    active: bool = True


class _Found(Said):
    Resources: tuple[JsonObject, ...] = ()
    totalResults: int  # noqa: N815 - as SCIM names it


class ScimApi:
    """Calls to one SCIM service."""

    def __init__(self, system: HttpSystem) -> None:
        self._system = system

    async def create(self, operation: str, endpoint: str, document: JsonObject) -> Resource | None:
        """Creates a resource; None where one of its unique attributes is taken."""
        call = Call(operation, "POST", endpoint, json=document, headers=_HEADERS, expected=(400, 409))
        answer = await self._system.call(call)
        if answer.status not in (400, 409):
            return read(answer, Resource)
        failure = self._system.failure_of(answer)
        if failure.code is FailureCode.CONFLICT:
            return None
        raise failure

    async def exists(self, endpoint: str, resource_id: str) -> bool:
        """Whether a resource is there."""
        answer = await self._maybe(Call("read", "GET", f"{endpoint}/{quoted(resource_id)}", expected=(404,)))
        return answer is not None and bool(read(answer, Resource))

    async def found(self, endpoint: str, attribute: str, value: str) -> tuple[Resource, ...]:
        """The resources with a value; `eq` is the one filter that every service has."""
        text = value.replace("\\", "\\\\").replace('"', '\\"')
        query = (("filter", f'{attribute} eq "{text}"'),)
        answer = await self._system.call(Call(f"search by {attribute}", "GET", endpoint, query=query))
        found = read(answer, _Found)
        return tuple(read_part(answer, one, Resource) for one in found.Resources)

    async def patch(self, operation: str, endpoint: str, resource_id: str, change: JsonObject) -> bool:
        """Changes a resource, which may be repeated; returns whether it is there."""
        document = {"schemas": [PATCH], "Operations": [change]}
        path = f"{endpoint}/{quoted(resource_id)}"
        call = Call(operation, "PATCH", path, json=document, headers=_HEADERS, expected=(404,))
        answer = await self._maybe(call)
        # 204 says all; with 200 comes the resource.
        if answer is not None and answer.status != HTTPStatus.NO_CONTENT:
            read(answer, Resource)
        return answer is not None

    async def delete(self, operation: str, endpoint: str, resource_id: str) -> bool:
        """Deletes a resource; returns whether it was there."""
        call = Call(operation, "DELETE", f"{endpoint}/{quoted(resource_id)}", expected=(404,))
        answer = await self._maybe(call)
        if answer is not None and answer.status != HTTPStatus.NO_CONTENT:
            raise answer.malformed("is no word of a deletion")
        return answer is not None

    async def _maybe(self, call: Call) -> Answer | None:
        """The answer; None where the resource is not there, said in JSON: gateways say 404 too."""
        answer = await self._system.call(call)
        if answer.status != HTTPStatus.NOT_FOUND:
            return answer
        answer.object()
        return None


def scim_system(
    settings: ScimSettings, *, transport: Transport | None = None, within: timedelta = ANSWER_WITHIN
) -> HttpSystem:
    """How the service of the settings is reached."""
    headers = {"authorization": f"Bearer {settings.token.get_secret_value()}", "accept": _MEDIA}
    return HttpSystem(
        SYSTEM, settings.url, headers=headers, errors=ERRORS, transport=transport, within=within
    )
