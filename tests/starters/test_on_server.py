"""Commands against a real Temporal server and real workers: from the lead in a file to its outcome."""

import asyncio
import csv
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from temporalio.client import Client

from connectors.store.engine import Store
from connectors.store.ledger import SqlLedger
from contracts.approval import Decision
from contracts.ids import follow_through_workflow_id, intake_workflow_id
from contracts.names import TaskQueue
from contracts.states import Lane
from rules.submissions import parse_submission
from runtime.settings import IdentitySettings, Settings, StoreSettings, TemporalSettings
from starters.exit_codes import ExitCode
from starters.in_flight import start_all
from tests.namespaces import in_new_namespace
from tests.starters.real_cli import Cli, RealSurroundings, cli_with, until
from tests.starters.standins import NOW
from workflows import search_attributes
from workflows.approval import ApprovalWorkflow

Write = Callable[..., Path]

SALES = {
    "source": "website",
    "event_id": "sales-1",
    "entry_kind": "landing_form",
    "service_interest": "implementation",
    "contact": {
        "name": "Ann Buyer",
        "email": "ann@buyer-works.example",
        "company": "Buyer Works",
        "country": "DE",
    },
}
REVIEWED = SALES | {"event_id": "reviewed-1", "service_interest": "something that we do not list"}
INCOMPLETE = SALES | {"event_id": "incomplete-1", "contact": {"name": "Ann Buyer"}}
SPAM = SALES | {"event_id": "spam-1", "bot_signals": {"honeypot": "x"}}


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """Writes leads into a file."""

    def write(*leads: dict[str, Any]) -> Path:
        file = tmp_path / "leads.json"
        file.write_text(json.dumps(leads))
        return file

    return write


async def submitted(cli: Cli, file: Path) -> dict[str, Any]:
    """The first lead of a file, once it is decided or waits; with its id."""
    outcome = await cli("lead", "submit", file, "--wait", "--timeout", 30, "--json")
    assert outcome.code is ExitCode.OK, outcome.err
    first: dict[str, Any] = outcome.document["leads"][0]
    return first


@pytest.mark.usefixtures("workers")
async def test_a_lead_can_be_followed_from_file_to_outcome(cli: Cli, written: Write) -> None:
    lead = await submitted(cli, written(SALES))
    lead_id, status = lead["lead_id"], lead["status"]
    assert (status["state"], status["path"], status["lane"]) == ("handed_over", "sales", "completed")
    owner = status["owner_id"]

    shown = await cli("lead", "status", lead_id)
    assert shown.code is ExitCode.OK
    assert "handed_over" in shown.out
    assert "awaiting_acknowledgement" in shown.out

    wrong = await cli("lead", "acknowledge", lead_id, "--as", "p-elena")
    assert wrong.code is ExitCode.REFUSED_BY_RUN
    assert "not yours" in wrong.err
    assert wrong.err.count("\n") == 1
    assert (await cli("lead", "acknowledge", lead_id, "--as", owner)).code is ExitCode.OK

    recorded = await cli("outcome", "record", lead_id, "qualified", "--as", owner)
    again = await cli("outcome", "record", lead_id, "qualified", "--as", owner)
    assert (recorded.code, again.code) == (ExitCode.OK, ExitCode.OK)
    follow_through = await until(
        cli, lambda one: one["follow_through"]["outcomes"] != [], "lead", "status", lead_id
    )
    assert follow_through["follow_through"]["outcomes"] == ["qualified"]


@pytest.mark.usefixtures("workers")
async def test_an_outcome_can_be_recorded_after_the_run_has_closed(
    cli: Cli, written: Write, client: Client, settings: Settings
) -> None:
    lead = await submitted(cli, written(SALES))
    lead_id, owner = lead["lead_id"], lead["status"]["owner_id"]
    lost = ("outcome", "record", lead_id, "closed_lost", "--reason", "price", "--as", owner)
    assert (await cli(*lost)).code is ExitCode.OK
    await client.get_workflow_handle(follow_through_workflow_id(lead_id)).result()

    assert "already recorded" in (await cli(*lost)).out
    refused = await cli("outcome", "record", lead_id, "qualified", "--as", owner)
    assert refused.code is ExitCode.REFUSED_BY_RUN
    assert "closed as closed_lost" in refused.err
    late = await cli("outcome", "record", lead_id, "deal_created", "--as", owner, "--id", "crm-11", "--json")
    assert late.code is ExitCode.OK, late.err
    assert late.document["report_id"] == "crm-11"
    async with await Store.open(settings.store.url.get_secret_value()) as store:
        ledger = SqlLedger(store, lambda: NOW)
        deadline = time.monotonic() + 10
        while len(outcomes := await ledger.outcomes(lead_id)) < 2 and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert [one.outcome for one in outcomes] == ["closed_lost", "deal_created"]


@pytest.mark.usefixtures("workers")
async def test_an_outcome_of_a_lead_that_went_nowhere_is_refused(cli: Cli, written: Write) -> None:
    lead = await submitted(cli, written(SPAM))
    assert lead["status"]["state"] == "disqualified"
    outcome = await cli("outcome", "record", lead["lead_id"], "qualified", "--as", "p-maya")
    assert outcome.code is ExitCode.REFUSED_BY_RUN
    assert "never handed over, it ended as disqualified" in outcome.err
    unknown = await cli("outcome", "record", "cnobody", "qualified", "--as", "p-maya")
    assert unknown.code is ExitCode.NOT_FOUND


@pytest.mark.usefixtures("workers")
async def test_an_approval_is_decided_by_the_right_person_and_once(cli: Cli, written: Write) -> None:
    lead = await submitted(cli, written(REVIEWED))
    approval = lead["status"]["approval_id"]
    listed = await until(cli, lambda one: one["approvals"] != [], "approval", "list", "--for", "p-nadia")
    assert [one["request_id"] for one in listed["approvals"]] == [approval]
    assert (await cli("approval", "list", "--for", "p-ruth", "--json")).document == {"approvals": []}
    assert "p-nadia" in (await cli("approval", "show", approval)).out

    wrong = await cli("approval", "approve", approval, "--as", "p-ruth")
    assert wrong.code is ExitCode.REFUSED_BY_RUN
    assert "wrong person" in wrong.err
    unknown = await cli("approval", "approve", approval, "--as", "p-nobody")
    assert unknown.code is ExitCode.INPUT_REFUSED
    assert "--as p-nobody" in unknown.err
    category = await cli("approval", "approve", approval, "--as", "p-nadia", "--category", "cooking")
    assert category.code is ExitCode.INPUT_REFUSED

    taken = await cli("approval", "approve", approval, "--as", "p-nadia", "--category", "training", "--json")
    assert taken.code is ExitCode.OK, taken.err
    assert taken.document["decisions"][0]["actor_id"] == "p-nadia"
    done = await until(
        cli, lambda one: one["intake"]["lane"] == "completed", "lead", "status", lead["lead_id"]
    )
    assert done["intake"]["category"] == "training"
    second = await cli("approval", "reject", approval, "--as", "p-sofia")
    assert second.code is ExitCode.REFUSED_BY_RUN
    assert "the run is over (completed)" in second.err
    assert (await cli("approval", "list")).out == "no approvals\n"
    shown = await cli("approval", "show", approval)
    assert "approve by p-nadia" in shown.out
    missing = await cli("approval", "approve", "lead-intake/cnobody/approval", "--as", "p-nadia")
    assert missing.code is ExitCode.NOT_FOUND


@pytest.mark.usefixtures("workers")
async def test_a_decision_of_a_key_that_nobody_knows_is_refused(
    cli: Cli,
    written: Write,
    settings: Settings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lead = await submitted(cli, written(REVIEWED))
    elsewhere = IdentitySettings(key_file=tmp_path / "elsewhere.key")
    stranger = cli_with(settings.model_copy(update={"identity": elsewhere}), capsys)
    outcome = await stranger("approval", "approve", lead["status"]["approval_id"], "--as", "p-nadia")
    assert outcome.code is ExitCode.REFUSED_BY_RUN
    assert "not verified" in outcome.err


@pytest.mark.usefixtures("workers")
async def test_a_token_decides_through_the_signal_of_the_web_ui(
    cli: Cli, written: Write, client: Client
) -> None:
    lead = await submitted(cli, written(REVIEWED))
    approval = lead["status"]["approval_id"]
    token = await cli("approval", "token", approval, "--as", "p-nadia", "--reason", "known rival", "--json")
    assert token.code is ExitCode.OK
    payload = token.document["signals"]["reject"]
    handle = client.get_workflow_handle(approval)
    await handle.signal(ApprovalWorkflow.reject, Decision.model_validate(payload))
    await until(cli, lambda one: one["state"] == "rejected", "approval", "show", approval)
    text = (await cli("approval", "token", approval, "--as", "p-nadia")).out
    assert "send the signal `approve`" in text
    assert "usable until" in text


@pytest.mark.usefixtures("workers")
async def test_an_incomplete_lead_is_completed(cli: Cli, written: Write) -> None:
    lead = await submitted(cli, written(INCOMPLETE))
    assert lead["status"]["state"] == "awaiting_details"
    lead_id = lead["lead_id"]
    bad = await cli("lead", "amend", lead_id, "--email", "zz\n@b.example", "--as", "p-nadia")
    assert bad.code is ExitCode.INPUT_REFUSED
    assert "email must be one line" in bad.err
    assert "zz" not in bad.err
    amended = await cli("lead", "amend", lead_id, "--email", "ann@buyer-works.example", "--as", "p-nadia")
    assert amended.code is ExitCode.OK, amended.err
    done = await until(cli, lambda one: one["intake"]["lane"] == "completed", "lead", "status", lead_id)
    assert done["intake"]["state"] == "handed_over"
    late = await cli("lead", "amend", lead_id, "--email", "b@buyer-works.example", "--as", "p-nadia")
    assert late.code is ExitCode.REFUSED_BY_RUN
    nothing = await cli("lead", "resolve", lead_id, "retry", "--as", "p-nadia")
    assert nothing.code is ExitCode.REFUSED_BY_RUN
    assert "nothing is parked" in nothing.err


@pytest.mark.usefixtures("workers")
async def test_runs_are_listed_by_lane_and_path(cli: Cli, written: Write) -> None:
    await submitted(cli, written(SALES, SPAM, INCOMPLETE))
    await until(cli, lambda one: len(one["runs"]) == 4, "lead", "list")
    waiting = await until(cli, lambda one: len(one["runs"]) == 2, "lead", "list", "--lane", "waiting")
    assert {one["stage"] for one in waiting["runs"]} == {"awaiting_details", "awaiting_acknowledgement"}
    spam = await until(cli, lambda one: len(one["runs"]) == 1, "lead", "list", "--path", "disqualified")
    assert spam["runs"][0]["stage"] == "disqualified"
    intake = (await cli("lead", "list", "--process", "lead-intake", "--limit", 2, "--json")).document
    assert {one["process"] for one in intake["runs"]} == {"lead-intake"}
    assert len(intake["runs"]) == 2


async def test_the_same_lead_fifty_times_at_once_is_one_run(settings: Settings, client: Client) -> None:
    submission = parse_submission(SALES, received_at=NOW)
    async with RealSurroundings(settings).doors(15) as doors:
        started = await start_all(doors, [submission] * 50)
    assert sum(not one.already_known for one in started) == 1
    assert len({one.workflow_id for one in started}) == 1


async def test_a_run_can_be_read_before_any_worker_has_seen_it(settings: Settings, client: Client) -> None:
    source = "Ann Buyer <ann@buyer-works.example>"
    submission = parse_submission(SALES | {"source": source}, received_at=NOW)
    async with RealSurroundings(settings).doors(15) as doors:
        started = await doors.start_lead(submission)
    seen = await client.get_workflow_handle(started.workflow_id).describe()
    attributes = seen.typed_search_attributes
    assert attributes.get(search_attributes.LANE) == Lane.RUNNING
    assert attributes.get(search_attributes.STAGE) == "received"
    assert attributes.get(search_attributes.LEAD_SOURCE) == "other"
    assert len(attributes) == 3
    assert await seen.static_summary() == "Lead from other"
    assert "buyer" not in str(await seen.static_details()).lower()


async def test_without_workers_a_command_gives_up_and_says_so(cli: Cli, written: Write) -> None:
    file = written(SALES)
    began = time.monotonic()
    outcome = await cli("lead", "submit", file, "--wait", "--timeout", 1)
    lead_id = (await cli("lead", "submit", file, "--json")).document["leads"][0]["lead_id"]
    status = await cli("lead", "status", lead_id, "--timeout", 1)
    amended = await cli("lead", "amend", lead_id, "--name", "B", "--as", "p-nadia", "--timeout", 1)
    for one in (outcome, status, amended):
        assert one.code is ExitCode.NO_ANSWER
        assert "./throughline worker" in one.err
        assert one.err.count("\n") == 1
    assert time.monotonic() - began < 15


@pytest.mark.usefixtures("workers")
async def test_what_is_not_there_is_not_found(cli: Cli) -> None:
    for command in (
        ("lead", "status", "cnobody"),
        ("lead", "acknowledge", "cnobody", "--as", "p-maya"),
        ("lead", "amend", "cnobody", "--name", "B", "--as", "p-maya"),
        ("lead", "resolve", "cnobody", "retry", "--as", "p-maya"),
        ("approval", "show", "lead-intake/cnobody/approval"),
        ("outbox", "show", "message_nobody"),
    ):
        outcome = await cli(*command)
        assert outcome.code is ExitCode.NOT_FOUND, command
        assert outcome.err.count("\n") == 1


async def test_a_server_that_is_not_there_is_said(
    settings: Settings, written: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = settings.model_copy(update={"temporal": TemporalSettings(address="127.0.0.1:1")})
    outcome = await cli_with(nowhere, capsys)("lead", "submit", written(SALES))
    assert outcome.code is ExitCode.UNREACHABLE
    assert "127.0.0.1:1" in outcome.err
    assert outcome.err.count("\n") == 1


async def test_an_import_takes_hundreds_of_rows_in_seconds(cli: Cli, tmp_path: Path, client: Client) -> None:
    file = tmp_path / "leads.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(("source", "event_id", "email", "employees", "message"))
        rows.writerows(
            ("website", f"e-{number}", f"p{number}@shop.example", number if number % 100 else "many", "a\nb")
            for number in range(1, 301)
        )
    began = time.monotonic()
    first = await cli("lead", "import", file, "--json")
    assert time.monotonic() - began < 20
    again = await cli("lead", "import", file, "--json")
    assert first.code is again.code is ExitCode.INPUT_REFUSED
    assert (first.document["started"], first.document["refused"]) == (297, 3)
    assert [one["line"] for one in first.document["refused_rows"]] == [200, 400, 600]
    assert (again.document["started"], again.document["already_known"]) == (0, 297)
    assert {lead["workflow_id"] for lead in first.document["leads"]} == {
        intake_workflow_id(lead["lead_id"]) for lead in again.document["leads"]
    }


@pytest.mark.usefixtures("workers")
async def test_the_outbox_shows_what_was_sent(cli: Cli, written: Write) -> None:
    lead = await submitted(cli, written(SALES))
    run = lead["workflow_id"]
    entries = (await cli("outbox", "list", "--run", run, "--json")).document["entries"]
    assert {one["kind"] for one in entries} == {"lead_assigned", "follow_up"}
    drafts = (await cli("outbox", "list", "--status", "draft", "--json")).document["entries"]
    assert [one["kind"] for one in drafts] == ["follow_up"]
    shown = await cli("outbox", "show", drafts[0]["id"])
    assert drafts[0]["body"] in shown.out
    assert (await cli("outbox", "list", "--run", "lead-intake/cnobody")).out == "nothing in the outbox\n"


async def test_doctor_says_what_is_missing_and_how_to_fix_it(
    settings: Settings, server_client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await in_new_namespace(server_client, "bare")
    bare = settings.model_copy(
        update={
            "temporal": settings.temporal.model_copy(update={"namespace": "bare"}),
            "store": StoreSettings(url=SecretStr(f"sqlite:///{tmp_path}/new.db")),
        }
    )
    cli = cli_with(bare, capsys)
    before = await cli("doctor", "--json")
    assert before.code is ExitCode.FAILED
    verdicts = {one["check"]: one["verdict"] for one in before.document["findings"]}
    assert verdicts["store"] == verdicts["search attributes"] == verdicts["queue crm"] == "problem"
    assert verdicts["temporal"] == verdicts["policy"] == "ok"
    assert all(one["remedy"] for one in before.document["findings"] if one["verdict"] != "ok")
    assert not (tmp_path / "identity.key").exists()

    after = await cli("doctor", "--fix", "--json")
    verdicts = {one["check"]: one["verdict"] for one in after.document["findings"]}
    fixed = ("store", "search attributes", "signing key", "crm mapping")
    assert [verdicts[check] for check in fixed] == ["ok"] * 4
    assert verdicts["queue crm"] == "problem"
    assert after.code is ExitCode.FAILED


@pytest.mark.usefixtures("workers")
async def test_doctor_finds_nothing_wrong_where_nothing_is(cli: Cli) -> None:
    await until(cli, lambda one: one["ok"], "doctor")
    outcome = await cli("doctor")
    assert outcome.code is ExitCode.OK
    assert [queue for queue in TaskQueue if f"queue {queue}" not in outcome.out] == []
