"""A customer books their kickoff at Cal.com's page: the webhook's request becomes the run's choice, once."""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from contracts.ids import onboarding_workflow_id
from runtime.settings import Settings
from starters.exit_codes import ExitCode
from tests.connectors import strict_calcom
from tests.connectors.loopback import served
from tests.connectors.strict_calcom import StrictCalCom
from tests.rules.policy_samples import shipped
from tests.running import running_workers
from tests.starters.outcome import Outcome
from tests.starters.real_cli import Cli, cli_with, until
from tests.starters.test_onboarding_on_server import (
    COMPLETE,
    Write,
    in_state,
    refused,
    started,
    well,
    written,
)
from workers.wiring import wire

__all__ = ["written"]

SECRET = "whsec_of_this_test"
EVENT_TYPE = 7
KICKOFF_LASTS = timedelta(minutes=45)
"""As the shipped policy has it for an ordinary customer."""


@pytest.fixture
def organisation() -> StrictCalCom:
    return StrictCalCom({EVENT_TYPE}, KICKOFF_LASTS)


@pytest.fixture
def on_calcom(settings: Settings, organisation: StrictCalCom) -> Iterator[Settings]:
    """A deployment whose people are met on Cal.com."""
    people = [person.id for person in shipped().people]
    with served(organisation.handle) as url:
        calcom = {
            "url": f"{url}/v2",
            "api_key": strict_calcom.API_KEY,
            "event_types": dict.fromkeys(people, EVENT_TYPE),
            "booking_pages": dict.fromkeys(people, "https://cal.example/kickoff"),
            "webhook_secret": SECRET,
        }
        given = settings.model_dump() | {"connectors": {"scheduling": "calcom"}, "calcom": calcom}
        yield Settings.model_validate(given)


@pytest.fixture
def cli(on_calcom: Settings, capsys: pytest.CaptureFixture[str]) -> Cli:
    return cli_with(on_calcom, capsys)


@pytest.fixture
async def workers(on_calcom: Settings, client: Client) -> AsyncIterator[None]:
    async with wire(on_calcom) as wiring, running_workers(client, wiring):
        yield


class Webhook:
    """Hands requests to the command, as whatever answers the webhook does."""

    def __init__(self, cli: Cli, organisation: StrictCalCom, folder: Path) -> None:
        self._cli = cli
        self._organisation = organisation
        self._body = folder / "body.json"

    async def tells(self, uid: str, *, secret: str = SECRET, **changed: Any) -> Outcome:
        now = datetime.now(UTC)
        body, signature = self._organisation.delivery(uid, now, secret=secret, **changed)
        self._body.write_bytes(body)
        return await self._cli(
            "onboarding", "receive-booking", "calcom", self._body, "--signature-header", signature, "--json"
        )


async def link_in_letter(cli: Cli, onboarding_id: str) -> str:
    """What the customer was sent."""
    listed = ("outbox", "list", "--run", onboarding_workflow_id(onboarding_id))

    def offers(document: Any) -> list[str]:
        return [one["id"] for one in document["entries"] if one["kind"] == "customer_kickoff_offer"]

    entries = await until(cli, lambda one: bool(offers(one)), *listed)
    letter = well(await cli("outbox", "show", offers(entries)[0])).out
    (link,) = re.findall(r"https://cal\.example/\S+", letter)
    return str(link)


def unoffered(status: Any) -> datetime:
    """A time of their own, soon after the first that is offered; what else is offered hangs on the hour."""
    offered = {datetime.fromisoformat(one["starts_at"]) for one in status["kickoff"]["slots"]}
    at = min(offered) + timedelta(minutes=90)
    while at in offered:
        at += timedelta(minutes=30)
    return at


@pytest.mark.usefixtures("workers")
async def test_customer_books_at_the_page_and_the_run_takes_it_once(
    cli: Cli, written: Write, organisation: StrictCalCom, tmp_path: Path
) -> None:
    webhook = Webhook(cli, organisation, tmp_path)
    onboarding_id = await started(cli, written(COMPLETE | {"seller_id": "p-jonas"}))
    status = await in_state(cli, onboarding_id, "awaiting_kickoff_choice")
    link, at = await link_in_letter(cli, onboarding_id), unoffered(status)
    uid = organisation.booked_at_page(link, EVENT_TYPE, at)

    for refusal, asked in (
        ("wrong_signature", {"secret": "whsec_of_another"}),
        ("stale", {"createdAt": "2026-01-01T00:00:00Z"}),
        ("unknown_event", {"triggerEvent": "BOOKING_CANCELLED"}),
    ):
        told = await webhook.tells(uid, **asked)
        assert told.code is ExitCode.INPUT_REFUSED
        assert told.document["error"]["details"] == [{"problem": refusal}]
    assert (await in_state(cli, onboarding_id, "awaiting_kickoff_choice"))["kickoff_at"] is None

    well(await webhook.tells(uid))
    shown = ("onboarding", "status", onboarding_id)
    seen = await until(cli, lambda one: one["status"]["kickoff_at"] is not None, *shown)
    assert datetime.fromisoformat(seen["status"]["kickoff_at"]) == at
    made = [one for one in seen["status"]["effects"] if one["step"] == "book_kickoff"]
    assert [one["external_id"] for one in made] == [uid]

    before = (await in_state(cli, onboarding_id, "in_handover"))["effects"]
    well(await webhook.tells(uid))
    assert (await in_state(cli, onboarding_id, "in_handover"))["effects"] == before
    assert [one["uid"] for one in organisation.standing()] == [uid]

    another = organisation.booked_at_page(link, EVENT_TYPE, at + timedelta(days=1))
    refused(await webhook.tells(another), "no kickoff is being offered")

    well(await cli("onboarding", "cancel", onboarding_id, "--reason", "budget", "--as", "p-jonas"))
    await in_state(cli, onboarding_id, "cancelled")
    assert [one["uid"] for one in organisation.standing()] == [another]


async def test_request_is_refused_before_anybody_is_asked(
    on_calcom: Settings, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = tmp_path / "body.json"
    body.write_bytes(b"{}")
    receive = ("onboarding", "receive-booking", "calcom", body, "--signature-header", "")
    unsigned = await cli_with(on_calcom, capsys)(*receive)
    assert unsigned.code is ExitCode.INPUT_REFUSED
    assert "unsigned: " in unsigned.err
    without = await cli_with(settings, capsys)(*receive)
    assert without.code is ExitCode.MISCONFIGURED
    assert "THROUGHLINE__CALCOM__WEBHOOK_SECRET" in without.err
    elsewhere = await cli_with(on_calcom, capsys)(
        "onboarding", "receive-booking", "calendly", body, "--signature-header", ""
    )
    assert elsewhere.code is ExitCode.USAGE
    body.write_bytes(b" " * (1024 * 1024 + 1))
    large = await cli_with(on_calcom, capsys)(*receive)
    assert large.code is ExitCode.INPUT_REFUSED
    assert "larger than" in large.err
