"""Implementations of the ports of onboarding on strict fakes, as the suites and tests of faults need them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from connectors.calcom.scheduling import CalComScheduling, calcom_system
from connectors.connections.onboarding import CalComSettings, GoogleCalendarSettings, StripeSettings
from connectors.google_calendar.scheduling import google_scheduling, google_systems
from connectors.keyed import RemoteEffects
from connectors.store.effect_memory import SqlEffectMemory
from connectors.store.engine import Store
from connectors.stripe.api import StripeApi, stripe_system
from connectors.stripe.billing import StripeBilling
from contracts.onboarding_ports import Billing, Scheduling
from tests.connectors import strict_calcom, strict_google, strict_stripe
from tests.connectors.conftest import SettableClock
from tests.connectors.loopback import served
from tests.connectors.patience import patient

HOSTS = ("kim", "ali", *(f"host-{n}" for n in range(10)))
"""Everybody whose calendar the suites look into."""


@dataclass(frozen=True)
class ProvisioningBounds:
    """What an implementation cannot do, and says so."""

    region: str | None = None
    """The only one it serves; None is all."""
    remembers_deleted: bool = True
    """False: what is deleted is as if it had never been (SCIM's 404 says no more)."""
    knows_use: bool = True
    """False: its protocol has no word for use (SCIM)."""


def remembered(store: Store, clock: SettableClock, system: str) -> RemoteEffects:
    return RemoteEffects(SqlEffectMemory(store, clock, system))


@dataclass(frozen=True)
class OnStripe:
    billing: Billing
    account: strict_stripe.StrictStripe
    url: str


@asynccontextmanager
async def on_stripe(store: Store, clock: SettableClock) -> AsyncGenerator[OnStripe]:
    account = strict_stripe.StrictStripe(clock)
    with served(account.handle) as url:
        settings = StripeSettings.model_validate(
            {
                "url": f"{url}/v1",
                "secret_key": strict_stripe.SECRET,
                "prices": {"team": strict_stripe.PRICE},
            }
        )
        async with stripe_system(settings) as system:
            billing = StripeBilling(StripeApi(system, clock), remembered(store, clock, "stripe"), settings)
            yield OnStripe(patient(billing, clock), account, url)


@dataclass(frozen=True)
class OnGoogle:
    scheduling: Scheduling
    domain: strict_google.StrictGoogle


@asynccontextmanager
async def on_google(store: Store, clock: SettableClock) -> AsyncGenerator[OnGoogle]:
    calendars = {host: f"{host}@ours.example" for host in HOSTS}
    domain = strict_google.StrictGoogle(clock, set(calendars.values()))
    with served(domain.handle) as url:
        domain.audience = f"{url}/token"
        settings = GoogleCalendarSettings.model_validate(
            {
                "url": f"{url}/v3",
                "token_url": domain.audience,
                "account_email": strict_google.ACCOUNT,
                "private_key": strict_google.PEM,
                "subject": strict_google.SUBJECT,
                "calendars": calendars,
            }
        )
        events, tokens = google_systems(settings)
        async with events, tokens:
            effects = remembered(store, clock, "google_calendar")
            scheduling = google_scheduling((events, tokens), effects, settings, clock)
            yield OnGoogle(patient(scheduling, clock), domain)


@dataclass(frozen=True)
class OnCalCom:
    scheduling: Scheduling
    organisation: strict_calcom.StrictCalCom
    settings: CalComSettings


@asynccontextmanager
async def on_calcom(store: Store, clock: SettableClock) -> AsyncGenerator[OnCalCom]:
    event_types = {host: 100 + number for number, host in enumerate(HOSTS)}
    organisation = strict_calcom.StrictCalCom(set(event_types.values()))
    with served(organisation.handle) as url:
        settings = CalComSettings.model_validate(
            {
                "url": f"{url}/v2",
                "api_key": strict_calcom.API_KEY,
                "event_types": event_types,
                "booking_pages": {host: f"https://cal.example/{host}/kickoff" for host in HOSTS},
                "webhook_secret": "whsec_known",
            }
        )
        async with calcom_system(settings) as system:
            scheduling = CalComScheduling(system, remembered(store, clock, "calcom"), settings)
            yield OnCalCom(patient(scheduling, clock), organisation, settings)
