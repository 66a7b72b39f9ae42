"""How a blow that hits everybody waits for those whom it is meant for, so that one serves many."""

import asyncio
from collections.abc import Callable

QUIET_SECONDS = 3.0
"""Nobody has come for so long: nobody else will come soon."""

LONGEST_SECONDS = 20.0
LOOK_EVERY_SECONDS = 0.2


async def gathered(came: Callable[[], object]) -> None:
    """Returns once nobody has come for a while.

    Args:
        came: some number or text that changes whenever another one comes.
    """
    loop = asyncio.get_running_loop()
    began = changed = loop.time()
    seen = came()
    while loop.time() < min(changed + QUIET_SECONDS, began + LONGEST_SECONDS):
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        if (now := came()) != seen:
            seen, changed = now, loop.time()
