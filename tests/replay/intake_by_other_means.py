"""Leads of which a step is done by other means: read by words, or told to somebody else than the owner."""

from collections.abc import Mapping

from contracts.failure_policy import FailureAnswer, StepPolicy
from contracts.lead_intake import IntakeState
from contracts.messages import MessageKind
from contracts.names import Step
from tests.replay.intake_paths import OPEN_TEXT
from tests.replay.scenario import Scenario, lead, over, resolved
from tests.workflows.house import House, Run
from tests.workflows.policies import house_rules

FALLING_BACK = house_rules(reviews=(), steps={Step.CLASSIFY_LEAD: StepPolicy(answer=FailureAnswer.FALL_BACK)})

REROUTING = house_rules(steps={Step.NOTIFY_OWNER: StepPolicy(answer=FailureAnswer.REROUTE)})


def to_the_owner(message: object) -> bool:
    """Whether a message is for whoever got the lead."""
    kind, recipient = getattr(message, "kind", None), getattr(message, "recipient_id", "")
    return kind is MessageKind.LEAD_ASSIGNED and recipient != "m-eve"


def about_the_lead(message: object) -> bool:
    """Whether a message tells somebody about a new lead."""
    return getattr(message, "kind", None) is MessageKind.LEAD_ASSIGNED


async def read_by_words(house: House) -> Mapping[str, Run]:
    house.faults.fail("classify")
    return {"lead_intake/read_by_words": await house.submit(lead("read-by-words", **OPEN_TEXT))}


async def not_even_by_words(house: House) -> Mapping[str, Run]:
    house.faults.fail("classify")
    house.faults.fail("classify_by_words")
    run = await house.submit(lead("not-even-by-words", **OPEN_TEXT))
    return {"lead_intake/text_that_no_words_read_either": run}


async def cancelled_meanwhile(house: House) -> Mapping[str, Run]:
    house.faults.fail("classify")
    gate = house.faults.block("classify_by_words")
    run = await house.submit(lead("cancelled-meanwhile", **OPEN_TEXT))
    await gate.entered.wait()
    await run.cancel()
    await over(run)
    return {"lead_intake/cancelled_while_words_are_counted": run}


async def told_to_the_desk(house: House) -> Mapping[str, Run]:
    house.faults.fail("send", only=to_the_owner)
    return {"lead_intake/owner_told_by_the_desk": await house.submit(lead("told-to-the-desk"))}


async def told_to_nobody(house: House) -> Mapping[str, Run]:
    house.faults.fail("send", only=about_the_lead)
    run = await house.submit(lead("told-to-nobody"))
    await house.in_state(run, IntakeState.PARKED)
    house.faults.heal("send")
    await resolved(house, run, Step.NOTIFY_OWNER)
    return {"lead_intake/parked_where_nobody_could_be_told": run}


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        read_by_words,
        {"lead_intake/read_by_words": "The classifier fails, the policy falls back to our word counting."},
        FALLING_BACK,
    ),
    Scenario(
        not_even_by_words,
        {"lead_intake/text_that_no_words_read_either": "Word counting fails as well: a person reads it."},
        FALLING_BACK,
    ),
    Scenario(
        cancelled_meanwhile,
        {"lead_intake/cancelled_while_words_are_counted": "Called off while a step is done by other means."},
        FALLING_BACK,
    ),
    Scenario(
        told_to_the_desk,
        {"lead_intake/owner_told_by_the_desk": "The owner cannot be told: the policy reroutes to the desk."},
        REROUTING,
    ),
    Scenario(
        told_to_nobody,
        {"lead_intake/parked_where_nobody_could_be_told": "Nor can the desk: parked, then retried."},
        REROUTING,
    ),
)
