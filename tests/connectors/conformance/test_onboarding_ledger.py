"""Conformance of `OnboardingLedger`: one end per onboarding, and it never changes."""

import asyncio

from contracts.failures import FailureCode
from contracts.onboarding import OnboardingResult
from contracts.onboarding_ports import OnboardingLedger
from contracts.onboarding_states import OnboardingState
from contracts.status import EffectRef, UndoLeft, UndoneStep
from tests.connectors.examples import LONG, MONDAY_NINE, Refused
from tests.connectors.onboarding_examples import onboarding


async def test_end_of_an_onboarding_is_read_as_it_was_recorded(onboarding_ledger: OnboardingLedger) -> None:
    record = onboarding(
        result=OnboardingResult(
            onboarding_id="lead-1",
            customer_id="acme",
            outcome=OnboardingState.CANCELLED,
            template="enterprise",
            reasons=("検査", LONG),
            decided_by=("kim", "acme"),
            effects=(EffectRef(step="open_account", key="k", external_id="account_1"),),
            undone=(UndoneStep(what="open_account", kept=("account",)),),
            left=(UndoLeft(what="create_workspace", code="FORBIDDEN"),),
            irreversible=("send_welcome: a message cannot be unsent",),
            finished_at=MONDAY_NINE,
        )
    )
    recorded = await onboarding_ledger.record_onboarding(record)
    assert (recorded.key, recorded.duplicate) == (record.key, False)
    assert await onboarding_ledger.onboarding("lead-1") == record


async def test_same_end_at_once_is_one_and_the_first_stands(onboarding_ledger: OnboardingLedger) -> None:
    await onboarding_ledger.record_onboarding(onboarding())
    changed = onboarding(policy_hash="other")
    again = await asyncio.gather(*(onboarding_ledger.record_onboarding(changed) for _ in range(10)))
    assert all(one.duplicate for one in again)
    assert await onboarding_ledger.onboarding("lead-1") == onboarding()


async def test_second_end_of_an_onboarding_is_refused(onboarding_ledger: OnboardingLedger) -> None:
    await onboarding_ledger.record_onboarding(onboarding())
    with Refused(FailureCode.CONFLICT):
        await onboarding_ledger.record_onboarding(onboarding(key="another"))
    assert await onboarding_ledger.onboarding("lead-1") == onboarding()


async def test_customer_may_have_several_onboardings(onboarding_ledger: OnboardingLedger) -> None:
    for lead_id in ("lead-1", "lead-2"):
        await onboarding_ledger.record_onboarding(onboarding(lead_id))
    assert await onboarding_ledger.onboarding("lead-2") == onboarding("lead-2")


async def test_onboarding_that_has_not_ended_is_not_found(onboarding_ledger: OnboardingLedger) -> None:
    with Refused(FailureCode.NOT_FOUND):
        await onboarding_ledger.onboarding("lead-1")
