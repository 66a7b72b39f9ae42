"""Slack against a server that we did not write, read by the vendor's own library."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from slack_sdk import WebClient

from connectors.connections.channels import SlackSettings
from connectors.slack.channel import SlackChannel, slack_system
from connectors.slack.errors import ERRORS
from contracts.delivery import Parcel
from contracts.failures import FailureCode, ServiceFailure
from runtime.counterparts.fault_proxy import Faults
from runtime.counterparts.servers import CounterpartServer
from tests.connectors.slack_fake import FakeSlack
from tests.counterparts.conftest import Proxied

TOKEN = "test_token_admin"
GENERAL = "C000000001"


def now() -> datetime:
    return datetime.now(UTC)


def parcel(key: str, **changed: Any) -> Parcel:
    whole: dict[str, Any] = {
        "key": key,
        "kind": "lead_assigned",
        "subject": "A lead: 検査 <!here>",
        "body": "Zoë asks & waits.\n" * 500,
        "workflow_id": "lead-intake/lead-1",
    }
    return Parcel(**(whole | changed))


@pytest.fixture
async def slack(emulate: CounterpartServer) -> AsyncIterator[SlackChannel]:
    settings = SlackSettings(token=SecretStr(TOKEN), url=emulate.url("slack") + "/api")
    async with slack_system(settings) as system:
        yield SlackChannel(system, now)


async def read_by_the_vendors_library(server: CounterpartServer, key: str) -> list[dict[str, Any]]:
    """The messages of a key in #general."""
    client = WebClient(token=TOKEN, base_url=server.url("slack") + "/api/")
    answer = await asyncio.to_thread(
        client.conversations_history, channel=GENERAL, include_all_metadata=True, limit=200
    )
    messages: list[dict[str, Any]] = answer["messages"] or []
    return [one for one in messages if one.get("metadata", {}).get("event_payload", {}).get("key") == key]


async def test_token_is_known(slack: SlackChannel) -> None:
    assert await slack.whoami() == "Emulate"


async def test_message_is_read_as_it_was_meant(emulate: CounterpartServer, slack: SlackChannel) -> None:
    sent = parcel("read")
    receipt = await slack.deliver(sent, GENERAL)
    (message,) = await read_by_the_vendors_library(emulate, "read")
    assert message["ts"] == receipt.reference
    header, *sections = message["blocks"]
    assert header["text"]["text"] == sent.subject
    assert "".join(section["text"]["text"] for section in sections) == sent.body
    assert message["text"] == "A lead: 検査 &lt;!here&gt;"


async def test_member_who_is_not_there_is_named_so(slack: SlackChannel) -> None:
    """The counterpart has the bot's own user only, so a conversation that opens is shown by the fake."""
    with pytest.raises(ServiceFailure) as caught:
        await slack.deliver(parcel("direct"), "U999999999")
    assert caught.value.code is FailureCode.NOT_FOUND
    assert caught.value.message.startswith("open conversation")


async def test_message_whose_answer_was_lost_is_found_and_stands_once(
    emulate: CounterpartServer, proxied: Proxied
) -> None:
    way = await proxied(emulate.url("slack"), Faults(drop_every=1, path_part="chat.postMessage"))
    async with slack_system(SlackSettings(token=SecretStr(TOKEN), url=way.url + "/api")) as system:
        channel = SlackChannel(system, now)
        with pytest.raises(ServiceFailure) as caught:
            await channel.deliver(parcel("lost"), GENERAL)
        assert caught.value.code is FailureCode.OUTCOME_UNKNOWN
        receipt = await channel.deliver(parcel("lost", tried_before=True), GENERAL)
    (message,) = await read_by_the_vendors_library(emulate, "lost")
    assert message["ts"] == receipt.reference


async def test_message_that_never_arrived_is_posted_by_the_repeat(
    emulate: CounterpartServer, proxied: Proxied
) -> None:
    way = await proxied(emulate.url("slack"), Faults(reset_every=1, path_part="chat.postMessage"))
    async with slack_system(SlackSettings(token=SecretStr(TOKEN), url=way.url + "/api")) as system:
        channel = SlackChannel(system, now)
        with pytest.raises(ServiceFailure) as caught:
            await channel.deliver(parcel("reset"), GENERAL)
        assert caught.value.outcome_unknown
        await way.set_faults(Faults())
        await channel.deliver(parcel("reset", tried_before=True), GENERAL)
    assert len(await read_by_the_vendors_library(emulate, "reset")) == 1


async def test_server_that_wants_to_be_left_alone_says_for_how_long(
    emulate: CounterpartServer, proxied: Proxied
) -> None:
    way = await proxied(emulate.url("slack"), Faults(refuse_every=1, retry_after=7))
    async with slack_system(SlackSettings(token=SecretStr(TOKEN), url=way.url + "/api")) as system:
        with pytest.raises(ServiceFailure) as caught:
            await SlackChannel(system, now).deliver(parcel("refused"), GENERAL)
    assert caught.value.code is FailureCode.UNAVAILABLE
    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 7


async def test_later_message_takes_the_place_of_the_earlier(
    emulate: CounterpartServer, slack: SlackChannel
) -> None:
    first = await slack.deliver(parcel("assigned"), GENERAL)
    withdrawn = parcel("withdrawn", subject="Withdrawn", body="Not yours.", earlier=first)
    for _ in range(2):
        assert await slack.deliver(withdrawn, GENERAL) == first
    client = WebClient(token=TOKEN, base_url=emulate.url("slack") + "/api/")
    answer = await asyncio.to_thread(client.conversations_history, channel=GENERAL, limit=200)
    (edited,) = [one for one in answer["messages"] or [] if one["ts"] == first.reference]
    assert edited["text"] == "Withdrawn"


async def test_no_is_understood(slack: SlackChannel) -> None:
    """The counterpart takes any token, so what a wrong one comes to is shown by the fake only."""
    with pytest.raises(ServiceFailure) as caught:
        await slack.deliver(parcel("no"), "C999999999")
    assert caught.value.code is FailureCode.NOT_FOUND


async def test_fake_of_the_other_suites_says_what_the_real_counterpart_says(
    emulate: CounterpartServer,
) -> None:
    """Both are asked the same; what they answer has the same shape, so neither drifts from the other."""
    fake = FakeSlack(TOKEN)
    fake.page = 200
    headers = {"authorization": f"Bearer {TOKEN}"}
    asked: list[tuple[str, dict[str, Any]]] = [
        ("chat.postMessage", {"channel": GENERAL, "text": "one"}),
        ("chat.postMessage", {"channel": "C999999999"}),
        ("chat.postMessage", {"channel": GENERAL}),
        ("chat.update", {"channel": GENERAL, "ts": "1.000001", "text": "two"}),
    ]
    transport = httpx.MockTransport(fake)
    async with (
        httpx.AsyncClient(base_url=emulate.url("slack") + "/api/", headers=headers) as real,
        httpx.AsyncClient(base_url="https://fake.example/api/", headers=headers, transport=transport) as ours,
    ):
        for method, body in asked:
            theirs, mine = [(await one.post(method, json=body)).json() for one in (real, ours)]
            assert theirs["ok"] == mine["ok"], (method, theirs)
            if theirs["ok"]:
                assert set(mine) <= set(theirs)
                assert re.fullmatch(r"\d{10}\.\d{6}", theirs["ts"])
            else:
                meanings = {ERRORS.row_for(200, one).meaning for one in (theirs, mine)}
                assert len(meanings) == 1, (theirs, mine)
