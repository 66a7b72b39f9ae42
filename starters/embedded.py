"""The embedded registry of contracts and the embedded product, where people say what happened in them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import uuid4

from connectors.store.agreements import SqlAgreements
from connectors.store.provisioning import SqlProvisioning
from contracts.agreements import Agreement, AgreementState, ReadAgreementInput, RecordAgreementInput
from contracts.provisioning import ReadUsageInput, Usage
from runtime.settings import Settings
from starters.reading import open_store, present, translated


class Embedded:
    """What is noted in systems of our own. Each call ends in an answer or in a `CommandFailure`."""

    def __init__(self, agreements: SqlAgreements, provisioning: SqlProvisioning) -> None:
        self._agreements = agreements
        self._provisioning = provisioning

    async def record_agreement(
        self, reference: str, state: AgreementState, signed_at: datetime | None
    ) -> Agreement:
        """Notes how a contract stands; saying the same again changes nothing."""
        request = RecordAgreementInput(
            key=f"cli-{uuid4().hex}", reference=reference, state=state, signed_at=signed_at
        )
        with translated(f"contract {reference}"):
            return await self._agreements.record(request)

    async def agreement(self, reference: str) -> Agreement:
        """How a contract stands."""
        with translated(f"contract {reference}"):
            return await self._agreements.read(ReadAgreementInput(reference=reference))

    async def record_use(self, workspace_id: str, at: datetime) -> Usage:
        """Notes that a workspace was of use; the earliest such time stands."""
        with translated(f"workspace {workspace_id}"):
            await self._provisioning.record_use(workspace_id, at)
            return await self._provisioning.usage(ReadUsageInput(workspace_id=workspace_id))


@asynccontextmanager
async def open_embedded(settings: Settings) -> AsyncGenerator[Embedded]:
    """The embedded systems of the store that the settings name.

    Raises:
        CommandFailure: UNREACHABLE or MISCONFIGURED.
    """
    async with open_store(settings) as store:
        yield Embedded(SqlAgreements(store, present), SqlProvisioning(store, present))
