"""The doors of onboardings over Temporal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from temporalio.common import SearchAttributePair

from contracts.base import Contract
from contracts.ids import onboarding_workflow_id
from contracts.names import Process
from contracts.onboarding import (
    CancelOnboarding,
    ContractSigned,
    HandOverAgain,
    KickoffChoice,
    OnboardingStatus,
    ProvideDetails,
)
from contracts.onboarding_states import OnboardingState
from contracts.order import OnboardingOrder
from rules.identity import onboarding_id_for
from starters.runs import RunFilter, StartedRun, SubjectRun
from starters.temporal_runs import Appearance, TemporalRuns, attributes
from starters.visibility import query_of, subject_run
from workflows import search_attributes
from workflows.customer_onboarding import CustomerOnboardingWorkflow


class TemporalOnboardingDoors:
    """`OnboardingDoors` over Temporal."""

    def __init__(self, runs: TemporalRuns) -> None:
        self._runs = runs

    async def start(self, order: OnboardingOrder) -> StartedRun:
        """Starts the onboarding of an order, unless it has one: an id is never used twice, open or closed."""
        onboarding_id = onboarding_id_for(order)
        workflow_id = onboarding_workflow_id(onboarding_id)
        seen = Appearance(
            f"Onboarding: order taken by {order.seller_id}",
            f"Ordered; sold by `{order.seller_id}`.\n\n"
            f"On the command line: `./throughline onboarding status {onboarding_id}`",
            attributes(
                OnboardingState.RECEIVED, SearchAttributePair(search_attributes.OWNER_ID, order.seller_id)
            ),
        )
        started = await self._runs.start_once(CustomerOnboardingWorkflow.run, order, workflow_id, seen)
        return StartedRun(onboarding_id, workflow_id, already_known=not started)

    async def status(self, onboarding_id: str) -> OnboardingStatus:
        """Asks the onboarding."""
        return await self._runs.query(
            onboarding_workflow_id(onboarding_id), CustomerOnboardingWorkflow.get_status, OnboardingStatus
        )

    async def runs(self, wanted: RunFilter) -> tuple[SubjectRun, ...]:
        """Reads the list of runs, newest first; it lags behind the runs by a moment."""
        query = query_of([Process.CUSTOMER_ONBOARDING], wanted.lane)
        return tuple(map(subject_run, await self._runs.listed(query, wanted.limit)))

    async def provide(self, onboarding_id: str, given: ProvideDetails) -> OnboardingStatus:
        """Supplies details, and returns once they are checked."""
        return await self._update(onboarding_id, CustomerOnboardingWorkflow.provide, given)

    async def contract_signed(self, onboarding_id: str, signed: ContractSigned) -> None:
        """Says that the contract is signed."""
        workflow_id = onboarding_workflow_id(onboarding_id)
        await self._runs.signal(workflow_id, CustomerOnboardingWorkflow.contract_signed, signed)

    async def choose_kickoff(self, onboarding_id: str, choice: KickoffChoice) -> OnboardingStatus:
        """Takes one of the times that are offered."""
        return await self._update(onboarding_id, CustomerOnboardingWorkflow.choose_kickoff, choice)

    async def hand_over_again(self, onboarding_id: str, again: HandOverAgain) -> OnboardingStatus:
        """Has the success team asked again."""
        return await self._update(onboarding_id, CustomerOnboardingWorkflow.hand_over_again, again)

    async def cancel(self, onboarding_id: str, request: CancelOnboarding) -> OnboardingStatus:
        """Calls the onboarding off."""
        return await self._update(onboarding_id, CustomerOnboardingWorkflow.cancel_onboarding, request)

    async def _update(
        self, onboarding_id: str, update: Callable[..., Any], message: Contract
    ) -> OnboardingStatus:
        workflow_id = onboarding_workflow_id(onboarding_id)
        return await self._runs.update(workflow_id, update, message, OnboardingStatus)
