"""Conformance of `Ledger`: one decision per lead, every outcome once, and neither ever changes."""

import asyncio
from datetime import timedelta

from contracts.failures import FailureCode
from contracts.follow_through import LeadOutcome, OutcomeRecord
from contracts.lead_intake import IntakeState, LeadIntakeResult
from contracts.ports import Ledger
from tests.connectors.examples import LONG, MONDAY_NINE, Refused, decision


def outcome(number: int, **changed: object) -> OutcomeRecord:
    whole = {
        "lead_id": "lead-1",
        "outcome": LeadOutcome.CALL_BOOKED,
        "reason": "Größe passt",
        "actor_id": "sam",
        "at": MONDAY_NINE + timedelta(days=number),
        "rule": "enterprise",
    }
    return OutcomeRecord.model_validate(
        {"key": f"lead-follow-through/lead-1#outcome#{number}", **whole, **changed}
    )


async def test_decision_is_read_as_it_was_recorded(ledger: Ledger) -> None:
    recorded = await ledger.record_decision(decision(decided_by=("kim", LONG)))
    assert (recorded.key, recorded.duplicate) == (decision().key, False)
    assert await ledger.decision("lead-1") == decision(decided_by=("kim", LONG))


async def test_same_decision_at_once_is_one_and_the_first_stands(ledger: Ledger) -> None:
    await ledger.record_decision(decision())
    changed = LeadIntakeResult(lead_id="lead-1", outcome=IntakeState.REJECTED)
    again = await asyncio.gather(*(ledger.record_decision(decision(result=changed)) for _ in range(10)))
    assert all(one.duplicate for one in again)
    assert await ledger.decision("lead-1") == decision()


async def test_second_decision_on_a_lead_is_refused(ledger: Ledger) -> None:
    await ledger.record_decision(decision())
    with Refused(FailureCode.CONFLICT):
        await ledger.record_decision(decision(key="another"))
    assert await ledger.decision("lead-1") == decision()


async def test_decision_that_is_not_there_is_not_found(ledger: Ledger) -> None:
    with Refused(FailureCode.NOT_FOUND):
        await ledger.decision("lead-1")


async def test_outcomes_are_read_in_the_order_that_they_happened(ledger: Ledger) -> None:
    for number in (2, 0, 1):
        await ledger.record_outcome(outcome(number))
    await ledger.record_outcome(outcome(9, lead_id="lead-2"))
    assert await ledger.outcomes("lead-1") == (outcome(0), outcome(1), outcome(2))


async def test_same_outcome_at_once_is_one_and_the_first_stands(ledger: Ledger) -> None:
    await ledger.record_outcome(outcome(0))
    again = await asyncio.gather(*(ledger.record_outcome(outcome(0, reason="")) for _ in range(10)))
    assert all(one.duplicate for one in again)
    assert await ledger.outcomes("lead-1") == (outcome(0),)


async def test_lead_without_outcome_has_none(ledger: Ledger) -> None:
    assert await ledger.outcomes("lead-1") == ()


async def test_key_of_a_decision_is_no_key_for_an_outcome(ledger: Ledger) -> None:
    await ledger.record_decision(decision())
    with Refused(FailureCode.CONFLICT):
        await ledger.record_outcome(outcome(0, key=decision().key))
    assert await ledger.outcomes("lead-1") == ()
