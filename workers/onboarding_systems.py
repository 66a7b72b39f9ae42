"""How each system of others that onboarding uses is made of its settings."""

from connectors.calcom.booking_page import CalComBookingPages
from connectors.calcom.scheduling import CalComScheduling, calcom_system
from connectors.caldav.scheduling import caldav_scheduling, caldav_system
from connectors.google_calendar.scheduling import google_scheduling, google_systems
from connectors.scim.api import ScimApi, scim_system
from connectors.scim.provisioning import ScimProvisioning
from connectors.stripe.api import StripeApi, stripe_system
from connectors.stripe.billing import StripeBilling
from contracts.onboarding_ports import Billing, BookingPages, Provisioning, Scheduling
from workers.parts import Parts, chosen


def stripe(parts: Parts) -> Billing:
    """A Stripe account."""
    settings = chosen(parts.settings.stripe)
    api = StripeApi(parts.opened(stripe_system(settings)), parts.clock)
    return StripeBilling(api, parts.effects("stripe"), settings)


def scim(parts: Parts) -> Provisioning:
    """A product's SCIM service."""
    settings = chosen(parts.settings.scim)
    return ScimProvisioning(ScimApi(parts.opened(scim_system(settings))), parts.effects("scim"), settings)


def caldav(parts: Parts) -> Scheduling:
    """Calendars on a CalDAV server."""
    settings = chosen(parts.settings.caldav)
    system = parts.opened(caldav_system(settings))
    return caldav_scheduling(system, parts.effects("caldav"), settings, parts.clock)


def google_calendar(parts: Parts) -> Scheduling:
    """Google calendars."""
    settings = chosen(parts.settings.google_calendar)
    calendars, tokens = map(parts.opened, google_systems(settings))
    effects = parts.effects("google_calendar")
    return google_scheduling((calendars, tokens), effects, settings, parts.clock)


def calcom(parts: Parts) -> Scheduling:
    """Event types on Cal.com."""
    settings = chosen(parts.settings.calcom)
    return CalComScheduling(parts.opened(calcom_system(settings)), parts.effects("calcom"), settings)


def booking_pages(parts: Parts) -> BookingPages | None:
    """Where customers book a meeting themselves; None where no calendar that is chosen has such pages."""
    if parts.settings.connectors.scheduling != "calcom":
        return None
    return CalComBookingPages(chosen(parts.settings.calcom))
