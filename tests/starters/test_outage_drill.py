"""Five hundred leads are parked by one outage, and one command sets them going again at a bounded rate."""

import asyncio
import bisect
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, cast

import pytest
from sqlalchemy import select
from temporalio.client import Client

from connectors.store.audit import SqlAudit
from connectors.store.tables import outbox
from contracts.failures import FailureCode
from contracts.ids import intake_workflow_id
from contracts.messages import MessageKind
from contracts.policy import RoutingPolicy, RoutingRule
from contracts.routing import LeadPath
from contracts.status import ResolutionAnswer, RunStatus
from runtime.settings import Settings
from starters.doors import Doors, StartedLead
from starters.exit_codes import ExitCode
from starters.in_flight import start_all
from starters.metering import Rate
from starters.parked_answers import Answering, answer_cause
from starters.parked_runs import ParkedFilter
from tests.bundles import ALWAYS
from tests.faults import Faults
from tests.starters.real_cli import HouseSurroundings, cli_around
from tests.workflows.house import House, open_house
from tests.workflows.leads import a_newsletter_sign_up
from tests.workflows.policies import house_rules

RUNS = 500
AT_ONCE = 20
RATE = Rate(20)
INTERRUPTED_AFTER = 200

STEP = "create_note"
CAUSE = f"{STEP}:FORBIDDEN:crm"
EFFECTS = ("create_lead_records", STEP, "record_decision")
"""What a run does once: before the step that fails, that step, and after it."""
ENROL = RoutingRule(
    id="enrol",
    meaning="An imported list of readers.",
    when=ALWAYS,
    path=LeadPath.NURTURE,
    stage="enrolled",
    programme="newsletter",
)
"""Has records and a note made, and nobody to follow it through: the lead that costs least."""

WHY = "the credential is renewed"

PHASE_WITHIN = 120
"""Seconds for each phase; a quiet machine needs a fifth of it."""


class WatchedDoors:
    """The real doors, with the time of every answer that goes out."""

    def __init__(self, doors: Doors, answered_at: list[float]) -> None:
        self._doors = doors
        self._answered_at = answered_at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._doors, name)

    async def resolve(self, *arguments: Any) -> RunStatus:
        self._answered_at.append(time.monotonic())
        return await self._doors.resolve(*arguments)


class WatchedSurroundings(HouseSurroundings):
    """Those of a house, whose doors are watched."""

    answered_at: list[float]

    def doors(self, timeout: float) -> AbstractAsyncContextManager[Doors]:
        @asynccontextmanager
        async def opened() -> AsyncGenerator[Doors]:
            async with super(WatchedSurroundings, self).doors(timeout) as doors:
                yield cast("Doors", WatchedDoors(doors, self.answered_at))

        return opened()


@pytest.fixture
async def house(client: Client, store_url: str) -> AsyncIterator[House]:
    async with open_house(
        client, store_url, house_rules(routing=RoutingPolicy(rules=(ENROL,))), faults=Faults()
    ) as opened:
        yield opened


@pytest.mark.timeout(4 * PHASE_WITHIN)
async def test_outage_that_parked_five_hundred_runs_is_mended_by_one_metered_command(
    house: House, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    around = WatchedSurroundings(settings, house.bundle)
    around.answered_at = []
    clock = Laps()

    house.faults.fail(STEP, FailureCode.FORBIDDEN)
    lead_ids = await parked_leads(house)
    # Whoever is told is told while the run waits.
    await settled(lambda: messages(house, MessageKind.STEP_PARKED), RUNS)
    clock.lap("parked")
    assert house.faults.done(STEP) == []
    assert await messages_by_run(house, MessageKind.STEP_PARKED) == dict.fromkeys(runs_of(lead_ids), 1)

    house.faults.heal(STEP)
    await interrupted(around, after=INTERRUPTED_AFTER)
    by_then = len(around.answered_at)
    assert INTERRUPTED_AFTER <= by_then < RUNS
    clock.lap("interrupted")

    command = ("parked", "retry", "--cause", CAUSE, "--as", "m-eve", "--reason", WHY)
    outcome = await cli_around(around, capsys)(
        *command, "--rate", RATE, "--timeout", PHASE_WITHIN, "--yes", "--json"
    )
    assert outcome.code is ExitCode.OK, outcome.err
    assert outcome.document["refused"] == outcome.document["no_answer"] == 0
    # What was on its way when the first command was stopped has its answer, or gets it from the second.
    met = outcome.document["taken"] + outcome.document["left"]
    assert RUNS - by_then <= outcome.document["taken"] <= met < RUNS
    clock.lap("answered")
    await settled(lambda: completed(house), RUNS)
    clock.lap("completed")

    for effect in EFFECTS:
        assert len(house.faults.done(effect)) == RUNS, effect
        assert len(set(house.faults.keys(effect))) == RUNS, effect
    assert await house.rows("notes") == RUNS
    assert await SqlAudit(house.store).duplicate_effects() == ()
    assert await messages_by_run(house, MessageKind.STEP_PARKED) == dict.fromkeys(runs_of(lead_ids), 1)
    assert await parked(house) == 0

    decisions = [await house.ledger.decision(lead_id) for lead_id in lead_ids]
    kept = [decision.result.resolutions for decision in decisions]
    assert {len(one) for one in kept} == {1}
    assert {(one.answer, one.actor_id, one.reason, one.cause) for (one,) in kept} == {
        (ResolutionAnswer.RETRY, "m-eve", WHY, CAUSE)
    }
    fastest = most_in_a_second(around.answered_at)
    assert fastest <= RATE.per_second + 1
    with capsys.disabled():
        sys.stdout.write(f"\n{RUNS} runs, at most {fastest} answers in a second; {clock}\n")


async def parked_leads(house: House) -> list[str]:
    """Hands leads in, no more at a time than a small machine has hands for, until all are parked."""
    started: list[StartedLead] = []
    while len(started) < RUNS:
        started += await start_all(house.doors, [a_newsletter_sign_up() for _ in range(AT_ONCE)])
        await settled(lambda: parked(house), len(started) - AT_ONCE)
    await settled(lambda: parked(house), RUNS)
    return [one.lead_id for one in started]


async def interrupted(around: WatchedSurroundings, *, after: int) -> None:
    """Begins to answer the group and is stopped, as by Ctrl-C."""
    how = Answering("retry", "m-eve", WHY, "", RATE, yes=True, seconds=PHASE_WITHIN)
    command = asyncio.create_task(answer_cause(around, ParkedFilter(CAUSE), ResolutionAnswer.RETRY, how))
    while len(around.answered_at) < after:
        assert not command.done(), command
        await asyncio.sleep(0.01)
    command.cancel()
    with pytest.raises(asyncio.CancelledError):
        await command


async def settled(count: Any, expected: int) -> None:
    """Waits until as many runs are there as are expected."""
    async with asyncio.timeout(PHASE_WITHIN):
        while await count() < expected:  # noqa: ASYNC110 - it is the server and the store that are looked at
            await asyncio.sleep(0.25)


async def parked(house: House) -> int:
    return await counted(house, "ExecutionStatus = 'Running' AND Lane = 'blocked'")


async def completed(house: House) -> int:
    return await counted(house, "ExecutionStatus = 'Completed'")


async def counted(house: House, query: str) -> int:
    return (await house.client.count_workflows(f"WorkflowType = 'LeadIntakeWorkflow' AND {query}")).count


def runs_of(lead_ids: list[str]) -> list[str]:
    return [intake_workflow_id(lead_id) for lead_id in lead_ids]


async def messages(house: House, kind: MessageKind) -> int:
    return sum((await messages_by_run(house, kind)).values())


async def messages_by_run(house: House, kind: MessageKind) -> Counter[str]:
    async with house.store.reading("test") as connection:
        sent = await connection.execute(select(outbox.c.workflow_id).where(outbox.c.kind == kind))
        return Counter(sent.scalars().all())


def most_in_a_second(instants: list[float]) -> int:
    """The largest number of instants that any second holds."""
    ordered = sorted(instants)
    return max(bisect.bisect_left(ordered, at + 1) - number for number, at in enumerate(ordered))


class Laps:
    """How long each phase took."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._laps: list[str] = []

    def lap(self, name: str) -> None:
        now = time.monotonic()
        self._laps.append(f"{name} after {now - self._last:.1f} s")
        self._last = now

    def __str__(self) -> str:
        return ", ".join(self._laps)
