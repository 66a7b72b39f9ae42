"""Looks at processes from outside, by pid."""

import asyncio
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie has ended and only waits to be looked at."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def gone(pid: int, within: float = 10) -> bool:
    """Whether a process ends in time."""
    for _ in range(int(within / 0.05)):
        if not is_alive(pid):
            return True
        await asyncio.sleep(0.05)
    return False
