"""`policy failures` and `circuit`: what is done about failures, and who is left alone for them."""

from datetime import UTC, datetime

import pytest

from connectors.store.circuits import SqlCircuits
from connectors.store.engine import Store
from contracts.circuits import CircuitState
from contracts.failures import OF_A_STEP
from contracts.names import Step, System
from runtime.settings import Settings
from starters.exit_codes import ExitCode
from tests.starters.conftest import Run
from tests.starters.real_cli import Cli

UNTIL = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_whole_table_is_shown(run_cli: Run) -> None:
    shown = run_cli("policy", "failures", "--json")
    assert shown.code is ExitCode.OK
    steps = shown.document["steps"]
    assert [one["step"] for one in steps] == [step.value for step in Step]
    assert all(set(one["failures"]) == set(OF_A_STEP) for one in steps)


def test_one_step_is_shown_in_words(run_cli: Run) -> None:
    shown = run_cli("policy", "failures", "notify_owner")
    assert "retry for 2 hours, then park  TIMED_OUT, UNREACHABLE" in shown.out
    assert "create_task" not in shown.out


def test_step_that_is_none_is_refused_with_those_there_are(run_cli: Run) -> None:
    refused = run_cli("policy", "failures", "no_such_step")
    assert refused.code is ExitCode.USAGE
    assert "create_task" in refused.err


class TestCircuits:
    @pytest.fixture
    async def failing(self, settings: Settings) -> Store:
        """A store that remembers a system which is left alone."""
        async with await Store.open(settings.store.url.get_secret_value()) as store:
            left_alone = CircuitState(system=System.CRM, budget_left=0, tries=2, open_until=UNTIL)
            await SqlCircuits(store).change(left_alone, lambda state: state)
        return store

    async def test_system_that_is_left_alone_is_listed_and_let_be_called_again(
        self, failing: Store, cli: Cli
    ) -> None:
        listed = await cli("circuit", "list")
        assert "left alone" in listed.out
        assert "crm" in listed.out
        closed = await cli("circuit", "close", "crm", "--json")
        assert closed.document["open_until"] is None
        after = await cli("circuit", "list", "--json")
        (state,) = after.document["circuits"]
        assert (state["system"], state["open_until"]) == ("crm", None)
        assert state["budget_left"] > 0

    async def test_nothing_to_list_says_so(self, settings: Settings, cli: Cli) -> None:
        assert "no system has failed" in (await cli("circuit", "list")).out

    async def test_system_that_is_none_is_refused(self, cli: Cli) -> None:
        refused = await cli("circuit", "close", "crn")
        assert refused.code is ExitCode.USAGE
        assert "crm" in refused.err
