"""Run by localstripe's interpreter: Stripe's Idempotency-Key, which localstripe ignores.

As Stripe's page on idempotent requests has it for API v1: status and body are saved once the endpoint has
begun, errors included, and answered again; what fails validation or meets a call under way is not saved.
"""

import asyncio
import importlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

LONGEST = 255
NOT_SAVED = (400, 401, 409, 429)
"""localstripe answers 400 to what fails its checks, before it does anything."""


@dataclass
class Saved:
    """What a key came to; a body of None is a call that has not ended."""

    asked: object
    status: int = 0
    body: bytes | None = None


class Keys:
    """The layer that answers a key's calls once."""

    def __init__(self) -> None:
        self._response: Any = importlib.import_module("aiohttp.web").Response
        self._replays, self._slow_seconds = True, 0.0
        self._saved = dict[tuple[str | None, str], Saved]()

    def configure(self, settings: dict[str, Any]) -> None:
        """Changes what is named."""
        self._replays = bool(settings.get("replays", self._replays))
        self._slow_seconds = float(settings.get("slow_seconds", self._slow_seconds))

    def forget(self) -> None:
        """Begins anew."""
        self._replays, self._slow_seconds = True, 0.0
        self._saved.clear()

    async def answer(self, request: Any, handler: Any) -> Any:
        """Calls the handler, unless the key has been answered or is being answered."""
        key = request.headers.get("idempotency-key")
        if request.method != "POST" or key is None or not self._replays:
            return await handler(request)
        if len(key) > LONGEST:
            return self._refusal(400, "invalid_request_error", "the key is too long")
        form: str = await request.text()
        asked = (request.path, sorted(parse_qsl(form, keep_blank_values=True)))
        name = (request.headers.get("authorization"), key)
        saved = self._saved.get(name)
        if saved is None:
            return await self._answer_first(name, Saved(asked), request, handler)
        if saved.asked != asked:
            return self._refusal(400, "idempotency_error", "the key was used with other parameters")
        if saved.body is None:
            message = "a call under this key has not ended"
            return self._refusal(409, "idempotency_error", message, "idempotency_key_in_use")
        return self._json(saved.status, saved.body, {"idempotent-replayed": "true"})

    async def _answer_first(
        self, name: tuple[str | None, str], saved: Saved, request: Any, handler: Any
    ) -> Any:
        self._saved[name] = saved
        try:
            await asyncio.sleep(self._slow_seconds)
            response = await handler(request)
            if response.status not in NOT_SAVED:
                saved.status, saved.body = response.status, response.body
        finally:
            if saved.body is None:
                self._saved.pop(name, None)
        return response

    def _refusal(self, status: int, kind: str, message: str, code: str | None = None) -> Any:
        error = {"type": kind, "message": message} | ({"code": code} if code else {})
        return self._json(status, json.dumps({"error": error}).encode(), {})

    def _json(self, status: int, body: bytes, headers: dict[str, str]) -> Any:
        return self._response(status=status, body=body, headers=headers, content_type="application/json")
