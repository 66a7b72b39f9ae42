"""The policies that come with the code drive the processes as they stand."""

from collections.abc import Callable

import pytest

from contracts.lead import LeadSubmission
from contracts.lead_intake import IntakeState
from contracts.policy import PolicyBundle
from contracts.routing import LeadPath
from runtime.settings import PolicySettings
from tests.workflows.house import House
from tests.workflows.leads import a_newsletter_sign_up, a_sales_lead, a_support_ticket, spam
from workers.policies import load_policies


@pytest.fixture
def bundle() -> PolicyBundle:
    return load_policies(PolicySettings())


def an_implementation_lead() -> LeadSubmission:
    return a_sales_lead(service_interest="implementation", contact={"country": "DE"})


@pytest.mark.parametrize(
    ("lead", "path", "outcome"),
    [
        (an_implementation_lead, LeadPath.SALES, IntakeState.HANDED_OVER),
        (a_support_ticket, LeadPath.SUPPORT, IntakeState.HANDED_OVER),
        (spam, LeadPath.DISQUALIFIED, IntakeState.DISQUALIFIED),
    ],
)
async def test_lead_ends_where_the_shipped_policy_says(
    house: House, lead: Callable[[], LeadSubmission], path: LeadPath, outcome: IntakeState
) -> None:
    result = await house.taken_in(lead())
    assert (result.path, result.outcome) == (path, outcome)
    assert result.reasons


async def test_text_that_nobody_can_place_goes_to_the_people_of_the_category_desk(house: House) -> None:
    run = await house.submit(a_newsletter_sign_up(message="Good morning, I have something to ask you."))
    await house.in_state(run, IntakeState.IN_REVIEW)
    approval = await house.in_state(house.approval(run), "awaiting_decision", "escalated")
    assert set(approval.approvers) >= {"p-nadia", "p-sofia"}
    await house.decide(house.approval(run), "p-nadia", corrected_category="implementation")
    assert (await run.result()).path is LeadPath.SALES
