"""Secrets and personal data are planted, systems fail and repeat what they are sent; what is left is read.

Every setting that holds a secret is found by walking the settings, so a new connector is searched by itself.
There is no tracing in the product, so there are no spans to search.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client

from contracts.ids import subject_of
from contracts.names import Process
from contracts.order import OnboardingOrder
from contracts.states import Lane
from runtime.settings import Settings, load_settings
from starters.temporal_doors import RESOLVE, open_doors
from tests.e2e.echo import MESSAGES, STATUSES, Deployment, deployed
from tests.e2e.planted import choices, secrets
from tests.starters.real_cli import Cli, cli_with
from tests.workflows.histories import events_of
from tests.workflows.person import (
    MESSAGE,
    TRANSCRIPT,
    children_in,
    leaks_in,
    leaks_of,
    of_this_person,
    order_of_this_person,
)

LEADS, ORDERS = 3, 3
PATIENCE_SECONDS = 50
SIGNS_ONLY = "google_calendar"
"""Its secret is never sent, not even to where it belongs."""

OVERVIEWS = (
    ("parked", "list"),
    ("limbo",),
    ("lead", "list"),
    ("onboarding", "list"),
    ("approval", "list"),
    ("circuit", "list"),
    ("connectors", "list"),
    ("doctor",),
)


def an_order(number: int) -> OnboardingOrder:
    changed = {"seller_id": "p-jonas", "customer_id": f"cus-redaction-{number}"}
    return order_of_this_person().model_copy(update=changed)


async def started(settings: Settings) -> list[str]:
    """The runs of leads whose text must be read, and of orders that are complete; all of one person."""
    words = {"service_interest": None, "entry_kind": "site_inquiry", "message": MESSAGE}
    async with open_doors(settings, timedelta(seconds=15)) as doors:
        leads = [
            await doors.start_lead(of_this_person(**words, transcript=TRANSCRIPT, event_id=f"redaction-{n}"))
            for n in range(LEADS)
        ]
        orders = [await doors.onboarding.start(an_order(n)) for n in range(ORDERS)]
    return [lead.workflow_id for lead in leads] + [order.workflow_id for order in orders]


async def has_met_a_failure_or_rests(client: Client, workflow_id: str) -> bool:
    run = client.get_workflow_handle(workflow_id)
    described = await run.describe()
    if any(one.HasField("last_failure") for one in described.raw_description.pending_activities):
        return True
    _, kind = RESOLVE[subject_of(workflow_id)[0]]
    return (await run.query("get_status", result_type=kind)).lane is not Lane.RUNNING


async def all_is_tried(client: Client, deployment: Deployment, runs: Sequence[str]) -> None:
    """Waits until each way to fail was met, and no run goes on by itself."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            met = len(deployment.system.asked) >= len(STATUSES)
            if met and all([await has_met_a_failure_or_rests(client, one) for one in runs]):
                return
            await asyncio.sleep(0.2)


async def said_to_operators(cli: Cli, runs: Sequence[str]) -> dict[str, str]:
    """What commands show to whoever looks after runs."""
    lines: list[tuple[str, ...]] = [*OVERVIEWS]
    for one in runs:
        process, subject = subject_of(one)
        noun = "lead" if process is Process.LEAD_INTAKE else "onboarding"
        lines += [(noun, "status", subject), ("parked", "show", one)]
    said: dict[str, str] = {}
    for line in lines:
        for form in ((), ("--json",)):
            outcome = await cli(*line, *form)
            said[" ".join((*line, *form))] = outcome.out + outcome.err
    return said


async def left_of(client: Client, runs: Sequence[str]) -> tuple[list[str], dict[str, bytes]]:
    """Where runs and their children show the person, and all that is known of them, payloads too."""
    found, known, unseen = list[str](), dict[str, bytes](), list(runs)
    while unseen:
        run = client.get_workflow_handle(unseen.pop())
        found += [f"{run.id} {leak}" for leak in await leaks_of(run)]
        events, described = await events_of(run), (await run.describe()).raw_description
        known[run.id] = b"".join(one.SerializeToString() for one in (described, *events))
        unseen += children_in(events)
    return found, known


def betrayed(url: str, places: dict[str, bytes]) -> list[str]:
    """Where any secret stands, in whatever form."""
    return [
        f"{where}: {one.area}.{one.field}"
        for where, content in places.items()
        for one in secrets(url)
        if any(form in content for form in one.forms())
    ]


def files_of_store(settings: Settings) -> dict[str, bytes]:
    file = Path(settings.store.url.get_secret_value().partition(":///")[2])
    return {one.name: one.read_bytes() for one in file.parent.glob(f"{file.name}*")}


@asynccontextmanager
async def in_place(
    area: str, settings: Settings, folder: Path, patch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Deployment, Settings]]:
    async with deployed(area, settings, folder) as deployment:
        for name, value in deployment.variables.items():
            patch.setenv(name, value)
        yield deployment, load_settings()


@pytest.fixture(params=[*choices(), MESSAGES])
async def area(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def site(
    area: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Deployment, Settings]]:
    async with in_place(area, settings, tmp_path, monkeypatch) as found:
        yield found


@pytest.mark.timeout(150)
async def test_no_secret_is_anywhere_and_no_person_outside_of_payloads(
    area: str, site: tuple[Deployment, Settings], client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    deployment, settings = site
    async with deployment.worked():
        runs = await started(settings)
        await all_is_tried(client, deployment, runs)
        said = await said_to_operators(cli_with(settings, capsys), runs)
        leaks, known = await left_of(client, runs)
    sent = betrayed(deployment.url, {"sent": deployment.system.requests()})
    assert area in (SIGNS_ONLY, MESSAGES) or any(f"sent: {area}." in one for one in sent), "nothing to repeat"
    logged = deployment.logged()
    assert '"level": "debug"' in logged
    texts = {**said, "the workers' logs": logged}
    leaks += [f"{where}: {leak}" for where, text in texts.items() for leak in leaks_in(text)]
    assert leaks == []
    written = {where: text.encode() for where, text in texts.items()}
    assert betrayed(deployment.url, written | known | files_of_store(settings)) == []


def test_every_secret_is_planted_and_would_be_found() -> None:
    url = "http://127.0.0.1:9"
    planted = secrets(url)
    assert {(one.area, one.field) for one in planted} >= {("hubspot", "token"), ("calcom", "webhook_secret")}
    for one in planted:
        assert f"there: {one.area}.{one.field}" in betrayed(url, {"there": f"key={one.value}&x".encode()})
