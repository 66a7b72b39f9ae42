"""Calls that are made at once leave nothing under way behind a failure."""

import asyncio

import pytest

from connectors.together import together
from contracts.failures import FailureCode, ServiceFailure


async def test_what_all_return_comes_in_their_order() -> None:
    async def after(turns: int) -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        return turns

    assert await together(map(after, (3, 1, 2))) == [3, 1, 2]
    assert await together([]) == []


async def test_failure_is_raised_once_all_have_ended() -> None:
    ended = list[str]()

    async def refused(name: str) -> None:
        raise ServiceFailure(FailureCode.REJECTED, "crm", name)

    async def slow() -> None:
        await asyncio.sleep(0.01)
        ended.append("slow")

    with pytest.raises(ServiceFailure, match="first"):
        await together((refused("first"), slow(), refused("second")))
    assert ended == ["slow"]


async def test_cancellation_ends_them_all() -> None:
    ended = list[str]()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("endless")

    task = asyncio.create_task(together((endless(), endless())))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["endless", "endless"]
