"""Reads the ledger, the inbox and the outbox for commands: the ports that this room wires itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime

from connectors.store.engine import Store
from connectors.store.inbox import SqlInbox
from connectors.store.ledger import SqlLedger
from connectors.store.outbox import SqlOutbox
from contracts.approval import ApprovalTask
from contracts.failures import FailureCode, ServiceFailure
from contracts.follow_through import OutcomeRecord
from contracts.ledger import DecisionRecord
from contracts.messages import OutboxEntry, OutboxStatus
from contracts.onboarding import OnboardingRecord
from contracts.onboarding_ports import OnboardingLedger
from contracts.ports import Inbox, Ledger, Outbox
from runtime.settings import Settings
from starters.console import CommandFailure
from starters.exit_codes import ExitCode

CODES = {
    FailureCode.NOT_FOUND: ExitCode.NOT_FOUND,
    FailureCode.FORBIDDEN: ExitCode.MISCONFIGURED,
    FailureCode.REJECTED: ExitCode.MISCONFIGURED,
    FailureCode.CONFLICT: ExitCode.REFUSED_BY_RUN,
    FailureCode.UNAVAILABLE: ExitCode.UNREACHABLE,
    FailureCode.UNREACHABLE: ExitCode.UNREACHABLE,
    FailureCode.TIMED_OUT: ExitCode.UNREACHABLE,
}
"""What a failure of the store means for whoever typed the command; any other is unexpected."""

REMEDIES = {
    ExitCode.NOT_FOUND: "check the id",
    ExitCode.REFUSED_BY_RUN: "look how it stands",
    ExitCode.UNREACHABLE: "`./throughline doctor --fix` makes or migrates the store, or says what is wrong",
    ExitCode.MISCONFIGURED: "`./throughline doctor` says more",
}


class Readings:
    """Everything that commands read beside Temporal. Each call ends in an answer or in a `CommandFailure`."""

    def __init__(self, ledger: Ledger, onboardings: OnboardingLedger, inbox: Inbox, outbox: Outbox) -> None:
        self._ledger = ledger
        self._onboardings = onboardings
        self._inbox = inbox
        self._outbox = outbox

    async def decision(self, lead_id: str) -> DecisionRecord:
        """The one decision record of a lead."""
        with translated(f"lead {lead_id}"):
            return await self._ledger.decision(lead_id)

    async def outcomes(self, lead_id: str) -> tuple[OutcomeRecord, ...]:
        """The outcomes of a lead, the oldest first."""
        with translated(f"lead {lead_id}"):
            return await self._ledger.outcomes(lead_id)

    async def onboarding(self, onboarding_id: str) -> OnboardingRecord:
        """How an onboarding ended."""
        with translated(f"onboarding {onboarding_id}"):
            return await self._onboardings.onboarding(onboarding_id)

    async def approvals(
        self, status: str | None, person_id: str | None, limit: int
    ) -> tuple[ApprovalTask, ...]:
        """Approvals with that status, what is due first, first; of one person where one is named."""
        with translated("the inbox"):
            if person_id is None:
                return await self._inbox.tasks(status=status, limit=limit)
            # The inbox is asked for all that is there: a limit before the choice could hide the person's own.
            tasks = await self._inbox.tasks(status=status, limit=EVERYTHING)
        return tuple(task for task in tasks if person_id in task.approvers)[:limit]

    async def approval(self, request_id: str) -> ApprovalTask:
        """One approval."""
        with translated(request_id):
            return await self._inbox.task(request_id)

    async def outbox_entries(
        self, workflow_id: str | None, status: OutboxStatus | None, limit: int
    ) -> tuple[OutboxEntry, ...]:
        """Messages and drafts, the newest first."""
        with translated("the outbox"):
            return await self._outbox.entries(workflow_id=workflow_id, status=status, limit=limit)

    async def outbox_entry(self, entry_id: str) -> OutboxEntry:
        """One message or draft."""
        with translated(f"outbox entry {entry_id}"):
            return await self._outbox.entry(entry_id)


EVERYTHING = 100_000
"""Open approvals beyond this number are a problem that no list solves."""


@asynccontextmanager
async def open_readings(settings: Settings) -> AsyncGenerator[Readings]:
    """The read models of the store that the settings name.

    Raises:
        CommandFailure: UNREACHABLE or MISCONFIGURED.
    """
    async with open_store(settings) as store:
        ledger = SqlLedger(store, present)
        yield Readings(ledger, ledger, SqlInbox(store, present), SqlOutbox(store, present))


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncGenerator[Store]:
    """The store that the settings name, for one command.

    Raises:
        CommandFailure: UNREACHABLE or MISCONFIGURED.
    """
    with translated("the store"):
        store = await Store.open(settings.store.url.get_secret_value(), pool_size=1)
    async with store:
        yield store


@contextmanager
def translated(where: str) -> Generator[None]:
    """Translates what the store raises.

    Raises:
        CommandFailure: with the exit code that fits the failure.
    """
    try:
        yield
    except ServiceFailure as failure:
        code = CODES.get(failure.code, ExitCode.FAILED)
        raise CommandFailure(
            code, failure.message, where=where, remedy=REMEDIES.get(code, "see its owner")
        ) from failure


def present() -> datetime:
    """The present, for what is written in the store."""
    return datetime.now(UTC)
