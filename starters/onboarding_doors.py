"""What commands ask of the runs that onboard customers, as a Protocol."""

from __future__ import annotations

from typing import Protocol

from contracts.onboarding import (
    CancelOnboarding,
    ContractSigned,
    HandOverAgain,
    KickoffChoice,
    OnboardingStatus,
    ProvideDetails,
)
from contracts.order import OnboardingOrder
from starters.runs import RunFilter, StartedRun, SubjectRun


class OnboardingDoors(Protocol):
    """Every command to an onboarding. Each call ends in an answer or in a `CommandFailure`."""

    async def start(self, order: OnboardingOrder) -> StartedRun:
        """Starts the onboarding of an order, unless it has one."""
        ...

    async def status(self, onboarding_id: str) -> OnboardingStatus: ...

    async def runs(self, wanted: RunFilter) -> tuple[SubjectRun, ...]: ...

    async def provide(self, onboarding_id: str, given: ProvideDetails) -> OnboardingStatus:
        """Supplies details, and returns once they are checked."""
        ...

    async def contract_signed(self, onboarding_id: str, signed: ContractSigned) -> None:
        """Says that the contract is signed. What the run refuses stands in its status."""
        ...

    async def choose_kickoff(self, onboarding_id: str, choice: KickoffChoice) -> OnboardingStatus: ...

    async def hand_over_again(self, onboarding_id: str, again: HandOverAgain) -> OnboardingStatus: ...

    async def cancel(self, onboarding_id: str, request: CancelOnboarding) -> OnboardingStatus: ...
