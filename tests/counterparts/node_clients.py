"""Vendors' own clients for Node: each is driven by a script beside this file that prints what it read."""

import asyncio
import json
from pathlib import Path
from typing import Any

from runtime.counterparts.places import node_home

HERE = Path(__file__).parent


async def driven(script: str, client: Path, *arguments: str) -> dict[str, Any]:
    """What a script read of a fake.

    Args:
        script: its name.
        client: the folder that the vendor's client is installed in; the script's first argument.
        arguments: the others.
    """
    process = await asyncio.create_subprocess_exec(
        *(str(node_home() / "bin" / "node"), str(HERE / script), str(client), *arguments),
        env={"NO_PROXY": "127.0.0.1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    return dict(json.loads(said))
