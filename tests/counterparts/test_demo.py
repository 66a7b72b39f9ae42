"""The demo on servers that we did not write, over a network that loses every fifth answer."""

import pytest

from tests.e2e.demo_process import DemoProcess
from tests.processes import gone

MINUTES = 21
"""Longer than it takes to give up leads and customers: it says itself what has not ended."""
LOSSY = ("Tryton", "Slack", "Model", "Stripe", "SCIM", "CalDAV")


@pytest.mark.timeout(MINUTES * 60 + 30)
async def test_every_effect_stands_once_although_every_fifth_answer_is_lost() -> None:
    arguments = ("--with", "counterparts", "--drop-every", "5", "--exit", "--json", "--any-port")
    async with DemoProcess(*arguments) as demo:
        code, document = await demo.result(within=MINUTES * 60)
        left = demo.descendants()
    wrong = {lead["id"]: lead["differences"] for lead in document["leads"] if lead["differences"]}
    assert (wrong, document["problems"], document["store"]["differences"]) == ({}, [], []), demo.said
    assert {one["name"]: one["differences"] for one in document["customers"] if one["differences"]} == {}
    servers = {one["server"]: one for one in document["counterparts"]["servers"]}
    assert set(servers) == {*LOSSY, "SMTP"}
    for server in servers.values():
        assert (server["doubled"], server["missing"], server["unasked"]) == ([], [], []), server
        assert server["found"] == server["effects"] + server["unheard"] > 0, server
    for name in LOSSY:
        assert servers[name]["answers_lost"] == servers[name]["calls"] // 5 > 0, servers[name]
    assert sum(server["undone"] for server in servers.values()) > 0
    assert (document["as_expected"], code) == (True, 0)
    assert [await gone(pid) for pid in left] == [True] * len(left)
