"""`EffectMemory`: who makes an effect on a system of others now, and what came of it."""

import asyncio
from datetime import timedelta

import pytest

from connectors.keyed import SETTLE, SOON, Attempt, Made, RemoteEffects
from contracts.crm import UndoInput, UndoResult
from contracts.failures import FailureCode, ServiceFailure
from contracts.ids import effect_key
from contracts.remote_effects import ClaimEffectInput, EffectClaim, EffectMemory
from tests.connectors.conftest import SettableClock

KEY = effect_key("lead-intake:l-1", "create_task")
HOLD = timedelta(seconds=30)


def asking(kind: str = "task", key: str = KEY) -> ClaimEffectInput:
    return ClaimEffectInput(key=key, kind=kind, request_digest="d", hold_seconds=HOLD.total_seconds())


async def refused(work: object) -> ServiceFailure:
    with pytest.raises(ServiceFailure) as caught:
        await work  # type: ignore[misc]
    return caught.value


async def test_result_is_remembered_and_nothing_is_made_again(effect_memory: EffectMemory) -> None:
    assert await effect_memory.claim(asking()) == EffectClaim()
    await effect_memory.finish(KEY, {"id": "7"}, {"also": "8"})
    assert await effect_memory.claim(asking()) == EffectClaim(result={"id": "7"})


async def test_one_of_ten_at_once_makes_it(effect_memory: EffectMemory) -> None:
    claims = await asyncio.gather(*(effect_memory.claim(asking()) for _ in range(10)), return_exceptions=True)
    assert sum(claim == EffectClaim() for claim in claims) == 1
    others = [one for one in claims if isinstance(one, ServiceFailure)]
    assert [one.code for one in others] == [FailureCode.UNAVAILABLE] * 9
    assert all(one.retry_after == HOLD for one in others)


async def test_one_who_died_with_a_key_holds_it_no_longer_than_said(
    effect_memory: EffectMemory, clock: SettableClock
) -> None:
    await effect_memory.claim(asking())
    clock.advance(seconds=29)
    failure = await refused(effect_memory.claim(asking()))
    assert failure.retry_after == timedelta(seconds=1)
    clock.advance(seconds=1)
    assert await effect_memory.claim(asking()) == EffectClaim(tried_before=True)
    assert (await refused(effect_memory.claim(asking()))).code is FailureCode.UNAVAILABLE


async def test_key_that_was_let_go_is_free_at_once(effect_memory: EffectMemory) -> None:
    await effect_memory.claim(asking())
    await effect_memory.let_go(KEY)
    assert await effect_memory.claim(asking()) == EffectClaim(tried_before=True)


async def test_key_is_let_go_when_what_may_be_under_way_has_ended(
    effect_memory: EffectMemory, clock: SettableClock
) -> None:
    await effect_memory.claim(asking())
    await effect_memory.let_go(KEY, timedelta(seconds=10))
    failure = await refused(effect_memory.claim(asking()))
    assert (failure.code, failure.retry_after) == (FailureCode.UNAVAILABLE, timedelta(seconds=10))
    clock.advance(seconds=10)
    assert await effect_memory.claim(asking()) == EffectClaim(tried_before=True)


async def test_undone_effect_is_refused_from_then_on(effect_memory: EffectMemory) -> None:
    await effect_memory.claim(asking())
    await effect_memory.finish(KEY, {"id": "7"}, {"also": "8"})
    standing = await effect_memory.claim_undo(asking())
    assert (standing.result, standing.journal, standing.undo_result) == ({"id": "7"}, {"also": "8"}, None)
    assert (await refused(effect_memory.claim_undo(asking()))).code is FailureCode.UNAVAILABLE
    await effect_memory.finish_undo(KEY, UndoResult(undone=True, kept=("contact",)))
    again = await effect_memory.claim_undo(asking())
    assert again.undo_result == UndoResult(undone=True, kept=("contact",))
    assert (await refused(effect_memory.claim(asking()))).code is FailureCode.CONFLICT


async def test_undo_that_comes_first_wins(effect_memory: EffectMemory) -> None:
    first = await effect_memory.claim_undo(asking())
    assert first.undo_result == UndoResult(undone=False)
    assert (await refused(effect_memory.claim(asking()))).code is FailureCode.CONFLICT


async def test_effect_whose_end_nobody_knows_is_looked_for_by_its_undo(
    effect_memory: EffectMemory, clock: SettableClock
) -> None:
    await effect_memory.claim(asking())
    assert (await refused(effect_memory.claim_undo(asking()))).code is FailureCode.UNAVAILABLE
    clock.advance(seconds=30)
    standing = await effect_memory.claim_undo(asking())
    assert (standing.result, standing.undo_result) == (None, None)


async def test_key_of_another_kind_is_refused(effect_memory: EffectMemory) -> None:
    await effect_memory.claim(asking())
    assert (await refused(effect_memory.claim(asking("note")))).code is FailureCode.CONFLICT
    assert (await refused(effect_memory.claim_undo(asking("note")))).code is FailureCode.CONFLICT


async def test_one_at_a_time_is_at_a_record(effect_memory: EffectMemory) -> None:
    effects = RemoteEffects(effect_memory)
    async with effects.alone("contact_1"), effects.alone("contact_2"):
        failure = await refused(effects.alone("contact_1").__aenter__())
    assert (failure.code, failure.retry_after) == (FailureCode.UNAVAILABLE, SOON)
    async with effects.alone("contact_1"):
        pass


async def test_what_a_call_noted_is_known_to_its_repeat_and_to_an_undo(
    effect_memory: EffectMemory, clock: SettableClock
) -> None:
    effects, known = RemoteEffects(effect_memory), list[object]()

    async def writes(attempt: Attempt) -> Made[UndoResult]:
        known.append(attempt.noted("owner"))
        await attempt.note(owner="kim")
        await attempt.note(stage="new")
        raise ServiceFailure(FailureCode.OUTCOME_UNKNOWN, "acme", "planted")

    for _ in range(2):
        await refused(effects.once("task", UndoInput(key=KEY), UndoResult, writes))
        clock.advance(seconds=SETTLE.total_seconds())
    assert known == [None, "kim"]
    standing = await effect_memory.claim_undo(asking())
    assert (standing.result, standing.journal) == (None, {"owner": "kim", "stage": "new"})


@pytest.mark.parametrize("code", list(FailureCode))
async def test_call_whose_answer_was_lost_keeps_others_away_for_a_moment(
    effect_memory: EffectMemory, clock: SettableClock, code: FailureCode
) -> None:
    effects, tried = RemoteEffects(effect_memory), list[bool]()
    request, failure = UndoInput(key=KEY), ServiceFailure(code, "acme", "planted")

    async def fails(attempt: Attempt) -> Made[UndoResult]:
        tried.append(attempt.tried_before)
        raise failure

    first, second = [await refused(effects.once("task", request, UndoResult, fails)) for _ in range(2)]
    assert first is failure
    assert (second is not failure) is failure.outcome_unknown
    clock.advance(seconds=SETTLE.total_seconds())
    with pytest.raises(ServiceFailure, match="planted"):
        await effects.once("task", request, UndoResult, fails)
    assert tried == ([False, True] if failure.outcome_unknown else [False, True, True])
