"""A step that cannot be done parks the run, says who must act, and is taken up again from there."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest
from temporalio.client import WorkflowUpdateFailedError

from contracts.actors import Actor
from contracts.failure_policy import FailureAnswer, StepPolicy
from contracts.failures import WHO_MUST_ACT, FailureCode
from contracts.lead_intake import IntakeState
from contracts.messages import MessageKind
from contracts.names import Step
from contracts.policy import PolicyBundle
from contracts.states import Lane
from contracts.status import ParkedStep, Resolution, ResolutionAnswer
from tests.faults import Faults
from tests.workflows.caches import both_caches
from tests.workflows.house import NO_RECORDS, House
from tests.workflows.leads import a_newsletter_sign_up, a_sales_lead
from tests.workflows.policies import house_rules, skippable
from tests.workflows.refusals import refusal_of
from workflows.lead_intake import LeadIntakeWorkflow
from workflows.progress import Progress
from workflows.steps import Steps

RETRY, SKIP, ABANDON = ResolutionAnswer.RETRY, ResolutionAnswer.SKIP, ResolutionAnswer.ABANDON

READ = "A quote for a crm with a pipeline, please."


def to_owner(message: object) -> bool:
    return getattr(message, "kind", None) is MessageKind.LEAD_ASSIGNED


STEPS = [
    (Step.FIND_MATCHES, "register"),
    (Step.CLASSIFY_LEAD, "classify"),
    (Step.SUMMARISE_TRANSCRIPT, "summarise"),
    (Step.ALLOCATE_OWNER, "allocate"),
    (Step.CREATE_LEAD_RECORDS, "create_lead_records"),
    (Step.CREATE_TASK, "create_task"),
    (Step.CREATE_NOTE, "create_note"),
    (Step.SAVE_FOLLOW_UP_DRAFT, "save"),
    (Step.NOTIFY_OWNER, "send"),
    (Step.RECORD_DECISION, "record_decision"),
]
"""Each step that asks something outside, and the method of the port that it calls."""

EFFECTS = (
    "allocate",
    "create_lead_records",
    "create_task",
    "create_note",
    "save",
    "send",
    "record_decision",
)


@pytest.mark.parametrize(("step", "method"), STEPS, ids=[step.value for step, _ in STEPS])
async def test_step_that_fails_for_good_parks_and_a_retry_goes_on_from_there(
    house: House, faults: Faults, step: Step, method: str
) -> None:
    await parked_step_is_taken_up(house, faults, step, method)


@both_caches
async def test_parked_step_is_taken_up_although_the_run_is_replayed(house: House, faults: Faults) -> None:
    await parked_step_is_taken_up(house, faults, Step.CREATE_TASK, "create_task")


async def parked_step_is_taken_up(house: House, faults: Faults, step: Step, method: str) -> None:
    """Lets a step fail once for good, looks at the parked run, and resolves it."""
    faults.fail(method, FailureCode.REJECTED, calls=(1,), only=every_but_notices)
    run = await house.submit(a_newsletter_sign_up(message=READ, transcript=READ))
    status = await house.in_state(run, IntakeState.PARKED)
    (parked,) = status.parked
    assert (parked.step, parked.code) == (step, "REJECTED")
    assert parked.who_must_act == WHO_MUST_ACT[FailureCode.REJECTED]
    assert (status.lane, status.next_action_owner) == (Lane.BLOCKED, "operator")
    assert status.commands == ("resolve", "amend_lead")
    await house.resolve(run, step, RETRY)
    result = await run.result()
    assert result.outcome is IntakeState.HANDED_OVER
    for effect in EFFECTS:
        assert len(faults.keys(effect)) == len(set(faults.keys(effect))), effect
    assert await house.records() == {"companies": 1, "contacts": 1, "works": 1, "tasks": 1, "notes": 1}
    (told,) = await house.messages(MessageKind.STEP_PARKED)
    assert told.recipient_id == "m-eve"
    assert (await house.status(run)).parked == ()


def every_but_notices(request: object) -> bool:
    """Leaves the notice that a step is parked alone."""
    return getattr(request, "kind", None) is not MessageKind.STEP_PARKED


@pytest.mark.parametrize(
    "step", [Step.ASSESS_LEAD, Step.JUDGE_MATCH, Step.ROUTE_LEAD, Step.PLAN_FOLLOW_THROUGH]
)
async def test_decision_whose_policy_is_gone_parks_until_it_is_restored(
    house: House, faults: Faults, step: Step
) -> None:
    # The policy is loaded once for each decision; two loads belong to every failed one, the ruling asks too.
    number = {Step.ASSESS_LEAD: 1, Step.JUDGE_MATCH: 3, Step.ROUTE_LEAD: 4, Step.PLAN_FOLLOW_THROUGH: 6}[step]
    faults.fail("load", FailureCode.POLICY_UNKNOWN, calls=range(number, number + 2))
    run = await house.submit(a_sales_lead())
    (parked,) = (await house.in_state(run, IntakeState.PARKED)).parked
    assert (parked.step, parked.code) == (step, "POLICY_UNKNOWN")
    faults.heal("load")
    await house.resolve(run, step, RETRY)
    assert (await run.result()).outcome is IntakeState.HANDED_OVER


async def test_step_that_fails_again_parks_again_and_is_told_once(house: House, faults: Faults) -> None:
    faults.fail("create_lead_records", calls=(1, 2))
    run = await house.submit(a_sales_lead())
    await house.when(run, lambda status: [p.attempt for p in status.parked] == [1])
    await house.resolve(run, Step.CREATE_LEAD_RECORDS, RETRY)
    await house.when(run, lambda status: [p.attempt for p in status.parked] == [2])
    await house.resolve(run, Step.CREATE_LEAD_RECORDS, RETRY)
    assert (await run.result()).outcome is IntakeState.HANDED_OVER
    assert len(await house.messages(MessageKind.STEP_PARKED)) == 1


async def test_parked_run_goes_on_although_nobody_could_be_told(house: House, faults: Faults) -> None:
    faults.fail("create_lead_records", calls=(1,))
    faults.block("send", only=lambda message: message.kind is MessageKind.STEP_PARKED)
    run = await house.submit(a_sales_lead())
    await house.in_state(run, IntakeState.PARKED)
    await house.resolve(run, Step.CREATE_LEAD_RECORDS, RETRY)
    assert (await run.result()).outcome is IntakeState.HANDED_OVER


async def test_data_that_the_crm_rejected_is_amended_and_tried_again(house: House, faults: Faults) -> None:
    faults.fail("create_lead_records", calls=(1,))
    run = await house.submit(a_sales_lead())
    await house.in_state(run, IntakeState.PARKED)
    await house.amend(run, company="Amended Ltd")
    await house.resolve(run, Step.CREATE_LEAD_RECORDS, RETRY)
    result = await run.result()
    (call,) = [call for call in faults.calls if call.method == "create_lead_records"]
    assert call.request.lead.company == "Amended Ltd"
    assert (await house.ledger.decision(result.lead_id)).assessment.lead.company == "Amended Ltd"


async def test_two_steps_parked_at_once_are_resolved_one_by_one(house: House, faults: Faults) -> None:
    faults.fail("create_task", FailureCode.FORBIDDEN, calls=(1,))
    faults.fail("create_note", FailureCode.REJECTED, calls=(1,))
    run = await house.submit(a_sales_lead())
    both = await house.when(run, lambda status: len(status.parked) == 2)
    assert {parked.step: parked.code for parked in both.parked} == {
        "create_task": "FORBIDDEN",
        "create_note": "REJECTED",
    }
    await house.resolve(run, Step.CREATE_TASK, RETRY)
    one = await house.when(run, lambda status: len(status.parked) == 1)
    assert (one.state, one.waits_for) == (IntakeState.PARKED, "somebody to resolve create_note")
    await house.resolve(run, Step.CREATE_NOTE, RETRY)
    assert (await run.result()).outcome is IntakeState.HANDED_OVER
    assert await house.records() == {"companies": 1, "contacts": 1, "works": 1, "tasks": 1, "notes": 1}


@both_caches
async def test_abandoned_step_undoes_the_run(house: House, faults: Faults) -> None:
    faults.fail("create_note")
    run = await house.submit(a_sales_lead())
    await house.in_state(run, IntakeState.PARKED)
    await house.resolve(run, Step.CREATE_NOTE, ABANDON)
    result = await run.result()
    assert result.outcome is IntakeState.UNDONE
    assert await house.records() == NO_RECORDS
    assert (await house.status(run)).parked == ()
    assert (await house.ledger.decision(result.lead_id)).decided_by == ("m-eve",)


async def test_step_may_not_be_skipped_unless_the_policy_allows_it(house: House, faults: Faults) -> None:
    faults.fail("create_task", calls=(1,))
    run = await house.submit(a_sales_lead())
    await house.in_state(run, IntakeState.PARKED)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await house.resolve(run, Step.CREATE_TASK, SKIP)
    assert refusal_of(refused) == "step create_task may not be skipped"


async def test_step_that_is_not_parked_cannot_be_resolved(house: House, faults: Faults) -> None:
    faults.fail("create_task", calls=(1,))
    run = await house.submit(a_sales_lead())
    await house.in_state(run, IntakeState.PARKED)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await house.resolve(run, Step.CREATE_NOTE, RETRY)
    assert refusal_of(refused) == "step create_note is not parked (parked: create_task)"


async def test_resolution_by_an_unverified_actor_is_refused(house: House, faults: Faults) -> None:
    faults.fail("create_task", calls=(1,))
    run = await house.submit(a_sales_lead())
    await house.in_state(run, IntakeState.PARKED)
    forged = Actor(id="m-eve", assertion="v1.1." + "A" * 43)
    resolution = Resolution(answer=ABANDON, step=Step.CREATE_TASK, actor=forged)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await house.command(run, LeadIntakeWorkflow.resolve, resolution)
    assert "was not signed for this actor" in refusal_of(refused)
    assert (await house.status(run)).state == IntakeState.PARKED


async def test_of_two_resolutions_at_once_one_is_taken(house: House, faults: Faults) -> None:
    faults.fail("create_task", calls=(1,))
    run = await house.submit(a_sales_lead())
    await house.in_state(run, IntakeState.PARKED)
    answers = await asyncio.gather(
        house.resolve(run, Step.CREATE_TASK, RETRY),
        house.resolve(run, Step.CREATE_TASK, ABANDON, person="o-ben"),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, WorkflowUpdateFailedError) for answer in answers) == 1
    taken_first = not isinstance(answers[0], BaseException)
    outcome = (await run.result()).outcome
    assert outcome is (IntakeState.HANDED_OVER if taken_first else IntakeState.UNDONE)


def test_step_that_is_being_resolved_takes_no_second_answer() -> None:
    step = ParkedStep(
        step=Step.CREATE_TASK, code="REJECTED", message="no", who_must_act="you", since=datetime.now(UTC)
    )
    progress = SimpleNamespace(parked={Step.CREATE_TASK: step})
    steps = Steps(cast("Progress", progress), parked_state=IntakeState.PARKED, commands=())
    retry = Resolution(answer=RETRY, step=Step.CREATE_TASK, actor=Actor(id="m-eve"))
    assert steps.problem_with(retry) is None
    steps._answers[retry.step] = retry.answer
    assert steps.problem_with(retry) == "step create_task is being resolved already"


OPTIONAL = (Step.CREATE_TASK, Step.CREATE_NOTE, Step.SAVE_FOLLOW_UP_DRAFT, Step.NOTIFY_OWNER)


class TestWherePeopleMaySkip:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return house_rules(steps=skippable(*OPTIONAL, Step.CLASSIFY_LEAD, Step.CREATE_LEAD_RECORDS))

    @pytest.mark.parametrize("step", OPTIONAL)
    async def test_skipped_step_is_left_out_and_the_rest_is_done(
        self, house: House, faults: Faults, step: Step
    ) -> None:
        method = dict(STEPS)[step]
        faults.fail(method, only=every_but_notices)
        run = await house.submit(a_sales_lead())
        (parked,) = (await house.in_state(run, IntakeState.PARKED)).parked
        assert parked.skippable
        await house.resolve(run, step, SKIP)
        result = await run.result()
        assert result.outcome is IntakeState.HANDED_OVER
        assert step not in {effect.step for effect in result.effects}

    async def test_skipped_classifier_leaves_the_text_to_a_person(self, house: House, faults: Faults) -> None:
        faults.fail("classify", FailureCode.FORBIDDEN)
        run = await house.submit(a_newsletter_sign_up(message=READ))
        await house.in_state(run, IntakeState.PARKED)
        await house.resolve(run, Step.CLASSIFY_LEAD, SKIP)
        assert (await house.in_state(run, IntakeState.IN_REVIEW)).approval_id

    async def test_step_that_the_run_needs_may_not_be_skipped_whatever_the_policy_says(
        self, house: House, faults: Faults
    ) -> None:
        faults.fail("create_lead_records", calls=(1,))
        run = await house.submit(a_sales_lead())
        (parked,) = (await house.in_state(run, IntakeState.PARKED)).parked
        assert not parked.skippable


class TestWhereThePolicySkips:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return house_rules(steps={Step.SAVE_FOLLOW_UP_DRAFT: StepPolicy(answer=FailureAnswer.SKIP)})

    async def test_step_is_left_out_and_the_reasons_say_so(self, house: House, faults: Faults) -> None:
        faults.fail("save")
        result = await house.taken_in(a_sales_lead())
        assert result.outcome is IntakeState.HANDED_OVER
        assert "Step save_follow_up_draft was skipped: REJECTED." in result.reasons
