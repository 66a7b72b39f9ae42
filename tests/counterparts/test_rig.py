"""Every counterpart answers as the program that it should be, and the proxy does to it what it is told."""

import asyncio
import smtplib
import time
from base64 import b64encode
from collections.abc import AsyncIterator

import httpx
import pytest

from runtime.counterparts import arrangements
from runtime.counterparts.fault_proxy import Faults
from runtime.counterparts.servers import CounterpartServer
from tests.counterparts.conftest import Proxied

TRYTON = {"authorization": f"Bearer {arrangements.TRYTON_KEY}"}
PARTIES = "/crm/rest/model/party.party"


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=60) as client:
        yield client


async def parties_named(http: httpx.AsyncClient, server: CounterpartServer, name: str) -> int:
    domain = b64encode(f'[["name", "=", "{name}"]]'.encode()).decode()
    answer = await http.get(server.url() + PARTIES, params={"d": domain}, headers=TRYTON)
    assert answer.status_code == 200
    return len(answer.json())


async def test_tryton_keeps_a_code_unique(http: httpx.AsyncClient, tryton: CounterpartServer) -> None:
    body = {"name": "Unique", "code": "rig-unique"}
    first = await http.post(tryton.url() + PARTIES, json=body, headers=TRYTON)
    second = await http.post(tryton.url() + PARTIES, json=body, headers=TRYTON)
    assert (first.status_code, second.status_code) == (200, 400)
    assert "unique" in second.json()["message"]
    assert await parties_named(http, tryton, "Unique") == 1


async def test_emulators_know_their_systems(http: httpx.AsyncClient, emulate: CounterpartServer) -> None:
    token = {"authorization": "Bearer test_token_admin"}
    slack = await http.post(emulate.url("slack") + "/api/auth.test", headers=token)
    assert slack.json()["ok"] is True
    stripe = await http.post(emulate.url("stripe") + "/v1/customers", headers=token, data={"name": "A"})
    assert stripe.json()["object"] == "customer"
    google = await http.get(emulate.url("google") + "/calendar/v3/users/me/calendarList", headers=token)
    assert google.json()["kind"] == "calendar#calendarList"
    letter = {"from": "a@example.com", "to": ["b@example.com"], "subject": "s", "html": "h"}
    keyed = {**token, "idempotency-key": "rig-letter"}
    sent = [await http.post(emulate.url("resend") + "/emails", headers=keyed, json=letter) for _ in range(2)]
    assert sent[0].json()["id"] == sent[1].json()["id"]
    okta = await http.get(emulate.url("okta") + "/.well-known/openid-configuration")
    assert okta.json()["issuer"].startswith(emulate.url("okta"))


async def test_aimock_answers_what_a_fixture_says(http: httpx.AsyncClient, aimock: CounterpartServer) -> None:
    fixture = {"match": {"userMessage": "rig"}, "response": {"content": "it works"}}
    added = await http.post(aimock.url() + "/__aimock/fixtures", json={"fixtures": [fixture]})
    assert added.is_success
    asked = {"model": "m", "messages": [{"role": "user", "content": "rig"}]}
    openai = await http.post(
        aimock.url() + "/v1/chat/completions", json=asked, headers={"authorization": "Bearer k"}
    )
    assert openai.json()["choices"][0]["message"]["content"] == "it works"
    anthropic = await http.post(
        aimock.url() + "/v1/messages", json={**asked, "max_tokens": 9}, headers={"x-api-key": "k"}
    )
    assert anthropic.json()["content"][0]["text"] == "it works"


async def test_scim_server_keeps_tenants_apart(
    http: httpx.AsyncClient, scim2_server: CounterpartServer
) -> None:
    token = {"authorization": f"Bearer {arrangements.SCIM_TOKEN}"}
    user = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "rig"}
    answers = [
        await http.post(
            f"{scim2_server.url()}/{tenant}/Users",
            headers={**token, "content-type": "application/scim+json"},
            json=user,
        )
        for tenant in ("rig-one", "rig-one", "rig-two")
    ]
    assert [answer.status_code for answer in answers] == [201, 409, 201]


async def test_radicale_takes_an_event_once(http: httpx.AsyncClient, radicale: CounterpartServer) -> None:
    user = (arrangements.CALENDAR_USER, arrangements.CALENDAR_PASSWORD)
    calendar = f"{radicale.url()}/{arrangements.CALENDAR_USER}/rig"
    assert (await http.request("MKCALENDAR", calendar, auth=user)).status_code == 201
    event = "\r\n".join(
        (
            *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//t//t//EN", "BEGIN:VEVENT", "UID:rig"),
            *("DTSTAMP:20260101T000000Z", "DTSTART:20260101T000000Z", "END:VEVENT", "END:VCALENDAR", ""),
        )
    )
    new = {"if-none-match": "*", "content-type": "text/calendar"}
    puts = [await http.put(f"{calendar}/rig.ics", auth=user, content=event, headers=new) for _ in range(2)]
    assert [put.status_code for put in puts] == [201, 412]


async def test_localstripe_knows_customers(http: httpx.AsyncClient, localstripe: CounterpartServer) -> None:
    answer = await http.post(
        localstripe.url() + "/v1/customers", data={"name": "Rig"}, auth=("sk_test_counterpart", "")
    )
    assert answer.json()["name"] == "Rig"


async def test_mail_is_a_file(aiosmtpd: CounterpartServer) -> None:
    def send() -> None:
        with smtplib.SMTP("127.0.0.1", aiosmtpd.port()) as smtp:
            smtp.sendmail("a@example.com", ["b@example.com"], "Subject: rig\r\n\r\nHello\r\n")

    await asyncio.to_thread(send)
    (letter,) = (aiosmtpd.run.folder / "mail" / "new").iterdir()
    assert "Subject: rig" in letter.read_text()


async def test_every_third_answer_is_lost_after_the_server_acted(
    http: httpx.AsyncClient, tryton: CounterpartServer, proxied: Proxied
) -> None:
    way = await proxied(tryton.url(), Faults(drop_every=3, methods=("POST",)))
    lost = 0
    for _ in range(6):
        try:
            await http.post(way.url + PARTIES, json={"name": "Dropped"}, headers=TRYTON)
        except httpx.RemoteProtocolError:
            lost += 1
    assert lost == 2
    assert await parties_named(http, tryton, "Dropped") == 6
    assert await way.counts() == {"calls": 6, "drop": 2, "delay": 0, "reset": 0, "refuse": 0}


async def test_a_broken_call_does_not_reach_the_server(
    http: httpx.AsyncClient, tryton: CounterpartServer, proxied: Proxied
) -> None:
    way = await proxied(tryton.url(), Faults(reset_every=1, methods=("POST",)))
    with pytest.raises(httpx.RemoteProtocolError):
        await http.post(way.url + PARTIES, json={"name": "Broken"}, headers=TRYTON)
    assert await parties_named(http, tryton, "Broken") == 0


async def test_a_refused_call_says_when_to_come_again(
    http: httpx.AsyncClient, tryton: CounterpartServer, proxied: Proxied
) -> None:
    way = await proxied(tryton.url(), Faults(refuse_every=2, retry_after=7))
    answers = [await http.post(way.url + PARTIES, json={"name": "Busy"}, headers=TRYTON) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 503]
    assert answers[1].headers["retry-after"] == "7"
    assert await parties_named(http, tryton, "Busy") == 1


async def test_a_delayed_call_takes_that_long_and_faults_end_with_their_test(
    http: httpx.AsyncClient, tryton: CounterpartServer, proxied: Proxied
) -> None:
    way = await proxied(tryton.url(), Faults(delay_every=1, delay_seconds=0.3))
    started = time.monotonic()
    answer = await http.get(way.url + PARTIES, headers=TRYTON)
    assert answer.status_code == 200
    assert time.monotonic() - started >= 0.3
    await way.set_faults(Faults())
    assert await way.counts() == {}
