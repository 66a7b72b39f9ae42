"""The embedded registry of contracts: what is signed stays signed, and what is void stays void."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.keyed import Made
from connectors.store.effects import Effects
from connectors.store.engine import Store, insert_if_absent
from connectors.store.onboarding_tables import agreements
from connectors.store.rows import existing
from contracts.agreements import Agreement, AgreementState, ReadAgreementInput, RecordAgreementInput
from contracts.failures import FailureCode, ServiceFailure
from contracts.ports import Clock

SYSTEM = "agreements"
_FINAL = frozenset({AgreementState.SIGNED, AgreementState.VOID})


class SqlAgreements:
    """`Agreements` over the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._effects = Effects(store, clock, SYSTEM)

    async def read(self, question: ReadAgreementInput) -> Agreement:
        query = select(agreements).where(agreements.c.reference == question.reference)
        found = await self._store.fetch(SYSTEM, query, _agreement)
        return found[0] if found else Agreement(reference=question.reference, state=AgreementState.UNKNOWN)

    async def record(self, request: RecordAgreementInput) -> Agreement:
        """Notes how a contract stands; where it stands so already, nothing changes.

        One that is signed at no time that anybody names counts as signed now.

        Raises:
            ServiceFailure: CONFLICT on a move away from signed or void; REJECTED if it is to be unknown.
        """

        async def make(connection: AsyncConnection) -> Made[Agreement]:
            if request.state is AgreementState.UNKNOWN:
                raise ServiceFailure(
                    FailureCode.REJECTED, SYSTEM, "state: a contract that is recorded is not unknown"
                )
            now = self._clock()
            signed_at = (request.signed_at or now) if request.state is AgreementState.SIGNED else None
            values = {"state": request.state, "signed_at": signed_at, "updated_at": now}
            row = {"reference": request.reference, **values}
            if await insert_if_absent(connection, agreements, row, "reference"):
                return Made(_agreement(row))
            mine = agreements.c.reference == request.reference
            query = select(agreements).where(mine)
            stands = _agreement(await existing(connection, query, system=SYSTEM, what="contract", lock=True))
            if stands.state is request.state:
                return Made(stands)
            if stands.state in _FINAL:
                raise ServiceFailure(FailureCode.CONFLICT, SYSTEM, f"the contract is {stands.state} for good")
            await connection.execute(update(agreements).where(mine).values(**values))
            return Made(_agreement(row))

        return (await self._effects.once("agreement", request, Agreement, make)).result


def _agreement(row: Any) -> Agreement:
    return Agreement.model_validate({name: row[name] for name in Agreement.model_fields})
