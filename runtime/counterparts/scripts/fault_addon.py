"""Run by mitmproxy's interpreter: faults on the way to a server, set for each listening port at run time.

`POST /__faults__` takes an object as `runtime/counterparts/fault_proxy.py` writes it, and starts the counts
anew; `GET /__faults__` tells the counts. Neither reaches the server behind.
"""

import asyncio
import importlib
import json
from collections import Counter
from typing import Any

CONTROL = "/__faults__"


class Listener:
    """Faults and counts of one listening port."""

    def __init__(self) -> None:
        self.faults: dict[str, Any] = {}
        self.counts: Counter[str] = Counter()

    def concerns(self, request: Any) -> bool:
        """Whether faults may befall this request; others pass uncounted."""
        methods = self.faults.get("methods") or [request.method]
        return request.method in methods and self.faults.get("path_part", "") in request.path

    def is_due(self, fault: str) -> bool:
        """Whether the fault befalls the call that was counted last."""
        every = self.faults.get(f"{fault}_every", 0)
        due = bool(every) and self.counts["calls"] % every == 0
        self.counts[fault] += due
        return due


class FaultAddon:
    """What mitmproxy calls for each request and each answer."""

    def __init__(self) -> None:
        self._listeners: dict[int, Listener] = {}
        self._responses: Any = importlib.import_module("mitmproxy.http").Response

    async def request(self, flow: Any) -> None:
        """Delays, breaks off or refuses before the server hears of it."""
        listener = self._listeners.setdefault(flow.client_conn.sockname[1], Listener())
        if flow.request.path == CONTROL:
            flow.response = self._controlled(listener, flow.request)
            return
        if not listener.concerns(flow.request):
            return
        listener.counts["calls"] += 1
        flow.metadata["drop"] = listener.is_due("drop")
        if listener.is_due("delay"):
            await asyncio.sleep(listener.faults["delay_seconds"])
        if listener.is_due("reset"):
            flow.kill()
        elif listener.is_due("refuse"):
            headers = {"retry-after": str(listener.faults["retry_after"]), "content-type": "text/plain"}
            flow.response = self._responses.make(503, b"busy", headers)

    def response(self, flow: Any) -> None:
        """Loses the answer of a server that has acted."""
        if flow.metadata.get("drop"):
            flow.kill()

    def _controlled(self, listener: Listener, request: Any) -> Any:
        if request.method == "POST":
            listener.faults, listener.counts = json.loads(request.content), Counter()
        return self._responses.make(200, json.dumps(listener.counts), {"content-type": "application/json"})


addons = [FaultAddon()]
