"""Every process has its commands; a process that is added and left out here would have none."""

import pytest

from contracts.names import Process
from starters.run_commands import GROUPS, look_command
from starters.temporal_doors import RESOLVE
from starters.visibility import WORKFLOW_TYPES
from tests.starters.test_cli import COMMANDS


@pytest.mark.parametrize("process", Process)
def test_every_process_has_commands_that_list_and_show_its_runs(process: Process) -> None:
    group = GROUPS[process]
    assert (group, "list") in COMMANDS
    assert {(group, "status"), (group, "show")} & set(COMMANDS)


def test_every_process_but_approvals_is_listed_and_resolved() -> None:
    # Approvals are listed from the inbox, and park nothing.
    others = set(Process) - {Process.APPROVAL}
    assert set(WORKFLOW_TYPES) == set(RESOLVE) == others
    assert {(GROUPS[process], "resolve") for process in others} <= set(COMMANDS)


@pytest.mark.parametrize(
    ("run", "command"),
    [
        ("lead-follow-through/c1", "./throughline lead status c1"),
        ("customer-onboarding/o1", "./throughline onboarding status o1"),
        ("access-request/a", "./throughline access status a"),
        ("access-request/a/approval", "./throughline approval show access-request/a/approval"),
    ],
)
def test_every_run_has_a_command_that_shows_it(run: str, command: str) -> None:
    assert look_command(run) == command
