"""The emulated Google Calendar for the suites.

The emulator is weaker than Google where our connector builds on it: it takes no event id of ours, keeps no
private properties, cannot read one event, forgets what is deleted, and gives no token to a service account.
`KeptIds` makes up for the first three on the way, without a memory of its own: what it must know again it
keeps in the event's description, at the emulator. Tokens are those of our strict fake. The emulator's own
are events, times, free-busy answers, and who is invited.
"""

import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from connectors.connections.onboarding import GoogleCalendarSettings
from connectors.google_calendar.scheduling import google_scheduling, google_systems
from connectors.store.engine import Store
from contracts.onboarding_ports import Scheduling
from runtime.counterparts.arrangements import CALENDARS
from tests.connectors import strict_google
from tests.connectors.conformance.onboarding_systems import HOSTS, remembered
from tests.connectors.conftest import SettableClock
from tests.connectors.loopback import served
from tests.connectors.patience import patient

TOKEN = {"authorization": "Bearer ya29.reader"}
CALENDAR_OF = {host: f"{host}@ours.example" for host in HOSTS}
_EVENT = re.compile(r"(?P<list>.*/calendars/[^/]+/events)(/(?P<id>[^/]+))?")


class KeptIds(httpx.AsyncBaseTransport):
    """A way to the emulator on which events have the ids and properties that they were given."""

    def __init__(self) -> None:
        self._network = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends a request on, as the emulator understands it."""
        event = _EVENT.fullmatch(request.url.path)
        if event is None:
            return await self._network.handle_async_request(request)
        events = request.url.copy_with(path=event["list"], query=None)
        if request.method == "POST":
            return await self._inserted(request, events, json.loads(request.content))
        found = await self._found(request, events, event["id"])
        if found is None:
            return _error(404, "notFound")
        if request.method == "GET":
            return httpx.Response(200, json=_restored(found))
        there = events.copy_with(path=f"{events.path}/{found['id']}")
        return await self._network.handle_async_request(
            httpx.Request(request.method, there, headers=_token_of(request))
        )

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._network.aclose()

    async def _inserted(
        self, request: httpx.Request, events: httpx.URL, event: dict[str, Any]
    ) -> httpx.Response:
        if await self._found(request, events, event["id"]) is not None:
            return _error(409, "duplicate")
        kept = {name: event.pop(name) for name in ("id", "extendedProperties")}
        sent = httpx.Request(
            "POST", events, headers=_token_of(request), json=event | {"description": json.dumps(kept)}
        )
        answer = await self._network.handle_async_request(sent)
        await answer.aread()
        return (
            httpx.Response(answer.status_code, json=_restored(answer.json())) if answer.is_success else answer
        )

    async def _found(self, request: httpx.Request, events: httpx.URL, name: str) -> dict[str, Any] | None:
        asked = httpx.Request("GET", events.copy_with(params={"q": name}), headers=_token_of(request))
        answer = await self._network.handle_async_request(asked)
        await answer.aread()
        # A calendar that the emulator does not know has no list.
        found: list[dict[str, Any]] = answer.json().get("items", [])
        return next(iter(found), None)


def _restored(event: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(event.pop("description"))
    return event | kept


def _token_of(request: httpx.Request) -> dict[str, str]:
    return {"authorization": request.headers["authorization"]}


def _error(status: int, reason: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": status, "errors": [{"reason": reason}]}})


async def events_of(url: str, calendar: str) -> list[dict[str, Any]]:
    """The events that the emulator has in a calendar, whatever our connector says of them."""
    async with httpx.AsyncClient(base_url=f"{url}/calendar/v3", headers=TOKEN) as http:
        answer = await http.get(f"/calendars/{calendar}/events", params={"maxResults": 250})
    found: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return found


async def emptied(url: str) -> None:
    """Takes away what a test before has made."""
    async with httpx.AsyncClient(base_url=f"{url}/calendar/v3", headers=TOKEN) as http:
        for calendar in CALENDARS:
            for event in await events_of(url, calendar):
                (await http.delete(f"/calendars/{calendar}/events/{event['id']}")).raise_for_status()


@asynccontextmanager
async def scheduling_over(url: str, store: Store, clock: SettableClock) -> AsyncGenerator[Scheduling]:
    """The connector over a way to the emulator."""
    tokens = strict_google.StrictGoogle(clock, set())
    with served(tokens.handle) as token_url:
        tokens.audience = f"{token_url}/token"
        settings = settings_of(url, tokens.audience)
        systems = google_systems(settings, transport=KeptIds())
        async with systems[0], systems[1]:
            effects = remembered(store, clock, "google_calendar")
            yield patient(google_scheduling(systems, effects, settings, clock), clock)


def settings_of(url: str, token_url: str) -> GoogleCalendarSettings:
    """How the connector reaches the emulator."""
    return GoogleCalendarSettings.model_validate(
        {
            "url": f"{url}/calendar/v3",
            "token_url": token_url,
            "account_email": strict_google.ACCOUNT,
            "private_key": strict_google.PEM,
            "subject": strict_google.SUBJECT,
            "calendars": CALENDAR_OF,
        }
    )
