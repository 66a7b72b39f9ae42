"""Each choice of a system of onboarding is made of its own settings, and of no other's."""

import pytest

from connectors.calcom.scheduling import CalComScheduling
from connectors.calendars import CalendarScheduling
from connectors.scim.provisioning import ScimProvisioning
from connectors.stripe.billing import StripeBilling
from runtime.settings import Settings
from tests.connectors.strict_google import PEM
from workers.wiring import wire

CALENDARS = {"p-ines": "ines"}
CHOICES = (
    ("billing", "stripe", {"secret_key": "sk", "prices": {"team": "price_1"}}, StripeBilling),
    ("provisioning", "scim", {"url": "https://scim.example", "token": "t"}, ScimProvisioning),
    (
        "scheduling",
        "caldav",
        {"url": "https://cal.example", "username": "u", "password": "p", "calendars": CALENDARS},
        CalendarScheduling,
    ),
    (
        "scheduling",
        "google_calendar",
        {"account_email": "a@b.example", "private_key": PEM, "calendars": CALENDARS},
        CalendarScheduling,
    ),
    ("scheduling", "calcom", {"api_key": "k", "event_types": {"p-ines": 7}}, CalComScheduling),
)


@pytest.mark.parametrize(("port", "name", "area", "expected"), CHOICES, ids=[one[1] for one in CHOICES])
async def test_chosen_system_stands_behind_its_port(
    settings: Settings, port: str, name: str, area: dict[str, object], expected: type
) -> None:
    given = settings.model_dump() | {"connectors": {port: name}, name: area}
    async with wire(Settings.model_validate(given)) as wiring:
        behind = [value for made in wiring.activities for value in vars(made).values()]
    assert sum(type(one) is expected for one in behind) == 1


@pytest.mark.parametrize(("port", "name"), [one[:2] for one in CHOICES])
def test_chosen_system_without_settings_is_refused_by_name(port: str, name: str) -> None:
    with pytest.raises(ValueError, match=f"THROUGHLINE__CONNECTORS__{port.upper()} is {name}"):
        Settings.model_validate({"connectors": {port: name}})
