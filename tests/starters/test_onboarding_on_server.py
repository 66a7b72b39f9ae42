"""Commands about customers and access against a real Temporal server, real workers and a real store."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from connectors.store.engine import Store
from connectors.store.ledger import SqlLedger
from contracts.ids import approval_workflow_id, onboarding_workflow_id
from contracts.states import Lane
from runtime.settings import Settings
from starters.exit_codes import ExitCode
from tests.faults import Faults
from tests.starters.onboarding_standins import ended_record
from tests.starters.outcome import Outcome
from tests.starters.real_cli import Cli, HouseSurroundings, cli_around, until
from tests.starters.standins import NOW
from tests.workflows.house import open_house
from tests.workflows.policies import house_rules
from workflows import search_attributes

ORDER: dict[str, Any] = {
    "customer_id": "cus-77",
    "seller_id": "p-jonas",
    "details": {
        "company": "Buyer Works",
        "country": "DE",
        "contract_reference": "C-2026-41",
        "plan": "team",
        "seats": 10,
        "value": 12_000,
        "currency": "EUR",
        "region": "eu",
        "billing_contact": {"name": "Bill Payer", "email": "bill@buyer-works.example"},
        "billing_address": {"street": "Main 1", "city": "Berlin", "country": "DE"},
        "technical_contact": {"name": "Tess Admin", "email": "tess@buyer-works.example"},
    },
}
PERSONAL = ("buyer", "tess", "bill", "main 1")

Write = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """Writes a document into a file."""

    def write(document: object, name: str = "order.json") -> Path:
        file = tmp_path / name
        file.write_text(json.dumps(document))
        return file

    return write


async def started(cli: Cli, file: Path) -> str:
    """The id of the onboarding of the order in a file."""
    outcome = await cli("onboarding", "start", file, "--json")
    assert outcome.code is ExitCode.OK, outcome.err
    onboarding_id: str = outcome.document["onboarding_id"]
    return onboarding_id


async def in_state(cli: Cli, onboarding_id: str, *states: str) -> Any:
    """The status of an onboarding, once it stands in one of the states."""
    found = await until(
        cli, lambda one: one["status"]["state"] in states, "onboarding", "status", onboarding_id
    )
    return found["status"]


def well(outcome: Outcome) -> Outcome:
    assert outcome.code is ExitCode.OK, outcome.err
    return outcome


def refused(outcome: Outcome, said: str) -> None:
    assert outcome.code is ExitCode.REFUSED_BY_RUN, outcome.err
    assert said in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.usefixtures("workers")
async def test_a_customer_can_be_followed_from_the_order_to_the_end(cli: Cli, written: Write) -> None:
    onboarding_id = await started(cli, written(ORDER))
    assert "already known" in well(await cli("onboarding", "start", written(ORDER))).out
    await supply_what_is_missing(cli, onboarding_id)
    await say_that_it_is_signed(cli, onboarding_id)
    await choose_a_time(cli, onboarding_id)
    await hand_over_at_the_second_try(cli, onboarding_id)
    await use_the_workspace(cli, onboarding_id)
    await call_it_off(cli, onboarding_id)

    timeline = (await cli("onboarding", "timeline", onboarding_id, "--json")).document
    assert [one["state"] for one in timeline["states"]][-2:] == ["undoing", "cancelled"]
    made = {one["step"]: one for one in timeline["steps"]}
    assert made["hand_over"]["done_at"] > made["hand_over"]["begun_at"]
    assert made["confirm_first_value"]["done_at"] is None
    assert {one["what"] for one in timeline["result"]["undone"]} >= {"subscription", "workspace", "account"}


async def supply_what_is_missing(cli: Cli, onboarding_id: str) -> None:
    """What is missing is asked of whoever can supply it."""
    status = await in_state(cli, onboarding_id, "awaiting_prerequisites")
    missing = [one["prerequisite"] for one in status["prerequisites"] if not one["met"]]
    assert missing == ["tax_id"]
    assert "tax_id from p-femi" in (await cli("onboarding", "status", onboarding_id)).out
    seats = ("onboarding", "provide", onboarding_id, "--seats", 12, "--as", "p-jonas")
    assert well(await cli(*seats)).out.startswith("still missing:\n  - tax_id from p-femi")
    given = await cli("onboarding", "provide", onboarding_id, "--tax-id", "DE136695976", "--as", "p-femi")
    assert well(given).out.startswith("nothing is missing any more\n")
    await in_state(cli, onboarding_id, "awaiting_contract")
    refused(await cli(*seats), "nothing is missing")


async def say_that_it_is_signed(cli: Cli, onboarding_id: str) -> None:
    """Another contract is refused."""
    signed = ("onboarding", "contract-signed", onboarding_id, "--as", "p-jonas", "--reference")
    refused(await cli(*signed, "C-other"), "its reference is not that of the order")
    assert well(await cli(*signed, "C-2026-41")).out.startswith("told\n")


async def choose_a_time(cli: Cli, onboarding_id: str) -> None:
    """The customer takes one of the times that are offered; no stranger may."""
    status = await in_state(cli, onboarding_id, "awaiting_kickoff_choice")
    slot = status["kickoff"]["slots"][0]["id"]
    assert slot in (await cli("onboarding", "status", onboarding_id)).out
    choose = ("onboarding", "choose", onboarding_id)
    refused(await cli(*choose, "20200101T0900Z", "--as-customer"), "unknown slot")
    refused(await cli(*choose, slot, "--as", "p-ruth"), "wrong person")
    well(await cli(*choose, slot, "--as-customer"))


async def hand_over_at_the_second_try(cli: Cli, onboarding_id: str) -> None:
    """The success team refuses, and takes the customer once that is mended."""
    status = await in_state(cli, onboarding_id, "in_handover")
    assert status["kickoff_at"] is not None
    again = ("onboarding", "hand-over", onboarding_id, "--as", "p-ines", "--reason", "goals are written down")
    refused(await cli(*again), "the success team has refused nothing")
    run = onboarding_workflow_id(onboarding_id)
    listed = await until(cli, lambda one: one["approvals"] != [], "approval", "list", "--for", "p-dana")
    assert [one["request_id"] for one in listed["approvals"]] == [approval_workflow_id(run)]
    shown = well(await cli("approval", "show", approval_workflow_id(run))).out
    assert f"./throughline onboarding status {onboarding_id}" in shown
    assert "p-jonas, for whom it is asked" in shown
    reject = ("approval", "reject", approval_workflow_id(run), "--as", "p-dana", "--reason", "no goals")
    well(await cli(*reject))
    await in_state(cli, onboarding_id, "handover_refused")
    well(await cli(*again))
    await in_state(cli, onboarding_id, "in_handover")
    await until(cli, lambda one: len(one["approvals"]) == 1, "approval", "list")
    well(await cli("approval", "approve", approval_workflow_id(run, 2), "--as", "p-dana"))


async def use_the_workspace(cli: Cli, onboarding_id: str) -> None:
    """The customer is live, and gets something out of it."""
    status = await in_state(cli, onboarding_id, "awaiting_first_value")
    ids = {one["step"]: one["external_id"] for one in status["effects"]}
    used = well(await cli("workspace", "used", ids["create_workspace"], "--json")).document
    assert used["first_value_at"] is not None
    seen = await until(cli, lambda one: len(one["runs"]) == 1, "onboarding", "list", "--lane", "waiting")
    assert (seen["runs"][0]["id"], seen["runs"][0]["stage"]) == (onboarding_id, "awaiting_first_value")


async def call_it_off(cli: Cli, onboarding_id: str) -> None:
    """The customer leaves after all; no stranger may say so for them, and nobody twice."""
    cancel = ("onboarding", "cancel", onboarding_id, "--reason", "budget was cut")
    refused(await cli(*cancel, "--as", "p-ruth"), "wrong person")
    well(await cli(*cancel, "--as-customer"))
    status = await in_state(cli, onboarding_id, "cancelled")
    assert status["cancelled_by"] == "cus-77"
    late = await cli(*cancel, "--as-customer")
    refused(late, "the run is over (completed)")
    assert f"./throughline onboarding status {onboarding_id}" in late.err


@pytest.mark.usefixtures("workers")
async def test_a_contract_that_is_on_record_as_signed_is_not_waited_for(cli: Cli, written: Write) -> None:
    well(await cli("agreement", "record", "C-2026-41", "signed"))
    complete = ORDER | {"details": ORDER["details"] | {"tax_id": "DE136695976"}}
    onboarding_id = await started(cli, written(complete))
    status = await in_state(cli, onboarding_id, "awaiting_kickoff_choice")
    assert "awaiting_prerequisites" not in {visit["state"] for visit in status["visits"]}


@pytest.mark.usefixtures("workers")
async def test_a_deal_that_is_won_is_onboarded_with_what_was_sold(cli: Cli, written: Write) -> None:
    lead = {
        "source": "website",
        "event_id": "won-1",
        "entry_kind": "landing_form",
        "service_interest": "implementation",
        "contact": {
            "name": "Ann",
            "email": "ann@buyer-works.example",
            "company": "Buyer Works",
            "country": "DE",
        },
    }
    submitted = well(await cli("lead", "submit", written(lead, "lead.json"), "--wait", "--json")).document
    lead_id, owner = submitted["leads"][0]["lead_id"], submitted["leads"][0]["status"]["owner_id"]
    sold = written({"plan": "team", "seats": 10, "region": "eu"}, "sold.json")
    record = ("outcome", "record", lead_id)
    well(await cli(*record, "proposal_sent", "--as", owner))
    outcome = well(await cli(*record, "closed_won", "--as", owner, "--order", sold))
    assert f"./throughline onboarding status {lead_id}" in outcome.out
    status = await in_state(cli, lead_id, "awaiting_prerequisites")
    met = {one["prerequisite"] for one in status["prerequisites"] if one["met"]}
    assert {"company", "plan", "seats", "region"} <= met
    assert status["seller_id"] == owner
    shown = (await cli("lead", "status", lead_id)).out
    assert onboarding_workflow_id(lead_id) in shown


async def test_what_the_server_has_forgotten_is_in_the_ledger(cli: Cli, settings: Settings) -> None:
    ended = ended_record()
    async with await Store.open(settings.store.url.get_secret_value()) as store:
        await SqlLedger(store, lambda: NOW).record_onboarding(ended)
    gone = well(await cli("onboarding", "status", ended.onboarding_id, "--json")).document
    assert (gone["status"], gone["record"]["result"]["outcome"]) == (None, "cancelled")
    assert "cancelled on" in well(await cli("onboarding", "timeline", ended.onboarding_id)).out


async def test_an_onboarding_can_be_read_before_any_worker_has_seen_it(
    cli: Cli, written: Write, client: Client
) -> None:
    onboarding_id = await started(cli, written(ORDER))
    seen = await client.get_workflow_handle(onboarding_workflow_id(onboarding_id)).describe()
    attributes = seen.typed_search_attributes
    assert attributes.get(search_attributes.LANE) == Lane.RUNNING
    assert attributes.get(search_attributes.STAGE) == "received"
    assert attributes.get(search_attributes.OWNER_ID) == "p-jonas"
    assert len(attributes) == 3
    shown = f"{await seen.static_summary()} {await seen.static_details()}"
    assert f"./throughline onboarding status {onboarding_id}" in shown
    assert not [one for one in PERSONAL if one in shown.lower()]
    status = await cli("onboarding", "status", onboarding_id, "--timeout", 1)
    assert status.code is ExitCode.NO_ANSWER


@pytest.mark.usefixtures("workers")
async def test_access_is_asked_for_agreed_to_and_listed(cli: Cli) -> None:
    asked = (
        "access", "request", "--id", "it-1042", "--for", "p-dana", "--system", "crm", "--role", "reader",
        "--reason", "invoices",
    )  # fmt: skip
    assert well(await cli(*asked, "--json")).document["already_known"] is False
    assert well(await cli(*asked, "--json")).document["already_known"] is True
    status = await until(cli, lambda one: one["state"] == "in_approval", "access", "status", "it-1042")
    approval = status["approval_id"]
    await until(cli, lambda one: one["approvals"] != [], "approval", "list", "--for", "p-oskar")
    assert "./throughline access status it-1042" in well(await cli("approval", "show", approval)).out
    refused(await cli("approval", "approve", approval, "--as", "p-dana"), "p-dana")
    well(await cli("approval", "approve", approval, "--as", "p-oskar"))
    status = await until(cli, lambda one: one["state"] == "granted", "access", "status", "it-1042")
    assert status["lasts_until"] is not None
    seen = await until(cli, lambda one: len(one["runs"]) == 1, "access", "list", "--lane", "waiting")
    assert (seen["runs"][0]["id"], seen["runs"][0]["owner_id"]) == ("it-1042", "p-dana")
    refused(await cli("access", "resolve", "it-1042", "retry", "--as", "p-oskar"), "nothing is parked")


@pytest.mark.usefixtures("workers")
async def test_what_is_not_there_is_not_found(cli: Cli) -> None:
    for command in (
        ("onboarding", "status", "onobody"),
        ("onboarding", "timeline", "onobody"),
        ("onboarding", "provide", "onobody", "--seats", 5, "--as", "p-jonas"),
        ("onboarding", "contract-signed", "onobody", "--reference", "C-1", "--as", "p-jonas"),
        ("onboarding", "choose", "onobody", "s", "--as-customer"),
        ("onboarding", "choose", "onobody", "s", "--as", "p-jonas"),
        ("onboarding", "hand-over", "onobody", "--reason", "mended", "--as", "p-jonas"),
        ("onboarding", "cancel", "onobody", "--reason", "why", "--as", "p-jonas"),
        ("onboarding", "resolve", "onobody", "retry", "--as", "p-jonas"),
        ("access", "status", "anobody"),
        ("access", "resolve", "anobody", "retry", "--as", "p-oskar"),
        ("approval", "show", "customer-onboarding/onobody/approval"),
        ("workspace", "used", "workspace_nobody"),
    ):
        outcome = await cli(*command)
        assert outcome.code is ExitCode.NOT_FOUND, command
        assert outcome.err.count("\n") == 1


# -- where systems say no


class TestWhereASystemSaysNo:
    @pytest.fixture
    def faults(self) -> Faults:
        return Faults()

    @pytest.fixture
    async def cli(
        self,
        client: Client,
        settings: Settings,
        store_url: str,
        faults: Faults,
        capsys: pytest.CaptureFixture[str],
    ) -> AsyncIterator[Cli]:
        """A command line of a house, whose systems may fail."""
        bundle = house_rules()
        async with open_house(client, store_url, bundle, faults=faults):
            yield cli_around(HouseSurroundings(settings, bundle), capsys)

    async def test_a_parked_step_is_resolved(self, cli: Cli, written: Write, faults: Faults) -> None:
        faults.fail("start_subscription", calls=(1,))
        onboarding_id = await started(cli, written(COMPLETE))
        status = await in_state(cli, onboarding_id, "parked")
        assert [one["step"] for one in status["parked"]] == ["start_subscription"]
        await until(cli, lambda one: len(one["runs"]) == 1, "onboarding", "list", "--lane", "blocked")
        skipped = await cli("onboarding", "resolve", onboarding_id, "skip", "--as", "m-eve")
        refused(skipped, "may not be skipped")
        well(await cli("onboarding", "resolve", onboarding_id, "retry", "--as", "m-eve"))
        await in_state(cli, onboarding_id, "awaiting_kickoff_choice")

    async def test_parked_undos_are_resolved_by_their_names(
        self, cli: Cli, written: Write, faults: Faults
    ) -> None:
        faults.fail("cancel_subscription")
        onboarding_id = await started(cli, written(COMPLETE))
        await in_state(cli, onboarding_id, "awaiting_kickoff_choice")
        # The subscription begins beside the offer.
        await until(cli, has_made("start_subscription"), "onboarding", "status", onboarding_id)
        well(await cli("onboarding", "cancel", onboarding_id, "--reason", "budget", "--as", "o-ada"))
        await until(cli, has_parked(2), "onboarding", "status", onboarding_id)
        shown = (await cli("onboarding", "status", onboarding_id)).out
        assert "retry|skip --step 'undo subscription' --as PERSON" in shown

        resolve = ("onboarding", "resolve", onboarding_id)
        several = await cli(*resolve, "skip", "--as", "m-eve")
        assert several.code is ExitCode.USAGE
        assert "undo subscription, undo billing customer" in several.err
        well(await cli(*resolve, "skip", "--step", "undo subscription", "--as", "m-eve"))
        await until(cli, has_parked(1), "onboarding", "status", onboarding_id)
        well(await cli(*resolve, "skip", "--as", "m-eve"))
        await in_state(cli, onboarding_id, "cancelled")
        result = (await cli("onboarding", "timeline", onboarding_id, "--json")).document["result"]
        assert {one["what"] for one in result["left"]} == {"subscription", "billing customer"}


COMPLETE = ORDER | {
    "seller_id": "o-ada",
    "details": ORDER["details"] | {"tax_id": "DE136695976", "contract_signed_at": "2026-11-20T10:00:00Z"},
}


def has_made(step: str) -> Callable[[Any], bool]:
    return lambda found: step in {one["step"] for one in found["status"]["effects"]}


def has_parked(count: int) -> Callable[[Any], bool]:
    return lambda found: len(found["status"]["parked"]) == count
