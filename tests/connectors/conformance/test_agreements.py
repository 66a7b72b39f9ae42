"""Conformance of `Agreements`: what is signed stays signed, and what is void stays void."""

import asyncio
from datetime import timedelta

import pytest

from contracts.agreements import Agreement, AgreementState, ReadAgreementInput
from contracts.crm import CreateTaskInput
from contracts.failures import FailureCode
from contracts.onboarding_ports import Agreements
from contracts.ports import Crm
from tests.connectors.examples import LONG, MONDAY_NINE, Refused
from tests.connectors.onboarding_examples import all_at_once, contract

_S = AgreementState
SIGNED_AT = MONDAY_NINE - timedelta(days=3)


async def state_of(agreements: Agreements, reference: str = "C-2026-17") -> Agreement:
    return await agreements.read(ReadAgreementInput(reference=reference))


async def test_contract_that_nobody_has_heard_of_is_unknown(agreements: Agreements) -> None:
    assert await state_of(agreements) == Agreement(reference="C-2026-17", state=_S.UNKNOWN)


async def test_signed_contract_is_read_as_it_was_recorded(agreements: Agreements) -> None:
    sent = await agreements.record(contract(_S.SENT))
    signed = await agreements.record(contract(_S.SIGNED, signed_at=SIGNED_AT))
    assert (sent.state, sent.signed_at) == (_S.SENT, None)
    assert signed == Agreement(reference="C-2026-17", state=_S.SIGNED, signed_at=SIGNED_AT)
    assert await state_of(agreements) == signed
    assert (await state_of(agreements, "C-2026-18")).state is _S.UNKNOWN


async def test_contract_that_is_signed_at_no_named_time_is_signed_now(agreements: Agreements) -> None:
    assert (await agreements.record(contract())).signed_at == MONDAY_NINE


async def test_only_a_signed_contract_has_a_time_of_signing(agreements: Agreements) -> None:
    for state in (_S.SENT, _S.VOID):
        assert (await agreements.record(contract(state, signed_at=SIGNED_AT))).signed_at is None


@pytest.mark.parametrize("before", [_S.SENT, _S.SIGNED, _S.VOID])
@pytest.mark.parametrize("after", [_S.SENT, _S.SIGNED, _S.VOID])
async def test_contract_moves_away_from_sent_only(
    agreements: Agreements, before: AgreementState, after: AgreementState
) -> None:
    stands = await agreements.record(contract(before, signed_at=SIGNED_AT))
    request = contract(after, key="after", signed_at=MONDAY_NINE)
    if before is after:
        assert await agreements.record(request) == stands
    elif before is _S.SENT:
        stands = await agreements.record(request)
        assert stands.state is after
    else:
        with Refused(FailureCode.CONFLICT):
            await agreements.record(request)
    assert await state_of(agreements) == stands


async def test_contract_is_not_recorded_as_unknown(agreements: Agreements) -> None:
    with Refused(FailureCode.REJECTED):
        await agreements.record(contract(_S.UNKNOWN))


async def test_same_key_returns_the_first_result_whatever_it_asks(agreements: Agreements) -> None:
    sent = await agreements.record(contract(_S.SENT, key="once"))
    again = await asyncio.gather(*(agreements.record(contract(_S.VOID, key="once")) for _ in range(10)))
    assert again == [sent] * 10
    assert (await state_of(agreements)).state is _S.SENT


async def test_of_signing_and_withdrawing_at_once_the_first_stands(agreements: Agreements) -> None:
    await agreements.record(contract(_S.SENT))
    states = [_S.SIGNED, _S.VOID] * 5
    requests = [contract(state, key=f"run-{n}") for n, state in enumerate(states)]
    made, refused = await all_at_once(agreements.record, requests)
    assert made == [await state_of(agreements)] * 5
    assert refused == [FailureCode.CONFLICT] * 5


async def test_first_notes_of_a_contract_at_once_are_one_contract(agreements: Agreements) -> None:
    requests = [contract(_S.SENT, key=f"run-{n}") for n in range(10)]
    made, refused = await all_at_once(agreements.record, requests)
    assert made == [await state_of(agreements)] * 10
    assert refused == []


async def test_reference_may_be_long_and_of_any_script(agreements: Agreements) -> None:
    reference = "検査" + LONG[:498]
    recorded = await agreements.record(contract(reference=reference))
    assert await state_of(agreements, reference) == recorded


async def test_key_of_another_kind_of_step_is_refused(agreements: Agreements, crm: Crm) -> None:
    await crm.create_task(CreateTaskInput(key="shared", subject="Call", owner_id="sam"))
    with Refused(FailureCode.CONFLICT):
        await agreements.record(contract(key="shared"))
    assert (await state_of(agreements)).state is _S.UNKNOWN
