"""Messages to an address of the user's own, signed as Standard Webhooks 1.0.0 says."""

import json
from dataclasses import replace
from datetime import UTC
from hashlib import sha256
from typing import Any

from standardwebhooks import Webhook

from connectors.card import ConnectorCard, Operation
from connectors.channels import CALL_WITHIN
from connectors.connections.channels import WebhookSettings
from connectors.errors import ErrorRow, ErrorTable
from connectors.http import Call, HttpSystem
from connectors.secret_urls import SecretUrl
from contracts.delivery import Channel, Parcel, Receipt
from contracts.failures import FailureCode
from contracts.ports import Clock

LARGEST_BODY = 15_000
"""Bytes of a message's own body; the standard wants the whole below 20 kB."""

EVENT = "throughline.message"

ERRORS = ErrorTable((ErrorRow(410, None, FailureCode.FORBIDDEN),))
"""410 means that the receiver wants no more; all else is as HTTP says."""

CARD = ConnectorCard(
    name="webhook",
    port="notifier",
    system="any receiver of Standard Webhooks 1.0.0",
    operations=(
        Operation(
            "send",
            "webhook-id, the same for every attempt: the receiver ignores what it has seen",
            "none where the receiver keeps to the standard",
        ),
    ),
    rate_limit="the receiver's; 429 with Retry-After",
    scopes="a secret shared with the receiver, and the one before it while they change it",
)
CUSTOMER_CARD = replace(CARD, port="correspondence")


def webhook_system(settings: WebhookSettings, **options: Any) -> HttpSystem:
    """The receiver's host; the rest of its URL may hold a secret and is told in the call."""
    options = {"within": CALL_WITHIN, **options}
    return HttpSystem("webhook", SecretUrl.of(settings.url).origin, errors=ERRORS, **options)


class WebhookChannel:
    """`DeliveryChannel` over one receiver, which has to tell people itself."""

    def __init__(self, system: HttpSystem, settings: WebhookSettings, clock: Clock) -> None:
        self._system = system
        self._clock = clock
        self._path = SecretUrl.of(settings.url).path
        secrets = (settings.secret, settings.previous_secret)
        self._signers = tuple(Webhook(secret.get_secret_value()) for secret in secrets if secret)

    async def deliver(self, parcel: Parcel, to: str) -> Receipt:
        """Posts a message under its key."""
        at = self._clock().astimezone(UTC)
        webhook_id = id_of(parcel.key)
        text = json.dumps(self._event(parcel, to, at.isoformat()), ensure_ascii=False, separators=(",", ":"))
        headers = {
            "content-type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(one.sign(webhook_id, at, text) for one in self._signers),
        }
        await self._system.call(Call("post event", "POST", self._path, body=text.encode(), headers=headers))
        return Receipt(channel=Channel.WEBHOOK, reference=webhook_id)

    def _event(self, parcel: Parcel, to: str, at: str) -> dict[str, Any]:
        whole = parcel.body.encode()
        return {
            "type": f"{EVENT}.{parcel.kind}",
            "timestamp": at,
            "data": {
                "key": parcel.key,
                "workflow_id": parcel.workflow_id,
                "to": to or None,
                "recipient": parcel.recipient_name or None,
                "subject": parcel.subject,
                "body": whole[:LARGEST_BODY].decode("utf-8", "ignore"),
                "shortened": len(whole) > LARGEST_BODY,
                "due_at": parcel.due_at.isoformat() if parcel.due_at else None,
            },
        }


def id_of(key: str) -> str:
    """The key as a header can carry it; the standard forbids a full stop in it."""
    plain = key.isascii() and key.isprintable() and "." not in key and " " not in key
    return key if plain else f"msg_{sha256(key.encode()).hexdigest()[:48]}"
