"""A network that delays, breaks off, refuses and loses answers: mitmproxy in front of other counterparts."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from runtime.counterparts.catalogue import COUNTERPARTS
from runtime.counterparts.loopback import exchange
from runtime.counterparts.places import CONTROL
from runtime.counterparts.servers import CounterpartServer
from runtime.problems import CounterpartProblem

_OK = 200


@dataclass(frozen=True)
class Faults:
    """What befalls every so many of the calls that are counted; 0 is never."""

    drop_every: int = 0
    """The server acts, and its answer is lost."""
    reset_every: int = 0
    """The connection breaks off before the server hears of it."""
    refuse_every: int = 0
    """503 with `Retry-After`; the server does not hear of it."""
    delay_every: int = 0
    retry_after: int = 1
    """Seconds."""
    delay_seconds: float = 0.0
    methods: tuple[str, ...] = ()
    """Calls by other methods pass uncounted; empty counts all."""
    path_part: str = ""
    """Calls to other paths pass uncounted."""


class FaultProxy:
    """Stands in front of servers that run, each on a port of its own, until it is closed.

    Args:
        upstreams: ports of the servers, by name.
        folder: takes its log.
    """

    def __init__(self, upstreams: Mapping[str, int], folder: Path) -> None:
        self.server = CounterpartServer(COUNTERPARTS["mitmproxy"], folder, dict(upstreams))

    async def set_faults(self, name: str, faults: Faults) -> None:
        """From now on these befall the calls to one server, counted anew."""
        await self._control(name, "POST", json.dumps(asdict(faults)).encode())

    async def counts(self, name: str) -> dict[str, int]:
        """How many calls were counted (`calls`), and what befell how many."""
        counts: dict[str, int] = json.loads(await self._control(name, "GET"))
        return counts

    async def _control(self, name: str, method: str, body: bytes = b"") -> bytes:
        status, answer = await exchange(self.server.port(name), method, CONTROL, body)
        if status != _OK:
            raise CounterpartProblem(f"the proxy refused to change its faults ({status})")
        return answer
