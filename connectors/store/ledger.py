"""The ledger: what was decided about each lead, what became of it, and how onboardings ended."""

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.keyed import Made
from connectors.store.arrivals import close_arrival
from connectors.store.effects import Effects
from connectors.store.engine import Store
from connectors.store.onboarding_tables import onboardings
from connectors.store.tables import decisions, outcomes
from contracts.failures import FailureCode, ServiceFailure
from contracts.follow_through import OutcomeRecord
from contracts.ledger import DecisionRecord, Recorded
from contracts.onboarding import OnboardingRecord
from contracts.ports import Clock

SYSTEM = "ledger"


class SqlLedger:
    """`Ledger` and `OnboardingLedger` over the store. Nothing in it is ever changed."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._effects = Effects(store, clock, SYSTEM)

    async def record_decision(self, record: DecisionRecord) -> Recorded:
        """Records the one decision on a lead and ends its time in flight.

        Raises:
            ServiceFailure: CONFLICT if the lead has a decision under another key.
        """

        async def make(connection: AsyncConnection) -> Made[Recorded]:
            row = record.model_dump(include={"key", "lead_id", "policy_hash", "at"})
            document = record.model_dump(mode="json")
            await connection.execute(
                insert(decisions).values(**row, outcome=record.result.outcome, document=document)
            )
            await close_arrival(connection, record.lead_id, record.at)
            return Made(Recorded(key=record.key))

        once = await self._effects.once("decision", record, Recorded, make)
        return once.result.model_copy(update={"duplicate": once.repeated})

    async def record_outcome(self, record: OutcomeRecord) -> Recorded:
        async def make(connection: AsyncConnection) -> Made[Recorded]:
            row = record.model_dump(include={"key", "lead_id", "outcome", "rule", "at"})
            document = record.model_dump(mode="json")
            await connection.execute(insert(outcomes).values(**row, document=document))
            return Made(Recorded(key=record.key))

        once = await self._effects.once("outcome", record, Recorded, make)
        return once.result.model_copy(update={"duplicate": once.repeated})

    async def record_onboarding(self, record: OnboardingRecord) -> Recorded:
        """Records how an onboarding ended. Raises CONFLICT if it has ended under another key."""

        async def make(connection: AsyncConnection) -> Made[Recorded]:
            row = record.model_dump(include={"key", "onboarding_id", "workflow_id", "policy_hash", "at"})
            row |= {"customer_id": record.result.customer_id, "outcome": record.result.outcome}
            document = record.model_dump(mode="json")
            await connection.execute(insert(onboardings).values(**row, document=document))
            return Made(Recorded(key=record.key))

        once = await self._effects.once("onboarding", record, Recorded, make)
        return once.result.model_copy(update={"duplicate": once.repeated})

    async def decision(self, lead_id: str) -> DecisionRecord:
        query = select(decisions.c.document).where(decisions.c.lead_id == lead_id)
        found = await self._store.fetch(
            SYSTEM, query, lambda row: DecisionRecord.model_validate(row["document"])
        )
        if not found:
            raise ServiceFailure(FailureCode.NOT_FOUND, SYSTEM, "no decision on this lead is recorded")
        return found[0]

    async def outcomes(self, lead_id: str) -> tuple[OutcomeRecord, ...]:
        """Returns the oldest outcome first."""
        query = (
            select(outcomes.c.document)
            .where(outcomes.c.lead_id == lead_id)
            .order_by(outcomes.c.at, outcomes.c.key)
        )
        return await self._store.fetch(
            SYSTEM, query, lambda row: OutcomeRecord.model_validate(row["document"])
        )

    async def onboarding(self, onboarding_id: str) -> OnboardingRecord:
        query = select(onboardings.c.document).where(onboardings.c.onboarding_id == onboarding_id)
        found = await self._store.fetch(
            SYSTEM, query, lambda row: OnboardingRecord.model_validate(row["document"])
        )
        if not found:
            raise ServiceFailure(FailureCode.NOT_FOUND, SYSTEM, "no end of this onboarding is recorded")
        return found[0]
