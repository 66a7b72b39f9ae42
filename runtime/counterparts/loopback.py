"""The little that we say to counterparts ourselves: are you there, and take these faults."""

import asyncio
import contextlib

from runtime.ports import HOST

ANSWER_WITHIN = 10.0
PROBE_EVERY = 0.05
_BLOCK = 65536


async def exchange(port: int, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
    """One request in HTTP/1.0; the status and the body of the answer.

    Raises:
        OSError: nobody listens, or the answer breaks off; TimeoutError is one.
    """
    head = f"{method} {path} HTTP/1.0\r\nHost: {HOST}:{port}\r\nContent-Length: {len(body)}\r\n\r\n"
    async with asyncio.timeout(ANSWER_WITHIN):
        answer = await _said(port, head.encode() + body)
    top, _, content = answer.partition(b"\r\n\r\n")
    words = top.split(b" ", 2)
    if not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        raise ConnectionError(f"port {port} does not answer in HTTP")
    return int(words[1]), content


async def is_ready(port: int, greeting: bytes, path: str) -> bool:
    """Whether what listens begins its answer as the program does that should."""
    # A server that greets by itself, as SMTP does, is asked nothing.
    asked = f"GET {path} HTTP/1.0\r\n\r\n".encode() if greeting.startswith(b"HTTP") else b""
    with contextlib.suppress(OSError):
        async with asyncio.timeout(ANSWER_WITHIN):
            return (await _said(port, asked, enough=len(greeting))).startswith(greeting)
    return False


async def _said(port: int, asked: bytes, enough: int | None = None) -> bytes:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(asked)
        await writer.drain()
        parts, size = list[bytes](), 0
        while (enough is None or size < enough) and (part := await reader.read(_BLOCK)):
            parts.append(part)
            size += len(part)
        return b"".join(parts)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
