"""A strict fake of Google Calendar v3 and its token endpoint, as far as scheduling uses them."""

import json
import re
import threading
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.connectors.loopback import Asked, Said

ACCOUNT, SUBJECT = "books@ours.iam.example", "rooms@ours.example"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
KEY: RSAPrivateKey = generate_private_key(65537, 2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
_EVENT = {"id", "summary", "start", "end", "attendees", "extendedProperties"}


class StrictGoogle:
    """The calendars of one domain."""

    def __init__(self, clock: Callable[[], datetime], calendars: set[str]) -> None:
        self.clock = clock
        self.events: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in calendars}
        self.tokens: dict[str, datetime] = {}
        self.audience = ""
        self.told: list[tuple[str, str]] = []
        """Whom Google wrote to, and why."""
        self.lose_every: int | None = None
        self._writes = 0
        self._lock = threading.Lock()

    def handle(self, asked: Asked) -> Said:
        """Answers one request."""
        with self._lock:
            if asked.path == "/token":
                return self._token(dict(asked.form()))
            token = asked.headers.get("authorization", "").removeprefix("Bearer ")
            if self.clock() >= self.tokens.get(token, self.clock()):
                return _error(401, "authError")
            said = self._routed(asked, [unquote(part) for part in asked.path.strip("/").split("/")])
            if asked.method != "GET" and asked.path != "/v3/freeBusy" and self.lose_every:
                self._writes += 1
                if self._writes % self.lose_every == 0:
                    return Said(said.status, lost=True)
            return said

    def standing(self, calendar: str) -> list[dict[str, Any]]:
        """The events that take time."""
        return [one for one in self.events[calendar].values() if one["status"] == "confirmed"]

    def _token(self, form: dict[str, str]) -> Said:
        if form.get("grant_type") != GRANT:
            return Said(400, {"error": "unsupported_grant_type"})
        head, claims, signature = form["assertion"].split(".")
        try:
            KEY.public_key().verify(_decoded(signature), f"{head}.{claims}".encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            return Said(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
        said, now = json.loads(_decoded(claims)), int(self.clock().timestamp())
        in_time = said["iat"] <= now < said["exp"] <= said["iat"] + 3600
        rightly = said["iss"] == ACCOUNT and said["sub"] == SUBJECT and said["aud"] == self.audience
        if not in_time or not rightly or json.loads(_decoded(head)) != {"alg": "RS256", "typ": "JWT"}:
            return Said(400, {"error": "invalid_grant"})
        token = f"ya29.{len(self.tokens)}"
        self.tokens[token] = self.clock() + timedelta(seconds=3599)
        return Said(200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    def _routed(self, asked: Asked, path: list[str]) -> Said:  # noqa: PLR0911 - a table of paths
        match (asked.method, *path):
            case ("POST", "v3", "freeBusy"):
                return self._free_busy(json.loads(asked.body))
            case (_, "v3", "calendars", calendar, "events", *_) if calendar not in self.events:
                return _error(404, "notFound")
            case ("POST", "v3", "calendars", calendar, "events"):
                if asked.one("sendUpdates") != "all":
                    return _error(400, "invalidParameter")
                return self._insert(calendar, json.loads(asked.body))
            case ("GET", "v3", "calendars", calendar, "events", name):
                event = self.events[calendar].get(name)
                return Said(200, event) if event else _error(404, "notFound")
            case ("DELETE", "v3", "calendars", calendar, "events", name):
                event = self.events[calendar].get(name)
                if event is None:
                    return _error(404, "notFound")
                if event["status"] == "cancelled":
                    return _error(410, "deleted")
                event["status"] = "cancelled"
                self.told += [(one["email"], "cancelled") for one in event["attendees"]]
                return Said(204)
            case _:
                return _error(404, "notFound")

    def _insert(self, calendar: str, event: dict[str, Any]) -> Said:
        if set(event) - _EVENT or not re.fullmatch(r"[a-v0-9]{5,1024}", event.get("id", "")):
            return _error(400, "invalid")
        if _time(event["start"]["dateTime"]) >= _time(event["end"]["dateTime"]):
            return _error(400, "timeRangeEmpty")
        private = event["extendedProperties"]["private"]
        if any(len(name) > 44 or len(value) > 1024 for name, value in private.items()):
            return _error(400, "invalid")
        if event["id"] in self.events[calendar]:
            return _error(409, "duplicate")
        self.events[calendar][event["id"]] = event | {"status": "confirmed", "kind": "calendar#event"}
        self.told += [(one["email"], "invited") for one in event["attendees"]]
        return Said(200, self.events[calendar][event["id"]])

    def _free_busy(self, question: dict[str, Any]) -> Said:
        since, until = _time(question["timeMin"]), _time(question["timeMax"])
        answer: dict[str, Any] = {}
        for name in (item["id"] for item in question["items"]):
            if name not in self.events:
                answer[name] = {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
                continue
            times = [(one["start"]["dateTime"], one["end"]["dateTime"]) for one in self.standing(name)]
            busy = [{"start": a, "end": b} for a, b in times if _time(a) < until and since < _time(b)]
            answer[name] = {"busy": busy}
        return Said(200, {"kind": "calendar#freeBusy", "calendars": answer})


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    assert at.tzinfo is not None
    return at


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _error(status: int, reason: str) -> Said:
    errors = [{"domain": "global", "reason": reason, "message": "planted"}]
    return Said(status, {"error": {"code": status, "message": "planted", "errors": errors}})
