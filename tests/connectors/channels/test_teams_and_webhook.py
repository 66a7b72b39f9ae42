"""Teams cards and signed webhooks: what is sent, and what each answer means."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from connectors.channels import DeliveryChannel
from connectors.errors import BY_STATUS, ErrorRow
from connectors.teams.channel import card_of
from connectors.webhook.channel import ERRORS, id_of
from contracts.delivery import Channel
from contracts.failures import FailureCode, ServiceFailure
from tests.connectors.channels.parcels import TEAMS_PATH, WEBHOOK_SECRET, body_of, parcel, teams, webhook
from tests.connectors.odd_answers import ODD_ANSWERS, OddAnswer

Making = Callable[[Any], DeliveryChannel]
OLD_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"

READ_AS_SUCCESS = frozenset(
    {
        "a page in place of data",
        "no body",
        "no body and no type",
        "data of another type",
        "half of the data",
        "a number",
        "an empty object",
        "nothing",
    }
)
"""A 2xx is all that these receivers say; what stands in its body is nobody's business."""


async def sent_by(making: Making, **changed: Any) -> httpx.Request:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202)

    await making(answer).deliver(parcel(**changed), "")
    return seen[0]


async def test_card_goes_to_the_whole_secret_url_and_says_whom_it_is_for() -> None:
    request = await sent_by(teams)
    assert request.url.raw_path.decode() == TEAMS_PATH
    (attachment,) = body_of(request)["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    runs = [block["inlines"][0]["text"] for block in card["body"]]
    assert runs == ["For Sam Owner", parcel().subject, parcel().body]


def test_card_stays_below_what_teams_takes() -> None:
    text = str(card_of(parcel(body="検" * 20_000))).encode()
    assert len(text) < 28_000


async def test_taken_card_has_no_reference_since_nothing_proves_it() -> None:
    receipt = await teams(lambda _: httpx.Response(202)).deliver(parcel(), "")
    assert (receipt.channel, receipt.reference) == (Channel.TEAMS, "")


async def test_standards_own_verifier_takes_the_webhook() -> None:
    request = await sent_by(webhook)
    read = Webhook(WEBHOOK_SECRET).verify(request.content, dict(request.headers))
    assert request.headers["webhook-id"] == parcel().key
    assert (read["type"], read["data"]["subject"]) == ("throughline.message.lead_assigned", parcel().subject)
    assert read["data"]["body"] == parcel().body


async def test_both_secrets_sign_while_the_receiver_changes_over() -> None:
    request = await sent_by(lambda answer: webhook(answer, previous_secret=OLD_SECRET))
    for secret in (WEBHOOK_SECRET, OLD_SECRET):
        Webhook(secret).verify(request.content, dict(request.headers))


def test_known_answer_of_the_standard() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    signature = Webhook(WEBHOOK_SECRET).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_long_body_is_cut_below_the_standards_limit_and_says_so() -> None:
    request = await sent_by(webhook, body="検" * 20_000)
    assert len(request.content) < 20_000
    assert body_of(request)["data"]["shortened"] is True


@pytest.mark.parametrize("key", ["a.b#c", "ü#c", "a b#c"])
def test_key_that_no_header_carries_is_hashed(key: str) -> None:
    assert id_of(key).startswith("msg_")
    assert id_of(key) == id_of(key) != id_of(key + "x")


@pytest.mark.parametrize("row", BY_STATUS, ids=lambda row: str(row.status))
async def test_each_status_of_a_workflow_means_what_the_table_says(row: ErrorRow) -> None:
    await _means(teams, row)


@pytest.mark.parametrize("row", [*ERRORS.rows, *BY_STATUS], ids=lambda row: str(row.status))
async def test_each_status_of_a_receiver_means_what_the_table_says(row: ErrorRow) -> None:
    own = next((one for one in ERRORS.rows if one.status == row.status), row)
    await _means(webhook, own)


async def _means(making: Making, row: ErrorRow) -> None:
    with pytest.raises(ServiceFailure) as caught:
        await making(lambda _: httpx.Response(row.status or 0, headers={"retry-after": "7"})).deliver(
            parcel(), ""
        )
    assert (caught.value.code, caught.value.retry_after) == (row.meaning, timedelta(seconds=7))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("odd", ODD_ANSWERS, ids=str)
@pytest.mark.parametrize("making", [teams, webhook], ids=["teams", "webhook"])
async def test_odd_answer_is_a_named_failure_unless_its_status_is_all_that_counts(
    odd: OddAnswer, making: Making
) -> None:
    channel = making(odd.transport())
    if odd.name in READ_AS_SUCCESS:
        await channel.deliver(parcel(), "")
        return
    with pytest.raises(ServiceFailure) as caught:
        await channel.deliver(parcel(), "")
    assert caught.value.code in odd.expected


def test_gone_receiver_wants_no_more() -> None:
    assert ERRORS.row_for(410, None).meaning is FailureCode.FORBIDDEN
