"""A story that takes runs through one branch, and what its people and policies have in common."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import WorkflowUpdateFailedError

from contracts.approval import ApprovalState
from contracts.base import Contract
from contracts.lead import LeadSubmission
from contracts.lead_intake import IntakeState
from contracts.names import Patch
from contracts.policy import FollowThroughRule, PolicyBundle
from contracts.status import ResolutionAnswer
from tests.workflows.house import ApprovalRun, FollowThroughRun, House, IntakeRun, Run, eventually
from tests.workflows.policies import house_rules

Story = Callable[[House], Awaitable[Mapping[str, Run]]]
"""Takes runs through a branch in a deployment of its own; returns those to be kept, by history name."""


@dataclass(frozen=True)
class Scenario:
    """A story with the histories that it yields."""

    story: Story
    covers: Mapping[str, str]
    """What each history shows, by name."""
    bundle: PolicyBundle = field(default_factory=house_rules)
    before: Patch | None = None
    """Played as before this patch: it shows the old way, which runs from then still take."""
    crowded: bool = False
    """Played on a server that wants runs to continue as new after a few events."""


PERSON: Mapping[str, Any] = {
    "name": "Jane Example",
    "email": "jane@firm.example",
    "company": "Example Firm",
    "phone": "+12025550143",
}
"""The one person of all stories."""


def lead(event_id: str, *, contact: Mapping[str, Any] | None = None, **fields: Any) -> LeadSubmission:
    """A sales lead of that person; fields as given."""
    parts = {
        "received_at": datetime.now(UTC),
        "source": "website",
        "service_interest": "crm",
        "event_id": event_id,
    }
    return LeadSubmission.model_validate({**parts, **fields, "contact": {**PERSON, **(contact or {})}})


def seconds(number: float) -> timedelta:
    """A real duration: recorded histories know no skipped time."""
    return timedelta(seconds=number)


def followed(
    *,
    acknowledge: float = 600,
    remind_before: float = 60,
    outcome: float = 3600,
    flag_again: float = 600,
    reassignments: int = 1,
) -> dict[str, FollowThroughRule]:
    """The follow-through rule of a story, in seconds."""
    rule = FollowThroughRule(
        acknowledge_within=seconds(acknowledge),
        remind_before=seconds(remind_before),
        max_reassignments=reassignments,
        outcome_within=seconds(outcome),
        flag_again_after=seconds(flag_again),
    )
    return {"standard": rule}


def submitted(name: str, covers: str, *, bundle: PolicyBundle | None = None, **fields: Any) -> Scenario:
    """The story of a lead that is handed in and goes its way."""

    async def story(house: House) -> Mapping[str, Run]:
        return {name: await house.submit(lead(name, **fields))}

    return Scenario(story, {name: covers}, bundle or house_rules())


async def resolved(
    house: House, run: Run, step: str, answer: ResolutionAnswer = ResolutionAnswer.RETRY
) -> None:
    """Waits until a step of the run is parked, and answers it."""
    await house.when(run, lambda status: step in {parked.step for parked in status.parked})
    await house.resolve(run, step, answer)


async def refused_update(run: Run, update: Any, message: Contract) -> None:
    """Sends an update that must be refused.

    Raises:
        AssertionError: the run took it.
    """
    try:
        await run.execute_update(update, message)
    except WorkflowUpdateFailedError:
        return
    raise AssertionError(f"{run.id} took what it should have refused")


async def reviewed(house: House, run: IntakeRun) -> ApprovalRun:
    """The approval of a lead in review, once its people have been asked."""
    await house.in_state(run, IntakeState.IN_REVIEW)
    approval = house.approval(run)
    await house.in_state(approval, ApprovalState.AWAITING_DECISION, ApprovalState.ESCALATED)
    return approval


async def handed_over(house: House, event_id: str, **fields: Any) -> FollowThroughRun:
    """The follow-through of a lead that has been taken in."""
    run = await house.submit(lead(event_id, **fields))
    return house.follow_through((await run.result()).lead_id)


async def over(run: Run) -> None:
    """Waits for the end of a run, however it ends."""

    async def ended() -> bool:
        return (await run.describe()).close_time is not None

    await eventually(ended, bool)


def by_name(scenarios: Sequence[Scenario]) -> dict[str, Scenario]:
    """The scenario of each history.

    Raises:
        AssertionError: two scenarios yield a history of one name.
    """
    found: dict[str, Scenario] = {}
    for scenario in scenarios:
        for name in scenario.covers:
            assert name not in found, f"two scenarios yield {name}"
            found[name] = scenario
    return found
