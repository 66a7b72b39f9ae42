"""Intake takes every lead to one of its stated ends."""

import pytest

from contracts.lead_intake import IntakeState
from contracts.routing import LeadPath
from tests.workflows.house import House
from tests.workflows.leads import a_newsletter_sign_up, a_sales_lead, a_support_ticket, spam

both_caches = pytest.mark.parametrize("cache_size", [1000, 0], ids=["cached", "uncached"])


@both_caches
@pytest.mark.parametrize(
    ("lead", "path"),
    [
        (a_sales_lead(), LeadPath.SALES),
        (a_support_ticket(), LeadPath.SUPPORT),
        (a_newsletter_sign_up(), LeadPath.NURTURE),
    ],
    ids=lambda value: value.value if isinstance(value, LeadPath) else "",
)
async def test_lead_of_each_path_is_handed_over(house: House, lead, path) -> None:
    result = await house.taken_in(lead)
    assert (result.outcome, result.path) == (IntakeState.HANDED_OVER, path)
