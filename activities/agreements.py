"""The step that asks the registry of contracts."""

from temporalio import activity

from contracts.agreements import Agreement, ReadAgreementInput
from contracts.onboarding_ports import Agreements


class AgreementActivities:
    """Reads contracts; changes nothing.

    Raises UNREACHABLE, UNAVAILABLE, RATE_LIMITED or TIMED_OUT to be retried, FORBIDDEN and REJECTED for good.
    """

    def __init__(self, agreements: Agreements) -> None:
        self._agreements = agreements

    @activity.defn
    async def read_agreement(self, question: ReadAgreementInput) -> Agreement:
        """Says how a contract stands."""
        return await self._agreements.read(question)
