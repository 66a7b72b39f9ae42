"""Cards to a Teams conversation, by the URL of a workflow that somebody made there."""

from typing import Any

from connectors.card import ConnectorCard, Operation
from connectors.channels import CALL_WITHIN
from connectors.connections.channels import TeamsSettings
from connectors.errors import ErrorTable
from connectors.http import Call, HttpSystem
from connectors.secret_urls import SecretUrl
from contracts.delivery import Channel, Parcel, Receipt

LARGEST_TEXT_BYTES = 20_000
"""Of a card's body: Teams refuses messages beyond about 28 kB."""

ERRORS = ErrorTable()
"""A workflow answers in the statuses of HTTP."""

CARD = ConnectorCard(
    name="teams",
    port="notifier",
    system="Microsoft Teams, workflow that posts when a webhook request is received",
    operations=(
        Operation(
            "send",
            "our memory; Teams takes no key and tells nothing afterwards",
            "a call whose end is unknown is made again, so a card may stand there twice. 202 says that the "
            "workflow began: whether the card appeared is not told",
        ),
    ),
    rate_limit="that of the workflow's plan; 429 with Retry-After",
    scopes="whoever has the URL may post, so the URL is a secret",
    not_established="When the older connector URLs end. No live tenant was used.",
)


def teams_system(settings: TeamsSettings, **options: Any) -> HttpSystem:
    """The host of the workflow; the rest of its URL is a secret and is told in the call."""
    options = {"within": CALL_WITHIN, **options}
    return HttpSystem("teams", SecretUrl.of(settings.workflow_url).origin, errors=ERRORS, **options)


class TeamsChannel:
    """`DeliveryChannel` over one workflow; every message says whom it is for."""

    def __init__(self, system: HttpSystem, settings: TeamsSettings) -> None:
        self._system = system
        self._path = SecretUrl.of(settings.workflow_url).path

    async def deliver(self, parcel: Parcel, to: str) -> Receipt:  # noqa: ARG002  (one end for everybody)
        """Posts a card. That it was taken is no proof that it appeared."""
        await self._system.call(Call("post card", "POST", self._path, json=card_of(parcel)))
        return Receipt(channel=Channel.TEAMS)


def card_of(parcel: Parcel) -> dict[str, Any]:
    """The message as an Adaptive Card. The body stands in a plain text run, which knows no markdown."""
    body: list[dict[str, Any]] = []
    if parcel.recipient_name:
        body.append(_text(f"For {parcel.recipient_name}", isSubtle=True))
    body.append(_text(parcel.subject, size="Large", weight="Bolder"))
    body.append(_text(_shortened(parcel.body), fontType="Monospace"))
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": body,
                },
            }
        ],
    }


def _text(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}


def _shortened(text: str) -> str:
    whole = text.encode()
    if len(whole) <= LARGEST_TEXT_BYTES:
        return text
    return whole[:LARGEST_TEXT_BYTES].decode("utf-8", "ignore").rstrip() + "…"
