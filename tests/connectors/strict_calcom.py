"""A strict fake of Cal.com's API v2, as far as scheduling uses it, and of its booking page and webhook.

Meetings begin on the half-hour.
"""

import hashlib
import hmac
import json
import threading
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.connectors.loopback import Asked, Said

API_KEY = "cal_live_strict"
LENGTH = timedelta(minutes=30)
GRID = timedelta(minutes=30)


class StrictCalCom:
    """The event types of one organisation, each with one host."""

    def __init__(self, event_types: set[int], length: timedelta = LENGTH) -> None:
        self.event_types = event_types
        self.length = length
        self.bookings: dict[str, dict[str, Any]] = {}
        self.lose_every: int | None = None
        self._ids, self._writes, self._lock = count(1), count(1), threading.Lock()

    def handle(self, asked: Asked) -> Said:
        """Answers one request."""
        with self._lock:
            if asked.headers.get("authorization") != f"Bearer {API_KEY}":
                return _error(401, "UnauthorizedException")
            said = self._routed(asked)
            if asked.method == "GET" or self.lose_every is None or next(self._writes) % self.lose_every:
                return said
            return Said(said.status, lost=True)

    def standing(self) -> list[dict[str, Any]]:
        """The bookings that take time."""
        return [one for one in self.bookings.values() if one["status"] == "accepted"]

    def booked_at_page(self, link: str, event_type: int, at: datetime) -> str:
        """What a customer books at the page that a link leads to; returns the uid."""
        query = dict(parse_qsl(urlsplit(link).query, strict_parsing=True))
        prefix = "metadata["
        marks = {name[len(prefix) : -1]: value for name, value in query.items() if name.startswith(prefix)}
        attendee = {"name": "Zoe", "email": "zoe@acme.example", "timeZone": "UTC"}
        document = {"eventTypeId": event_type, "start": at.isoformat(), "metadata": marks}
        with self._lock:
            said = self._book(document | {"attendee": attendee})
        assert said.status == 201, said.body
        uid: str = said.body["data"]["uid"]
        return uid

    def delivery(self, uid: str, now: datetime, *, secret: str, **changed: Any) -> tuple[bytes, str]:
        """What the webhook sends of a booking: body and signature."""
        booking = self.bookings[uid]
        start = _time(booking["start"])
        payload = {
            "uid": uid,
            "startTime": start.isoformat(),
            "endTime": (start + self.length).isoformat(),
            "status": "ACCEPTED",
            "title": "Kickoff",
            "attendees": [{"name": "Zoe", "email": "zoe@acme.example", "timeZone": "UTC"}],
            "metadata": booking["metadata"] | {"videoCallUrl": "https://app.cal.com/video/x"},
        }
        document = {"triggerEvent": "BOOKING_CREATED", "createdAt": now.isoformat(), "payload": payload}
        body = json.dumps(document | changed).encode()
        return body, hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()

    def _routed(self, asked: Asked) -> Said:  # noqa: PLR0911 - a table of paths
        version = asked.headers.get("cal-api-version")
        path = asked.path.strip("/").split("/")
        if version != ("2024-09-04" if path[:2] == ["v2", "slots"] else "2024-08-13"):
            return _error(404, "NotFoundException")
        match (asked.method, *path):
            case ("GET", "v2", "slots"):
                return self._slots(dict(asked.query))
            case ("POST", "v2", "bookings"):
                return self._book(json.loads(asked.body))
            case ("GET", "v2", "bookings"):
                types = {int(one) for one in (asked.one("eventTypeIds") or "").split(",")}
                if asked.one("status") != "upcoming" or int(asked.one("take") or 0) > 250:
                    return _error(400, "BadRequestException")
                found = [one for one in self.standing() if one["eventTypeId"] in types]
                return Said(200, {"status": "success", "data": found})
            case ("GET", "v2", "bookings", uid):
                booking = self.bookings.get(uid)
                return _error(404, "NotFoundException") if booking is None else _success(booking)
            case ("POST", "v2", "bookings", uid, "cancel"):
                booking = self.bookings.get(uid)
                if booking is None:
                    return _error(404, "NotFoundException")
                if booking["status"] == "cancelled":
                    return _error(400, "BadRequestException")
                booking["status"] = "cancelled"
                return _success(booking)
            case _:
                return _error(404, "NotFoundException")

    def _slots(self, query: dict[str, str]) -> Said:
        if query.get("timeZone") != "UTC" or query.get("format") != "range":
            return _error(400, "BadRequestException")
        event_type, until = int(query["eventTypeId"]), _time(query["end"])
        at = _time(query["start"])
        at += (GRID - (at - datetime.min.replace(tzinfo=UTC)) % GRID) % GRID
        days: dict[str, list[dict[str, str]]] = {}
        while at + self.length <= until:
            if not self._taken(event_type, at):
                texts = [one.isoformat().replace("+00:00", ".000Z") for one in (at, at + self.length)]
                days.setdefault(texts[0][:10], []).append({"start": texts[0], "end": texts[1]})
            at += GRID
        return Said(200, {"status": "success", "data": days})

    def _book(self, asked: dict[str, Any]) -> Said:
        known = set(asked) == {"eventTypeId", "start", "attendee", "metadata"}
        attendee = asked.get("attendee", {})
        whole = set(attendee) == {"name", "email", "timeZone"} and all(attendee.values())
        marks = asked.get("metadata", {})
        short = all(len(name) <= 40 and len(value) <= 500 for name, value in marks.items())
        if not known or not whole or not short or asked["eventTypeId"] not in self.event_types:
            return _error(400, "BadRequestException")
        start = _time(asked["start"])
        if self._taken(asked["eventTypeId"], start):
            return _error(400, "BadRequestException")
        booking = {
            "uid": f"uid{next(self._ids)}",
            "status": "accepted",
            "start": start.isoformat(),
            "eventTypeId": asked["eventTypeId"],
            "metadata": marks,
        }
        self.bookings[booking["uid"]] = booking
        return Said(201, {"status": "success", "data": booking})

    def _taken(self, event_type: int, at: datetime) -> bool:
        mine = [_time(one["start"]) for one in self.standing() if one["eventTypeId"] == event_type]
        return any(start < at + self.length and at < start + self.length for start in mine)


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    assert at.utcoffset() == timedelta(0)
    return at


def _success(data: object) -> Said:
    return Said(200, {"status": "success", "data": data})


def _error(status: int, code: str) -> Said:
    return Said(status, {"status": "error", "error": {"code": code, "message": "planted"}})
