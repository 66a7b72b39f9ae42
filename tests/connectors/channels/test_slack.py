"""Slack: what is posted, what each answer means, and what a message whose end is unknown comes to."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from slack_sdk.models.blocks import Block, HeaderBlock, PlainTextObject, SectionBlock

from connectors.errors import BY_STATUS, ErrorRow
from connectors.slack.blocks import message_of
from connectors.slack.errors import ERRORS, ON_OK
from contracts.delivery import Channel, Receipt
from contracts.failures import FailureCode, ServiceFailure
from tests.connectors.channels.parcels import NOW, TOKEN, body_of, parcel, slack
from tests.connectors.odd_answers import ODD_ANSWERS, OddAnswer

POSTED = {"ok": True, "ts": "1732.0001", "channel": "C1"}
EARLIER = Receipt(channel=Channel.SLACK, reference="1700.0001", place="D7")


class Slack:
    """A network that answers by method, and what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        method = request.url.path.rsplit("/", 1)[-1].replace(".", "_")
        return httpx.Response(200, json=self.answers[method])

    @property
    def methods(self) -> list[str]:
        return [request.url.path.rsplit("/", 1)[-1] for request in self.asked]


async def test_message_carries_token_key_and_text_that_calls_nobody() -> None:
    network = Slack(chat_postMessage=POSTED)
    receipt = await slack(network).deliver(parcel(), "C1")
    assert receipt == Receipt(channel=Channel.SLACK, reference="1732.0001", place="C1")
    (request,) = network.asked
    assert str(request.url) == "https://slack.com/api/chat.postMessage"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    sent = body_of(request)
    assert sent["channel"] == "C1"
    assert sent["metadata"]["event_payload"] == {"key": parcel().key}
    assert {block["text"]["type"] for block in sent["blocks"]} == {"plain_text"}
    assert "<!channel>" in sent["blocks"][1]["text"]["text"]


async def test_notification_text_is_escaped() -> None:
    network = Slack(chat_postMessage=POSTED)
    await slack(network).deliver(parcel(subject="<!here> & <@U1>"), "C1")
    assert body_of(network.asked[0])["text"] == "&lt;!here&gt; &amp; &lt;@U1&gt;"


@pytest.mark.parametrize("size", [0, 1, 2_999, 3_000, 3_001, 20_000])
def test_vendors_own_library_takes_the_blocks(size: int) -> None:
    blocks = message_of(parcel(subject="S" * 400, body="ä" * size))["blocks"]
    read = Block.parse_all(blocks)
    for block in read:
        assert isinstance(block, HeaderBlock | SectionBlock)
        block.validate_json()
        assert isinstance(block.text, PlainTextObject)
        assert len(block.text.text or "") <= 3_000
    assert "".join(block["text"]["text"] for block in blocks[2:]) == "ä" * size


async def test_member_is_told_in_a_conversation_that_is_opened_once() -> None:
    network = Slack(conversations_open={"ok": True, "channel": {"id": "D7"}}, chat_postMessage=POSTED)
    channel = slack(network)
    for _ in range(2):
        await channel.deliver(parcel(), "U0123")
    assert network.methods == ["conversations.open", "chat.postMessage", "chat.postMessage"]
    assert body_of(network.asked[1])["channel"] == "D7"


def history(*keys: str | None, cursor: str = "") -> dict[str, Any]:
    metadata = [{"event_type": "throughline_message", "event_payload": {"key": key}} for key in keys]
    messages = [{"ts": f"17.{number}", "metadata": one} for number, one in enumerate(metadata)]
    return {"ok": True, "messages": messages, "response_metadata": {"next_cursor": cursor}}


async def test_message_of_unknown_end_is_found_and_not_posted_again() -> None:
    network = Slack(conversations_history=history("other", None, parcel().key))
    receipt = await slack(network).deliver(parcel(tried_before=True), "C1")
    assert (receipt.reference, receipt.place) == ("17.2", "C1")
    (asked,) = network.asked
    given = dict(parse_qsl(asked.content.decode()))
    assert given["include_all_metadata"] == "true"
    assert float(given["oldest"]) == (NOW - timedelta(days=2)).timestamp()


async def test_message_of_unknown_end_that_is_not_there_is_posted() -> None:
    pages = iter([history("other", cursor="next"), history()])
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        cursor = dict(parse_qsl(request.content.decode())).get("cursor", "")
        asked.append(f"{request.url.path.rsplit('/', 1)[-1]} {cursor}".strip())
        return httpx.Response(200, json=POSTED if "post" in asked[-1] else next(pages))

    await slack(answer).deliver(parcel(tried_before=True), "C1")
    assert asked == ["conversations.history", "conversations.history next", "chat.postMessage"]


async def test_history_that_cannot_be_read_posts_nothing() -> None:
    network = Slack(conversations_history={"ok": False, "error": "missing_scope"})
    with pytest.raises(ServiceFailure) as caught:
        await slack(network).deliver(parcel(tried_before=True), "C1")
    assert caught.value.code is FailureCode.FORBIDDEN
    assert network.methods == ["conversations.history"]


async def test_later_message_takes_the_place_of_the_earlier() -> None:
    network = Slack(chat_update={"ok": True, "ts": "1700.0001", "channel": "D7"})
    receipt = await slack(network).deliver(parcel(earlier=EARLIER), "D7")
    assert receipt == EARLIER
    assert body_of(network.asked[0])["ts"] == "1700.0001"


@pytest.mark.parametrize("code", ["message_not_found", "edit_window_closed", "cant_update_message"])
async def test_message_is_posted_where_the_earlier_cannot_be_edited(code: str) -> None:
    network = Slack(chat_update={"ok": False, "error": code}, chat_postMessage=POSTED)
    receipt = await slack(network).deliver(parcel(earlier=EARLIER), "D7")
    assert network.methods == ["chat.update", "chat.postMessage"]
    assert receipt.reference == "1732.0001"


@pytest.mark.parametrize("row", ERRORS.rows, ids=lambda row: row.code or "any other code")
async def test_each_code_means_what_the_table_says(row: ErrorRow) -> None:
    network = Slack(chat_postMessage={"ok": False, "error": row.code or "some_new_code"})
    with pytest.raises(ServiceFailure) as caught:
        await slack(network).deliver(parcel(), "C1")
    assert (caught.value.code, caught.value.retry_after) == (row.meaning, row.wait)


@pytest.mark.parametrize("row", BY_STATUS, ids=lambda row: str(row.status))
async def test_each_status_means_what_the_table_says(row: ErrorRow) -> None:
    assert row.status != ON_OK
    with pytest.raises(ServiceFailure) as caught:
        await slack(lambda _: httpx.Response(row.status or 0, headers={"retry-after": "7"})).deliver(
            parcel(), "C1"
        )
    assert (caught.value.code, caught.value.retry_after) == (row.meaning, timedelta(seconds=7))


@pytest.mark.parametrize("odd", ODD_ANSWERS, ids=str)
@pytest.mark.parametrize("given", [{}, {"tried_before": True}, {"earlier": EARLIER}], ids=str)
async def test_odd_answer_is_a_named_failure(odd: OddAnswer, given: dict[str, Any]) -> None:
    with pytest.raises(ServiceFailure) as caught:
        await slack(odd.transport()).deliver(parcel(**given), "C1")
    assert caught.value.code in odd.expected
    assert "Ann" not in caught.value.message


@pytest.mark.parametrize("odd", ODD_ANSWERS, ids=str)
async def test_odd_answer_to_the_opening_of_a_conversation_is_a_named_failure(odd: OddAnswer) -> None:
    with pytest.raises(ServiceFailure):
        await slack(odd.transport()).deliver(parcel(), "U1")


@pytest.mark.parametrize("body", [{"ok": "yes"}, {"ok": False}, {"ok": True}, {"ok": True, "ts": 7}])
async def test_answer_without_what_is_due_is_malformed(body: dict[str, Any]) -> None:
    with pytest.raises(ServiceFailure) as caught:
        await slack(Slack(chat_postMessage=body)).deliver(parcel(), "C1")
    assert caught.value.code is FailureCode.MALFORMED
