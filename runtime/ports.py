"""Ports of this machine: which are free, and who holds one that is not."""

import contextlib
import secrets
import socket
from pathlib import Path

HOST = "127.0.0.1"
_LISTENING = "0A"
_NOT_HANDED_OUT = range(20_000, 32_768)
"""Below what systems hand out by themselves: Linux from 32768, others from 49152 (RFC 6335). So nobody gets a
port by chance that a server keeps while it is down, or asks for later than others of its own."""


def free_ports(count: int) -> list[int]:
    """Ports that are free now and not handed out. All are held until all are known, so that they differ."""
    found = list[int]()
    with contextlib.ExitStack() as stack:
        while len(found) < count:
            port, one = secrets.choice(_NOT_HANDED_OUT), stack.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                one.bind((HOST, port))
                found.append(port)
    return found


def is_taken(port: int) -> bool:
    """Whether somebody listens on the port already."""
    with socket.socket() as probe:
        # A port that only rests after its last connection is free for a server, which sets this too.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def holder_of(port: int) -> str | None:
    """Name and pid of the process that listens on a port; None where it is another user's, or off Linux."""
    with contextlib.suppress(OSError):
        inodes = {f"socket:[{inode}]" for inode in _listeners(port)}
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if any(str(link.readlink()) in inodes for link in (process / "fd").iterdir()):
                    return f"{(process / 'comm').read_text().strip()}, pid {process.name}"
    return None


def _listeners(port: int) -> list[str]:
    """Inodes of the sockets that listen on a port, from the kernel's own tables."""
    found: list[str] = []
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            _, local, _, state, _, _, _, _, _, inode, *_ = line.split()
            if state == _LISTENING and int(local.rpartition(":")[2], 16) == port:
                found.append(inode)
    return found
