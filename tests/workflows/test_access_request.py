"""Somebody asks for access: others agree or do not, and what was granted ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import CancelledError

from connectors.store.access import SqlAccess
from contracts.access_request import AccessRequest, AccessRequestResult, AccessRequestState
from contracts.approval import Verdict
from contracts.ids import access_request_workflow_id
from contracts.messages import MessageKind
from contracts.names import Step, TaskQueue
from contracts.policy import PolicyBundle
from contracts.states import Lane
from contracts.status import ResolutionAnswer
from tests.faults import Faults
from tests.workflows.caches import both_caches
from tests.workflows.house import House, eventually, real_time
from tests.workflows.policies import house_rules, undo_on
from tests.workflows.refusals import refused_for
from workflows.access_request import AccessRequestWorkflow

AccessRun = WorkflowHandle[AccessRequestWorkflow, AccessRequestResult]


async def ask_for_access(house: House, **fields: Any) -> AccessRun:
    """Somebody asks to read the billing system."""
    given: dict[str, Any] = {
        "request_id": "ar-1",
        "person_id": "o-ada",
        "system": "billing",
        "role": "reader",
        "reason": "month end",
        "requested_at": datetime.now(UTC),
    }
    request = AccessRequest(**{**given, **fields})
    run = await house.client.start_workflow(
        AccessRequestWorkflow.run,
        request,
        id=access_request_workflow_id(request.request_id),
        task_queue=TaskQueue.WORKFLOWS,
    )
    house.started.append(run.id)
    return run


async def decided(
    house: House, run: AccessRun, verdict: Verdict = Verdict.APPROVE, person: str = "m-eve"
) -> None:
    """Decides as soon as somebody is asked."""
    await house.in_state(house.approval(run), "awaiting_decision")
    await house.decide(house.approval(run), person, verdict)


async def held(house: House) -> list[str]:
    """What the person may use by now."""
    return list(await SqlAccess(house.store, real_time).held_by("o-ada", real_time()))


@both_caches
async def test_access_lasts_as_long_as_the_policy_lets_it(house: House) -> None:
    run = await ask_for_access(house, role="admin")
    await decided(house, run)
    await decided(house, run, person="o-ben")
    status = await house.in_state(run, AccessRequestState.GRANTED)
    assert await held(house) == ["billing:admin"]
    assert status.due_at - status.visits[-1].at <= timedelta(days=7)
    await house.clock.fast_forward_to(run, status.due_at)
    result = await run.result()
    assert (result.outcome, set(result.decided_by)) == (AccessRequestState.ENDED, {"m-eve", "o-ben"})
    assert await held(house) == []
    told = await house.messages(MessageKind.ACCESS_GRANTED, MessageKind.ACCESS_ENDED)
    assert [message.recipient_id for message in told] == ["o-ada", "o-ada"]


async def test_less_time_than_the_policy_allows_can_be_asked_for(house: House) -> None:
    run = await ask_for_access(house, days=2)
    await decided(house, run)
    status = await house.in_state(run, AccessRequestState.GRANTED)
    assert timedelta(days=1) < status.due_at - datetime.now(UTC) <= timedelta(days=2)


async def test_nobody_agrees_to_their_own_access(house: House) -> None:
    run = await ask_for_access(house)
    await house.in_state(house.approval(run), "awaiting_decision")
    assert "self-approval" in await refused_for(house.decide(house.approval(run), "o-ada"))


async def test_refused_and_unanswered_requests_grant_nothing(house: House) -> None:
    refused = await ask_for_access(house)
    await decided(house, refused, Verdict.REJECT)
    assert (await refused.result()).outcome is AccessRequestState.REJECTED
    unanswered = await ask_for_access(house, request_id="ar-2")
    await house.in_state(house.approval(unanswered), "awaiting_decision")
    await house.clock.fast_forward(house.approval(unanswered), timedelta(hours=9))
    assert (await unanswered.result()).outcome is AccessRequestState.EXPIRED
    assert (await house.status(unanswered)).lane is Lane.ESCALATED
    assert await house.rows("access_grants") == 0


async def test_request_that_cannot_be_granted_waits_for_a_person(house: House, faults: Faults) -> None:
    faults.fail("grant", calls=(1,))
    run = await ask_for_access(house)
    await decided(house, run)
    status = await house.in_state(run, AccessRequestState.PARKED)
    assert [parked.step for parked in status.parked] == ["grant_access"]
    await house.resolve(run, Step.GRANT_ACCESS, ResolutionAnswer.RETRY)
    await house.in_state(run, AccessRequestState.GRANTED)
    assert await held(house) == ["billing:reader"]


async def test_cancelling_takes_the_access_back(house: House) -> None:
    run = await ask_for_access(house)
    await decided(house, run)
    await house.in_state(run, AccessRequestState.GRANTED)
    await run.cancel()
    with pytest.raises(WorkflowFailureError) as failed:
        await run.result()
    assert isinstance(failed.value.cause, CancelledError)
    assert await held(house) == []


class TestWhereThePolicyUndoes:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return house_rules(steps=undo_on(*Step))

    @pytest.mark.parametrize("method", ["grant", "revoke"])
    async def test_step_that_fails_leaves_no_access(self, house: House, faults: Faults, method: str) -> None:
        faults.fail(method, calls=(1,))
        run = await ask_for_access(house)
        await decided(house, run)
        if method == "revoke":
            status = await house.in_state(run, AccessRequestState.GRANTED)
            await house.clock.fast_forward_to(run, status.due_at)
        assert (await run.result()).outcome is AccessRequestState.UNDONE
        await eventually(lambda: held(house), lambda roles: roles == [])
