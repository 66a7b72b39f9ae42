"""`doctor` says whether the channels that the policy names can be reached; it sends nothing."""

import socket

from pydantic import SecretStr

from connectors.connections.channels import EmailSettings, TeamsSettings
from contracts.delivery_policy import DeliveryPolicy
from runtime.settings import Settings
from starters.channel_checks import channel_findings
from starters.findings import Verdict
from tests.bundles import small_bundle
from tests.connectors.mail_server import mail_server

BY_MAIL = small_bundle(delivery=DeliveryPolicy.model_validate({"channels": ["email"]}))


def settings_of_mail(port: int) -> Settings:
    return Settings(
        email=EmailSettings(host="127.0.0.1", port=port, security="none", sender="intake@ours.example")
    )


async def test_nothing_is_said_where_nothing_is_named_or_set() -> None:
    assert await channel_findings(Settings(), small_bundle()) == []


async def test_channel_without_settings_is_a_problem_that_names_them() -> None:
    (finding,) = await channel_findings(Settings(), BY_MAIL)
    assert finding.verdict is Verdict.PROBLEM
    assert "THROUGHLINE__EMAIL__HOST" in finding.remedy


async def test_mail_server_is_greeted_and_sent_nothing() -> None:
    async with mail_server() as mailbox:
        (finding,) = await channel_findings(settings_of_mail(mailbox.port), BY_MAIL)
        assert (finding.verdict, mailbox.taken) == (Verdict.OK, [])


async def test_mail_server_that_is_away_is_a_problem() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        (finding,) = await channel_findings(settings_of_mail(taken.getsockname()[1]), BY_MAIL)
    assert finding.verdict is Verdict.PROBLEM


async def test_channel_that_can_only_be_tried_by_sending_says_so() -> None:
    teams = TeamsSettings(workflow_url=SecretStr("https://acme.example/hooks/s3cret"))
    (finding,) = await channel_findings(Settings(teams=teams), small_bundle())
    assert finding.verdict is Verdict.OK
    assert "does not name it" in finding.detail
    assert "s3cret" not in finding.detail
