"""`parked` against a real server and real workers: what is parked is found by its cause, and answered."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from contracts.failures import FailureCode
from contracts.ids import onboarding_workflow_id
from contracts.lead_intake import IntakeState
from contracts.names import Process, Step
from contracts.states import Lane
from contracts.status import ResolutionAnswer
from runtime.settings import Settings
from starters.exit_codes import ExitCode
from starters.visibility import WORKFLOW_TYPES
from tests.faults import Faults
from tests.starters.real_cli import Cli, HouseSurroundings, cli_around, until
from tests.workflows.house import House, open_house
from tests.workflows.leads import a_sales_lead
from tests.workflows.policies import house_rules
from workflows import search_attributes

FORBIDDEN = "create_lead_records:FORBIDDEN:crm"
REJECTED = "create_task:REJECTED:crm"
WHY = ("--as", "m-eve", "--reason", "the credential is renewed")


@pytest.fixture
async def house(client: Client, store_url: str) -> AsyncIterator[House]:
    async with open_house(client, store_url, house_rules(), faults=Faults()) as opened:
        yield opened


@pytest.fixture
def cli(house: House, settings: Settings, capsys: pytest.CaptureFixture[str]) -> Cli:
    return cli_around(HouseSurroundings(settings, house.bundle), capsys)


async def test_what_an_outage_parked_is_listed_shown_and_retried_as_one_group(house: House, cli: Cli) -> None:
    house.faults.fail("create_lead_records", FailureCode.FORBIDDEN, calls=(1, 2))
    house.faults.fail("create_task", FailureCode.REJECTED, calls=(1,))
    runs = [await house.submit(a_sales_lead()) for _ in range(3)]
    listed = await until(cli, lambda one: one["runs"] == 3, "parked", "list")
    assert {one["cause"]: one["runs"] for one in listed["groups"]} == {FORBIDDEN: 2, REJECTED: 1}

    shown = (await cli("parked", "show", FORBIDDEN, "--json")).document
    parked = [one["workflow_id"] for one in shown["runs"]]
    assert set(parked) < {run.id for run in runs}
    one = (await cli("parked", "show", parked[0])).out
    assert "FORBIDDEN" in one
    assert "the site engineer" in one

    refused = await cli("parked", "skip", "--cause", REJECTED, *WHY, "--json")
    assert refused.code is ExitCode.REFUSED_BY_RUN
    assert refused.document["refused"] == 1
    assert "may not be skipped" in refused.err

    done = await cli("parked", "retry", "--cause", FORBIDDEN, *WHY, "--rate", "50/s", "--json")
    assert done.code is ExitCode.OK, done.err
    assert done.document["taken"] == 2
    left = await until(cli, lambda one: one["runs"] == 1, "parked", "list")
    assert left["groups"][0]["cause"] == REJECTED
    (last,) = {run.id for run in runs} - set(parked)
    for run in runs:
        if run.id != last:
            assert (await run.result()).resolutions[0].reason == "the credential is renewed"

    single = await cli("parked", "abandon", last, "--as", "m-eve", "--reason", "a test lead")
    assert single.code is ExitCode.OK, single.err
    assert (await house.client.get_workflow_handle(last).result())["outcome"] == IntakeState.UNDONE
    again = await cli("parked", "retry", last, "--as", "m-eve")
    assert again.code is ExitCode.REFUSED_BY_RUN
    assert "nothing is parked" in again.err


async def test_what_a_system_would_not_take_is_amended_by_file_and_tried_again(
    house: House, cli: Cli, tmp_path: Path
) -> None:
    house.faults.fail("create_lead_records", calls=(1, 2))
    runs = [await house.submit(a_sales_lead()) for _ in range(2)]
    await until(cli, lambda one: one["runs"] == 2, "parked", "list")
    file = tmp_path / "amendments.json"
    file.write_text(json.dumps({run.id: {"company": f"Amended {n}"} for n, run in enumerate(runs)}))
    amend = ("parked", "amend", "--file", file, *WHY, "--rate", "50/s", "--json")
    done = await cli(*amend)
    assert done.code is ExitCode.OK, done.err
    assert done.document["taken"] == 2
    for number, run in enumerate(runs):
        result = await run.result()
        record = await house.ledger.decision(result.lead_id)
        assert record.assessment.lead.company == f"Amended {number}"
        assert [one.answer for one in record.result.resolutions] == [ResolutionAnswer.RETRY]
    again = await cli(*amend)
    assert again.code is ExitCode.OK, again.err
    assert (again.document["taken"], again.document["left"]) == (0, 2)


async def test_undo_that_is_parked_is_found_by_its_name_and_tried_again(house: House, cli: Cli) -> None:
    house.faults.fail("record_decision", calls=(1,))
    house.faults.fail("delete_note")
    run = await house.submit(a_sales_lead())
    await house.in_state(run, IntakeState.PARKED)
    await house.resolve(run, Step.RECORD_DECISION, ResolutionAnswer.ABANDON)
    cause = "undo note:REJECTED:crm"
    await until(cli, lambda one: one["runs"] == 1, "parked", "list", "--cause", cause)
    house.faults.heal("delete_note")
    done = await cli("parked", "retry", "--cause", cause, *WHY, "--json")
    assert done.code is ExitCode.OK, done.err
    assert done.document["taken"] == 1
    assert (await run.result()).outcome is IntakeState.UNDONE


async def test_cause_with_an_apostrophe_is_found(client: Client, house: House, cli: Cli) -> None:
    cause = "undo account's stage:REJECTED:crm"
    await client.start_workflow(
        WORKFLOW_TYPES[Process.CUSTOMER_ONBOARDING],
        id=onboarding_workflow_id("o1"),
        task_queue="served-by-nobody",
        search_attributes=TypedSearchAttributes(
            [
                SearchAttributePair(search_attributes.LANE, Lane.BLOCKED.value),
                SearchAttributePair(search_attributes.PARKED_CAUSE, cause),
            ]
        ),
    )
    found = await until(cli, lambda one: one["runs"] == 1, "parked", "list", "--cause", cause)
    assert [one["cause"] for one in found["groups"]] == [cause]
    other = await cli("parked", "list", "--cause", "undo account's name:REJECTED:crm", "--json")
    assert other.document["runs"] == 0
