"""A strict Slack, from its documentation: it refuses what Slack refuses, and keeps what it is told.

The vendor's own library drives it in a test, so that it stays honest.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

import httpx

LONGEST_HEADER, LONGEST_SECTION, MOST_BLOCKS = 150, 3_000, 50
MEMBERS = ("U0SAM", "U0ZOE")


@dataclass
class FakeSlack:
    """One workspace with two members and one channel."""

    token: str
    messages: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    drop_answers: int = 0
    """So many posts are acted on, and their answers are lost."""
    page: int = 2
    """Messages of a page of history, however many are asked for: a cursor has to be followed."""
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.removeprefix("/api/")
        answer = self._answer(method, request)
        if method == "chat.postMessage" and answer["ok"] and self.drop_answers:
            self.drop_answers -= 1
            raise httpx.ReadError("connection lost", request=request)
        return httpx.Response(200, json=answer)

    def all_messages(self) -> list[dict[str, Any]]:
        return [one for conversation in self.messages.values() for one in conversation]

    def _answer(self, method: str, request: httpx.Request) -> dict[str, Any]:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _no("invalid_auth")
        known: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "auth.test": lambda _: {"ok": True, "team": "Acme", "user_id": "U0BOT"},
            "conversations.open": self._open,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "conversations.history": self._history,
        }
        return known[method](_given(request)) if method in known else _no("unknown_method")

    def _open(self, given: dict[str, Any]) -> dict[str, Any]:
        if given.get("users") not in MEMBERS:
            return _no("user_not_found")
        return {"ok": True, "channel": {"id": f"D{given['users'][1:]}"}}

    def _post(self, given: dict[str, Any]) -> dict[str, Any]:
        if (problem := self._problem(given)) is not None:
            return _no(problem)
        message: dict[str, Any] = {
            "type": "message",
            "ts": f"1764147600.{next(self._numbers):06d}",
            **_kept(given),
        }
        self.messages.setdefault(given["channel"], []).append(message)
        return {"ok": True, "channel": given["channel"], "ts": message["ts"], "message": message}

    def _update(self, given: dict[str, Any]) -> dict[str, Any]:
        if (problem := self._problem(given)) is not None:
            return _no(problem)
        for message in self.messages.get(given["channel"], []):
            if message["ts"] == given.get("ts"):
                message.update(_kept(given))
                return {"ok": True, "channel": given["channel"], "ts": message["ts"], "text": message["text"]}
        return _no("message_not_found")

    def _history(self, given: dict[str, Any]) -> dict[str, Any]:
        if not _is_conversation(given.get("channel")):
            return _no("channel_not_found")
        newest_first = list(reversed(self.messages.get(given["channel"], [])))
        start = int(given.get("cursor") or 0)
        page = newest_first[start : start + self.page]
        if given.get("include_all_metadata") not in ("true", "1", True):
            page = [{name: value for name, value in one.items() if name != "metadata"} for one in page]
        more = start + self.page < len(newest_first)
        cursor = str(start + self.page) if more else ""
        return {"ok": True, "messages": page, "has_more": more, "response_metadata": {"next_cursor": cursor}}

    def _problem(self, given: dict[str, Any]) -> str | None:
        if not _is_conversation(given.get("channel")):
            return "channel_not_found"
        blocks = given.get("blocks", [])
        if not given.get("text") and not blocks:
            return "no_text"
        if len(blocks) > MOST_BLOCKS or not all(map(_good_block, blocks)):
            return "invalid_blocks"
        metadata = given.get("metadata")
        if metadata is not None and not (metadata.get("event_type") and "event_payload" in metadata):
            return "metadata_must_have_event_type_and_payload"
        return None


def _kept(given: dict[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in ("text", "blocks", "metadata") if name in given}


def _given(request: httpx.Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(request.content.decode()))
    given: dict[str, Any] = json.loads(request.content)
    return given


def _is_conversation(channel: object) -> bool:
    return isinstance(channel, str) and channel[:1] in ("C", "D", "G")


def _good_block(block: dict[str, Any]) -> bool:
    limits = {"header": LONGEST_HEADER, "section": LONGEST_SECTION}
    text = block.get("text", {})
    words = text.get("text", "")
    return (
        block.get("type") in limits
        and text.get("type") in ("plain_text", "mrkdwn")
        and 0 < len(words) <= limits[block["type"]]
    )


def _no(error: str) -> dict[str, Any]:
    return {"ok": False, "error": error}
