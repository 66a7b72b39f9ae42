"""Messages as channels get them, and channels over a network that a test plays."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.connections.channels import EmailSettings, SlackSettings, TeamsSettings, WebhookSettings
from connectors.slack.channel import SlackChannel, slack_system
from connectors.teams.channel import TeamsChannel, teams_system
from connectors.webhook.channel import WebhookChannel, webhook_system
from contracts.delivery import Parcel
from tests.connectors.odd_answers import SOON

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
TOKEN = "xoxb-s3cret-of-the-bot"
TEAMS_PATH = "/workflows/0a1b/triggers/manual?api-version=1&sig=s3cret-of-the-workflow"
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

Answering = Callable[[httpx.Request], httpx.Response]


def parcel(**changed: Any) -> Parcel:
    whole: dict[str, Any] = {
        "key": "lead-intake/lead-1#notify_owner",
        "kind": "lead_assigned",
        "subject": "A lead: 検査",
        "body": "Zoë asks <!channel> & more.\n\nRun it.",
        "workflow_id": "lead-intake/lead-1",
        "recipient_name": "Sam Owner",
        "due_at": NOW + timedelta(hours=4),
    }
    return Parcel(**(whole | changed))


def transport_of(answer: Answering | httpx.MockTransport) -> httpx.MockTransport:
    return answer if isinstance(answer, httpx.MockTransport) else httpx.MockTransport(answer)


def slack(answer: Answering | httpx.MockTransport) -> SlackChannel:
    settings = SlackSettings(token=SecretStr(TOKEN))
    return SlackChannel(slack_system(settings, transport=transport_of(answer), within=SOON), lambda: NOW)


def teams(answer: Answering | httpx.MockTransport) -> TeamsChannel:
    settings = TeamsSettings(workflow_url=SecretStr(f"https://acme.logic.azure.example{TEAMS_PATH}"))
    return TeamsChannel(teams_system(settings, transport=transport_of(answer), within=SOON), settings)


def webhook(answer: Answering | httpx.MockTransport, **changed: Any) -> WebhookChannel:
    given = {"url": "https://ours.example/hooks/s3cret-path", "secret": WEBHOOK_SECRET}
    settings = WebhookSettings.model_validate(given | changed)
    system = webhook_system(settings, transport=transport_of(answer), within=SOON)
    return WebhookChannel(system, settings, lambda: datetime.now(UTC))


def email_settings(port: int, **changed: Any) -> EmailSettings:
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "intake@ours.example",
        "within": 5,
    }
    return EmailSettings.model_validate(given | changed)


def body_of(request: httpx.Request) -> Any:
    return json.loads(request.content)
