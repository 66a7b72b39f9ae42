"""Leads that are amended by more than one person, or when their time is over."""

import asyncio
from collections.abc import Mapping

from contracts.lead_intake import IntakeState
from contracts.names import Patch
from tests.faults import in_activity
from tests.replay.intake_paths import UNREACHABLE
from tests.replay.scenario import PERSON, Scenario, lead
from tests.workflows.amendments import AMENDED_SOON, in_hand_at_the_deadline
from tests.workflows.histories import events_of
from tests.workflows.house import House, Run, eventually
from tests.workflows.policies import house_rules

LATE = lead("amended-late", contact=UNREACHABLE)


async def amended_by_two(house: House) -> Mapping[str, Run]:
    """The first of two amendments is checked last: the later one stands."""
    run = await house.submit(lead("amended-by-two", contact=UNREACHABLE))
    await house.in_state(run, IntakeState.AWAITING_DETAILS)
    gate = house.faults.block("load", only=in_activity("assess_lead"))
    first = asyncio.create_task(house.amend(run, phone="+12025550144"))
    await gate.entered.wait()
    second = asyncio.create_task(house.amend(run, email=PERSON["email"]))
    await eventually(lambda: checks_begun(run), lambda begun: begun == 2)
    house.faults.release_all()
    await asyncio.gather(first, second)
    return {"lead_intake/amended_by_two_at_once": run}


def amended_late(
    name: str, covers: str, *, email: str = PERSON["email"], before: Patch | None = None
) -> Scenario:
    """An amendment is still being checked when the time for it is over."""

    async def story(house: House) -> Mapping[str, Run]:
        run, amending = await in_hand_at_the_deadline(house, LATE, email)
        house.faults.release_all()
        await amending
        return {name: run}

    return Scenario(story, {name: covers}, house_rules(incomplete=AMENDED_SOON), before=before)


async def checks_begun(run: Run) -> int:
    """How many amendments are being checked, or have been."""
    asked = [event.activity_task_scheduled_event_attributes for event in await events_of(run)]
    return sum(one.activity_type.name == "assess_lead" for one in asked)


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        amended_by_two,
        {"lead_intake/amended_by_two_at_once": "Two people amend it at once: the later amendment stands."},
    ),
    amended_late(
        "lead_intake/amended_when_its_time_is_over",
        "An amendment is in hand at the deadline: waited for, and the lead goes on as complete.",
    ),
    amended_late(
        "lead_intake/amended_in_vain_when_its_time_is_over",
        "An amendment in hand at the deadline does not suffice: waited for, and the lead is overdue.",
        email="no address",
    ),
    amended_late(
        "lead_intake/amended_late_and_overdue_as_before",
        "As before its patch: an amendment in hand at the deadline is taken, and it goes on as overdue.",
        before=Patch.AWAIT_AMENDMENT_IN_HAND,
    ),
)
