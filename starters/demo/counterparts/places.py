"""How the demo's workers reach servers of others: settings as a deployment would have them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from pydantic import SecretStr

from connectors.connections.channels import EmailSettings, SlackSettings
from connectors.connections.crm import TrytonSettings
from connectors.connections.models import AnthropicSettings, OpenAiCompatibleSettings
from connectors.connections.onboarding import CalDavSettings, ScimSettings, StripeSettings
from connectors.settings import ConnectorSettings
from contracts.settings import Area
from runtime.counterparts.catalogue import COUNTERPARTS
from runtime.ports import HOST
from runtime.settings import variable

CHOSEN = ConnectorSettings(
    crm="tryton",
    classifier="openai_compatible",
    summariser="anthropic",
    billing="stripe",
    provisioning="scim",
    scheduling="caldav",
)
SERVICES: Mapping[str, tuple[str, str]] = {
    "tryton": ("tryton", "tryton"),
    "slack": ("emulate", "slack"),
    "models": ("aimock", "aimock"),
    "stripe": ("localstripe", "localstripe"),
    "scim": ("scim2-server", "scim2-server"),
    "caldav": ("radicale", "radicale"),
    "email": ("aiosmtpd", "aiosmtpd"),
}
"""What is spoken to: the counterpart and its service."""

BY_HTTP = tuple(name for name in SERVICES if name != "email")
"""Those that the proxy can stand in front of."""

CLASSIFIER_MODEL, SUMMARISER_MODEL = "demo-classifier", "demo-summariser"
TENANT = "demo"
SENDER = "intake@throughline.example"


@dataclass(frozen=True)
class Places:
    """The settings of each system, by the name of its area."""

    tryton: TrytonSettings
    slack: SlackSettings
    email: EmailSettings
    openai_compatible: OpenAiCompatibleSettings
    anthropic: AnthropicSettings
    stripe: StripeSettings
    scim: ScimSettings
    caldav: CalDavSettings

    def environment(self) -> dict[str, str]:
        """The variables by which workers get all of it, and the choice of it."""
        areas: dict[str, Area] = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: value
            for area, settings in {"connectors": CHOSEN, **areas}.items()
            for name, value in _variables(area, settings)
        }


def places(ports: Mapping[str, int], prices: Mapping[str, str], people: Iterable[str]) -> Places:
    """All systems.

    Args:
        ports: by service.
        prices: the id of each plan's price in Stripe.
        people: who have calendars.
    """
    user = shown("caldav", "user")

    def url(service: str, path: str = "") -> str:
        return f"http://{HOST}:{ports[service]}{path}"

    def secret(service: str, name: str) -> SecretStr:
        return SecretStr(shown(service, name))

    model: dict[str, Any] = {"api_key": SecretStr("counterpart"), "input_price": 1.0, "output_price": 5.0}
    return Places(
        tryton=TrytonSettings(
            url=url("tryton"), database=shown("tryton", "database"), key=secret("tryton", "key")
        ),
        slack=SlackSettings(url=url("slack", "/api"), token=secret("slack", "token")),
        email=EmailSettings(host=HOST, port=ports["email"], sender=SENDER, security="none"),
        openai_compatible=OpenAiCompatibleSettings(
            base_url=url("models", "/v1"), model=CLASSIFIER_MODEL, **model
        ),
        anthropic=AnthropicSettings(base_url=url("models"), model=SUMMARISER_MODEL, **model),
        stripe=StripeSettings(
            url=url("stripe", "/v1"), secret_key=secret("stripe", "key"), prices=dict(prices)
        ),
        scim=ScimSettings(url=url("scim", f"/{TENANT}"), token=secret("scim", "token")),
        caldav=CalDavSettings(
            url=url("caldav"),
            username=user,
            password=secret("caldav", "password"),
            calendars={person: f"{user}/{person}" for person in people},
        ),
    )


def shown(service: str, name: str) -> str:
    """What a client of a service shows."""
    return COUNTERPARTS[SERVICES[service][0]].credentials[name]


def _variables(area: str, settings: Area) -> Iterator[tuple[str, str]]:
    for name in sorted(settings.model_fields_set):
        yield variable(area, name), _text(getattr(settings, name))


def _text(value: Any) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return json.dumps(value) if isinstance(value, dict) else str(value)
