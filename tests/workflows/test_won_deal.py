"""A deal that is won becomes an onboarding, once, with everything that is known of it by then."""

from contracts.follow_through import LeadOutcome
from contracts.ids import onboarding_id_of
from contracts.onboarding_plan import Prerequisite
from contracts.onboarding_states import OnboardingState
from contracts.order import OrderDetails
from tests.workflows.house import FollowThroughRun, House
from tests.workflows.leads import a_sales_lead, a_support_ticket
from tests.workflows.onboarding import COMPLETE, OnboardingRun, onboarding_id
from workflows.customer_onboarding import CustomerOnboardingWorkflow
from workflows.won_deal import CUSTOMER_ONBOARDING

SOLD = COMPLETE.model_copy(
    update=dict.fromkeys(("company", "company_domain", "country", "value", "currency", "tax_id"))
)
"""What whoever records the outcome knows; the rest is the CRM's, but for the tax id."""


async def won(house: House, sold: OrderDetails | None = SOLD) -> tuple[FollowThroughRun, OnboardingRun]:
    """A lead of the company `Analytical Engines` whose deal is won, and its onboarding."""
    lead = a_sales_lead(estimated_value=9_000, currency="EUR", contact={"country": "DE"})
    run = house.follow_through((await house.taken_in(lead)).lead_id)
    await house.report(run, LeadOutcome.PROPOSAL_SENT)
    await house.report(run, LeadOutcome.CLOSED_WON, order=sold)
    result = await run.result()
    assert result.onboarding_id is not None
    return run, house.client.get_workflow_handle(result.onboarding_id)


def test_workflow_that_is_started_by_name_has_that_name() -> None:
    assert CustomerOnboardingWorkflow.__name__ == CUSTOMER_ONBOARDING


async def test_won_deal_is_onboarded_with_what_the_crm_knows_of_it(house: House) -> None:
    run, onboarding = await won(house)
    status = await house.in_state(onboarding, OnboardingState.AWAITING_PREREQUISITES)
    assert [check.prerequisite for check in status.prerequisites if not check.met] == [Prerequisite.TAX_ID]
    assert (onboarding_id(onboarding), status.seller_id) == (run.id.rpartition("/")[2], "o-ada")
    assert onboarding_id_of((await run.result()).onboarding_id or "") == status.onboarding_id


async def test_won_deal_of_which_nothing_is_said_asks_for_everything(house: House) -> None:
    _, onboarding = await won(house, None)
    status = await house.in_state(onboarding, OnboardingState.AWAITING_PREREQUISITES)
    missing = {check.prerequisite for check in status.prerequisites if not check.met}
    assert {Prerequisite.PLAN, Prerequisite.SEATS, Prerequisite.CONTRACT_REFERENCE} <= missing
    assert Prerequisite.COMPANY not in missing


async def test_other_outcomes_start_no_onboarding(house: House) -> None:
    lost = house.follow_through((await house.taken_in(a_sales_lead())).lead_id)
    await house.report(lost, LeadOutcome.CLOSED_LOST, reason="price")
    assert (await lost.result()).onboarding_id is None
    solved = house.follow_through((await house.taken_in(a_support_ticket())).lead_id)
    await house.report(solved, LeadOutcome.TICKET_RESOLVED)
    assert (await solved.result()).onboarding_id is None
