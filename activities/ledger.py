"""The steps that record what was decided and what became of it."""

from temporalio import activity

from contracts.follow_through import OutcomeRecord
from contracts.ledger import DecisionRecord, Recorded
from contracts.onboarding import OnboardingRecord
from contracts.onboarding_ports import OnboardingLedger
from contracts.ports import Ledger


class LedgerActivities:
    """Writes to the ledger, one record per key.

    All methods raise UNREACHABLE or UNAVAILABLE while the store does not answer.
    """

    def __init__(self, ledger: Ledger, onboardings: OnboardingLedger) -> None:
        self._ledger = ledger
        self._onboardings = onboardings

    @activity.defn
    async def record_decision(self, record: DecisionRecord) -> Recorded:
        """Records everything that decided about a lead, and ends its claim on being in flight."""
        return await self._ledger.record_decision(record)

    @activity.defn
    async def record_outcome(self, record: OutcomeRecord) -> Recorded:
        """Records what became of a lead."""
        return await self._ledger.record_outcome(record)

    @activity.defn
    async def record_onboarding(self, record: OnboardingRecord) -> Recorded:
        """Records how an onboarding ended."""
        return await self._onboardings.record_onboarding(record)
