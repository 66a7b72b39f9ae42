"""What people say of contracts and workspaces, in a real store."""

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.store.engine import Store
from connectors.store.provisioning import SqlProvisioning
from contracts.provisioning import CreateWorkspaceInput
from runtime.settings import StoreSettings
from starters.embedded import Embedded, open_embedded
from starters.exit_codes import ExitCode
from tests.starters.conftest import Run
from tests.starters.standins import NOW, StandInSurroundings, hermetic_settings


class WithStore(StandInSurroundings):
    """Surroundings with a store of their own."""

    def __init__(self, folder: Path, store_url: str) -> None:
        super().__init__(folder)
        self.store_url = store_url

    def embedded(self) -> AbstractAsyncContextManager[Embedded]:
        return open_embedded(hermetic_settings(store=StoreSettings(url=SecretStr(self.store_url))))


@pytest.fixture
def around(tmp_path: Path, store_url: str) -> WithStore:
    return WithStore(tmp_path, store_url)


async def made_workspace(store_url: str) -> str:
    async with await Store.open(store_url) as store:
        request = CreateWorkspaceInput(
            key="k", customer_id="cus-77", name="Buyer Works", region="eu", plan="team", seats=5
        )
        return (await SqlProvisioning(store, lambda: NOW).create_workspace(request)).id


@pytest.fixture
def workspace(store_url: str) -> str:
    """A workspace as an onboarding makes it."""
    return asyncio.run(made_workspace(store_url))


def test_a_contract_is_noted_and_looked_up(run_cli: Run) -> None:
    assert "unknown" in run_cli("agreement", "show", "C-2026/41 b").out
    assert run_cli("agreement", "record", "C-2026/41 b", "sent").code is ExitCode.OK
    noted = run_cli(
        "agreement", "record", "C-2026/41 b", "Signed", "--signed-at", "2026-11-20T10:00:00+01:00", "--json"
    )
    assert noted.code is ExitCode.OK, noted.err
    assert noted.document == {
        "reference": "C-2026/41 b",
        "state": "signed",
        "signed_at": "2026-11-20T09:00:00Z",
    }
    shown = run_cli("agreement", "show", "C-2026/41 b")
    assert "2026-11-20 09:00 UTC" in shown.out
    assert run_cli("agreement", "show", "C-2026/41 b", "--json").document == noted.document


def test_what_is_said_again_changes_nothing(run_cli: Run) -> None:
    first = run_cli("agreement", "record", "C-1", "signed", "--json").document
    again = run_cli("agreement", "record", "C-1", "signed", "--signed-at", "2026-11-01T00:00:00Z", "--json")
    assert again.code is ExitCode.OK
    assert again.document == first


@pytest.mark.parametrize(("is_now", "asked"), [("signed", "void"), ("void", "signed"), ("void", "sent")])
def test_what_is_signed_or_void_stays_so(run_cli: Run, is_now: str, asked: str) -> None:
    assert run_cli("agreement", "record", "C-1", is_now).code is ExitCode.OK
    outcome = run_cli("agreement", "record", "C-1", asked)
    assert outcome.code is ExitCode.REFUSED_BY_RUN
    assert f"the contract is {is_now} for good, contract C-1" in outcome.err
    assert outcome.err.count("\n") == 1
    assert run_cli("agreement", "show", "C-1", "--json").document["state"] == is_now


def test_the_use_of_a_workspace_is_noted_from_its_earliest_time(run_cli: Run, workspace: str) -> None:
    outcome = run_cli("workspace", "used", workspace)
    assert outcome.code is ExitCode.OK, outcome.err
    assert "2026-11-21 09:00 UTC" in outcome.out
    earlier = (NOW - timedelta(days=1)).isoformat()
    document = run_cli("workspace", "used", workspace, "--at", earlier, "--json").document
    assert document == {
        "workspace_id": workspace,
        "first_value_at": "2026-11-20T09:00:00Z",
        "known": True,
    }
    assert run_cli("workspace", "used", workspace, "--json").document == document


def test_a_workspace_that_is_not_there_is_not_found(run_cli: Run) -> None:
    outcome = run_cli("workspace", "used", "workspace_nobody")
    assert outcome.code is ExitCode.NOT_FOUND
    assert "workspace workspace_nobody" in outcome.err


def test_a_store_that_is_not_there_is_said(run_cli: Run, around: WithStore, tmp_path: Path) -> None:
    around.store_url = f"sqlite+aiosqlite:///{tmp_path}/nowhere/store.db"
    for command in (("agreement", "show", "C-1"), ("workspace", "used", "workspace_1")):
        outcome = run_cli(*command)
        assert outcome.code is ExitCode.UNREACHABLE
        assert "doctor --fix" in outcome.err
