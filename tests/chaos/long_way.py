"""A way to the server as long as one to another town. Who dies takes along what is still on it."""

import asyncio
import contextlib
from collections import deque
from typing import Self

from runtime.ports import HOST

SECONDS = 0.03
CHUNK = 65_536
MOST_UNDER_WAY = 1000


class LongWay:
    """Passes on what workers say to the server, a moment late: that long an effect is made and not reported.

    Args:
        address: of the server, `host:port`.
    """

    def __init__(self, address: str) -> None:
        self._host, _, self._port = address.rpartition(":")
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        """What workers are told is the server's."""
        assert self._server is not None
        return f"{HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, HOST, 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _connected(self, from_worker: asyncio.StreamReader, to_worker: asyncio.StreamWriter) -> None:
        try:
            from_server, to_server = await asyncio.open_connection(self._host, int(self._port))
        except ConnectionError:
            # The server is down; whoever asks will ask again.
            to_worker.close()
            return
        ways = [
            asyncio.create_task(_carry(from_worker, to_server, SECONDS)),
            asyncio.create_task(_carry(from_server, to_worker, 0)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        to_worker.close()
        to_server.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Passes on until the one side is gone, and then no more."""
    under_way: deque[asyncio.TimerHandle] = deque(maxlen=MOST_UNDER_WAY)
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(CHUNK):
            under_way.append(asyncio.get_running_loop().call_later(seconds, writer.write, data))
    for part in under_way:
        part.cancel()
