"""Starting the onboarding of a deal that is won."""

from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from workflows import options, search_attributes
from workflows.detached import let_go
from workflows.follow_through_file import FollowThroughFile

with workflow.unsafe.imports_passed_through():
    from contracts.ids import onboarding_workflow_id
    from contracts.matching import WorkKind
    from contracts.names import Patch
    from contracts.onboarding_states import OnboardingState
    from contracts.order import OnboardingOrder, OrderDetails
    from contracts.states import Lane

CUSTOMER_ONBOARDING = "CustomerOnboardingWorkflow"
"""By name: the sandbox loads for each run what it imports, and few leads come this far. A test compares."""


async def onboard_if_won(file: FollowThroughFile) -> None:
    """Starts the onboarding where this run has recorded that the deal is won; a deal is onboarded once."""
    won, order = file.won, file.order
    if won is None or order.work_kind is not WorkKind.DEAL or not workflow.patched(Patch.ONBOARD_WON_DEALS):
        return
    file.onboarding_id = onboarding_workflow_id(order.lead_id)
    await let_go(
        workflow.start_child_workflow(
            CUSTOMER_ONBOARDING,
            OnboardingOrder(
                customer_id=order.lead_id,
                seller_id=order.owner_id,
                ordered_at=workflow.now(),
                details=won.order or OrderDetails(),
                lead_id=order.lead_id,
                contact_id=order.contact_id,
                work_id=order.work_id,
            ),
            id=file.onboarding_id,
            **options.ONBOARDING,
            search_attributes=TypedSearchAttributes(
                [
                    SearchAttributePair(search_attributes.LANE, Lane.RUNNING.value),
                    SearchAttributePair(search_attributes.STAGE, OnboardingState.RECEIVED.value),
                    SearchAttributePair(search_attributes.OWNER_ID, order.owner_id),
                ]
            ),
            static_summary=f"Onboarding: deal of {order.owner_id}",
            static_details=(
                f"Won; sold by `{order.owner_id}`.\n\n"
                f"On the command line: `./throughline onboarding status {order.lead_id}`"
            ),
        )
    )
