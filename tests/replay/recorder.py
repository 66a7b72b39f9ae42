"""Plays scenarios on a real server and keeps the histories of their runs."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from temporalio.client import Client, WorkflowHistory

from connectors.store.migrate import migrate
from runtime.dev_server import DevServer
from runtime.settings import Settings, TemporalSettings
from runtime.temporal import connect, ensure_search_attributes
from tests.faults import Faults
from tests.namespaces import in_new_namespace
from tests.replay import (
    access_request,
    approvals,
    approvals_rarely,
    crm_drift_watch,
    follow_through,
    follow_through_again,
    follow_through_rarely,
    follow_through_won,
    intake_amended,
    intake_by_other_means,
    intake_paths,
    intake_rarely,
    intake_trouble,
    intake_undone,
    limbo_watch,
    onboarding_called_off,
    onboarding_gates,
    onboarding_parked,
    onboarding_paths,
    onboarding_rarely,
    onboarding_undone,
)
from tests.replay.copies import workflows_before
from tests.replay.corpus import (
    Entry,
    Rerecording,
    digest_of,
    read_history,
    read_manifest,
    release,
    workflow_type_of,
    write_history,
    write_manifest,
)
from tests.replay.replaying import replayed
from tests.replay.scenario import Scenario, by_name, over
from tests.workflows.house import open_house
from workers.registry import WORKFLOWS

SCENARIOS: tuple[Scenario, ...] = (
    *intake_paths.SCENARIOS,
    *intake_trouble.SCENARIOS,
    *intake_by_other_means.SCENARIOS,
    *intake_undone.SCENARIOS,
    *intake_amended.SCENARIOS,
    *intake_rarely.SCENARIOS,
    *approvals.SCENARIOS,
    *approvals_rarely.SCENARIOS,
    *follow_through.SCENARIOS,
    *follow_through_again.SCENARIOS,
    *follow_through_won.SCENARIOS,
    *follow_through_rarely.SCENARIOS,
    *onboarding_paths.SCENARIOS,
    *onboarding_gates.SCENARIOS,
    *onboarding_parked.SCENARIOS,
    *onboarding_undone.SCENARIOS,
    *onboarding_called_off.SCENARIOS,
    *onboarding_rarely.SCENARIOS,
    *access_request.SCENARIOS,
    *limbo_watch.SCENARIOS,
    *crm_drift_watch.SCENARIOS,
)

SCENARIO_OF: Mapping[str, Scenario] = by_name(SCENARIOS)
"""The scenario of every history that can be recorded."""

AT_ONCE = 3
"""Scenarios that are played side by side: they mostly wait, but a crowded machine changes who comes first."""

EVENTS_WHEN_CROWDED = 40


class CrowdedServer(DevServer):
    """A server that suggests to continue as new after a few events instead of thousands."""

    def command(self, binary: Path) -> list[str]:
        """The command line, with the lower limit."""
        limit = f"limit.historyCount.suggestContinueAsNew={EVENTS_WHEN_CROWDED}"
        return [*super().command(binary), "--dynamic-config-value", limit]


@dataclass(frozen=True)
class Studio:
    """Where scenarios are played: servers, an empty store to copy, a folder for what is thrown away."""

    server: Client
    crowded_server: Client
    empty_store: Path
    folder: Path


@asynccontextmanager
async def open_studio() -> AsyncIterator[Studio]:
    """Starts the servers, and stops them on leaving."""
    with tempfile.TemporaryDirectory(prefix="throughline-record-") as name:
        folder = Path(name)
        empty_store = folder / "empty.db"
        await asyncio.to_thread(migrate, f"sqlite+aiosqlite:///{empty_store}")
        async with (
            DevServer(log_file=folder / "server.log", headless=True) as server,
            CrowdedServer(log_file=folder / "crowded.log", headless=True) as crowded,
        ):
            yield Studio(await client_of(server), await client_of(crowded), empty_store, folder)


async def client_of(server: DevServer) -> Client:
    """A client of a server's own namespace."""
    return await connect(Settings(temporal=TemporalSettings(address=server.address)))


async def played(scenario: Scenario, studio: Studio) -> dict[str, WorkflowHistory]:
    """Plays a scenario in a namespace and a store of its own; returns the histories that it yields.

    Raises:
        AssertionError: it did not go as told, or yields other histories than it says.
    """
    place = scenario.story.__name__ + "-" + next(iter(scenario.covers)).replace("/", "-").replace("_", "-")
    client = await _namespace(studio.crowded_server if scenario.crowded else studio.server, place)
    store = shutil.copy(studio.empty_store, studio.folder / f"{place}.db")
    url = f"sqlite+aiosqlite:///{store}"
    async with (
        _code_of(scenario, studio) as workflows,
        open_house(client, url, scenario.bundle, faults=Faults(), workflows=workflows) as house,
    ):
        runs = await scenario.story(house)
        assert set(runs) == set(scenario.covers), f"{place} yields {sorted(runs)}"
        for run in runs.values():
            await over(run)
        return {name: await run.fetch_history() for name, run in runs.items()}


@asynccontextmanager
async def _code_of(scenario: Scenario, studio: Studio) -> AsyncIterator[Sequence[type]]:
    """The workflows of today, or of before a patch."""
    if scenario.before is None:
        yield WORKFLOWS
        return
    folder = str(studio.folder)
    # The sandbox loads the copy anew for each run, so it has to be found until the last one has ended.
    sys.path.insert(0, folder)
    try:
        yield workflows_before(scenario.before, studio.folder)
    finally:
        sys.path.remove(folder)


async def _namespace(server: Client, name: str) -> Client:
    client = await in_new_namespace(server, name)
    await ensure_search_attributes(client)
    return client


async def keep(name: str, history: WorkflowHistory, covers: str, reason: str | None) -> Entry:
    """Writes a history and says what it is.

    Args:
        name: of the history.
        history: as the server has it.
        covers: what it shows.
        reason: why one that was there is written over; None for a new one.

    Raises:
        AssertionError: the code that made it does not replay it.
    """
    before = read_manifest().get(name)
    write_history(name, history)
    entry = await entry_of(name, covers, today())
    if before and reason:
        again = Rerecording(on=today(), reason=reason)
        return entry.model_copy(update={"rerecorded": (*before.rerecorded, again)})
    return entry


async def entry_of(name: str, covers: str, recorded_on: date) -> Entry:
    """What the manifest says of a history that lies in its file."""
    history = read_history(name)
    result = await replayed(history)
    assert result.failure is None, f"{name} does not replay: {result.failure}"
    return Entry(
        workflow_type=workflow_type_of(history),
        covers=covers,
        transitions=result.transitions,
        events=len(history.events),
        release=release(),
        recorded_on=recorded_on,
        sha256=digest_of(name),
    )


async def remeasure() -> list[str]:
    """Measures anew what each history covers, without recording; returns the names whose entry changed.

    For code that enters other states and gives the same commands.
    """
    entries = read_manifest()
    changed: dict[str, Entry] = {}
    for name, entry in entries.items():
        measured = (await entry_of(name, entry.covers, entry.recorded_on)).transitions
        if measured != entry.transitions:
            changed[name] = entry.model_copy(update={"transitions": measured})
    write_manifest({**entries, **changed})
    return sorted(changed)


def today() -> date:
    """The day of recording."""
    return datetime.now(UTC).date()


def scenarios_of(names: Collection[str]) -> list[Scenario]:
    """The scenarios that yield these histories, each once, in the order in which they are listed."""
    return [scenario for scenario in SCENARIOS if not set(scenario.covers).isdisjoint(names)]
