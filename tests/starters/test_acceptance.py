"""What doors take is noted before it is started, and many items that come at once are few writes."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from temporalio.client import Client

from connectors.store.engine import Store
from connectors.store.tables import acceptances
from contracts.ids import intake_workflow_id
from contracts.reconciliation import AcceptedItem
from runtime.settings import Settings, StoreSettings
from starters.acceptance import GatheredAcceptances
from starters.console import CommandFailure
from starters.exit_codes import ExitCode
from starters.temporal_doors import open_doors
from tests.workflows.leads import a_sales_lead

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
PATIENCE = timedelta(seconds=10)


class Writes:
    """Keeps what was written together; the first write waits until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.begun = asyncio.Event()
        self.let_go = asyncio.Event()
        self.failure: Exception | None = None

    async def accept(self, items: Sequence[AcceptedItem]) -> None:
        self.batches.append([item.workflow_id for item in items])
        self.begun.set()
        await self.let_go.wait()
        if self.failure:
            raise self.failure


def item(name: str) -> AcceptedItem:
    return AcceptedItem(name, NOON)


async def test_what_comes_while_a_write_is_under_way_is_one_more_write() -> None:
    writes = Writes()
    gathered = GatheredAcceptances(writes)
    first = asyncio.create_task(gathered.accept([item("first")]))
    await writes.begun.wait()
    rest = [asyncio.create_task(gathered.accept([item(f"n-{number}")])) for number in range(50)]
    writes.let_go.set()
    await asyncio.gather(first, *rest)
    assert [len(batch) for batch in writes.batches] == [1, 50]


async def test_write_that_fails_fails_everybody_in_it_and_nobody_after() -> None:
    writes = Writes()
    writes.let_go.set()
    writes.failure = CommandFailure(ExitCode.UNREACHABLE, "the store does not answer")
    gathered = GatheredAcceptances(writes)
    lost = await asyncio.gather(
        *(gathered.accept([item(name)]) for name in ("a", "b")), return_exceptions=True
    )
    assert [type(one) for one in lost] == [CommandFailure, CommandFailure]
    writes.failure = None
    await gathered.accept([item("c")])
    assert writes.batches == [["a", "b"], ["c"]]


async def test_door_notes_what_it_takes_once(settings: Settings, client: Client) -> None:
    lead = a_sales_lead()
    async with open_doors(settings, PATIENCE) as doors:
        started = [await doors.start_lead(lead) for _ in range(2)]
    assert [one.already_known for one in started] == [False, True]
    async with await Store.open(settings.store.url.get_secret_value()) as store:
        noted = await store.fetch("test", select(acceptances.c.workflow_id), lambda row: row["workflow_id"])
    assert noted == (intake_workflow_id(started[0].lead_id),)


async def test_what_cannot_be_noted_is_not_started(settings: Settings, client: Client) -> None:
    elsewhere = settings.model_copy(
        update={"store": StoreSettings(url=SecretStr("sqlite:////nowhere/store.db"))}
    )
    async with open_doors(elsewhere, PATIENCE) as doors:
        with pytest.raises(CommandFailure) as refused:
            await doors.start_lead(a_sales_lead())
    assert refused.value.code is ExitCode.UNREACHABLE
    assert (await client.count_workflows("")).count == 0
