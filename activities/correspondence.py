"""The step that writes to a customer."""

from temporalio import activity

from contracts.messages import Delivery
from contracts.notices import MessageCustomerInput
from contracts.onboarding_ports import Correspondence
from contracts.ports import PolicyLibrary
from rules.customer_messages import customer_message
from rules.delivery import addressed_to_customer


class CorrespondenceActivities:
    """Sends one message per key; it cannot be unsent, only corrected by another.

    Raises UNREACHABLE, UNAVAILABLE, RATE_LIMITED or TIMED_OUT to be retried; REJECTED, FORBIDDEN and
    NOT_FOUND for good.
    """

    def __init__(self, correspondence: Correspondence, policies: PolicyLibrary) -> None:
        self._correspondence = correspondence
        self._policies = policies

    @activity.defn
    async def message_customer(self, request: MessageCustomerInput) -> Delivery:
        """Tells somebody at a customer something, in the words of the policy."""
        bundle = await self._policies.load(request.policy_hash)
        message = addressed_to_customer(customer_message(request, bundle), bundle)
        return await self._correspondence.send_to_customer(message)
