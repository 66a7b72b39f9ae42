"""What a lead says of a person stays out of everything that is not encrypted, however its run ends."""

import logging
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError, WorkflowUpdateFailedError

from contracts.approval import Verdict
from contracts.failures import FailureCode
from contracts.follow_through import LeadOutcome
from contracts.ids import intake_workflow_id
from contracts.lead_intake import IntakeState
from contracts.messages import MessageKind
from contracts.names import Step, TaskQueue
from contracts.onboarding_states import OnboardingState
from contracts.policy import PolicyBundle
from contracts.status import ResolutionAnswer
from tests.faults import Faults
from tests.workflows.histories import events_of
from tests.workflows.house import House
from tests.workflows.leads import a_newsletter_sign_up
from tests.workflows.onboarding import (
    cancel,
    choose,
    decide_round,
    hand_over_again,
    onboard,
    provide,
    sign,
    to_the_value_check,
    until_kickoff_is_offered,
)
from tests.workflows.person import (
    COMPANY,
    MESSAGE,
    NAME,
    PERSON,
    TRANSCRIPT,
    UNSURE,
    children_in,
    leaks_in,
    leaks_of,
    of_this_person,
    order_of_this_person,
)
from tests.workflows.policies import house_rules, skippable


@pytest.fixture
def bundle() -> PolicyBundle:
    return house_rules(steps=skippable(Step.CREATE_TASK))


# ---------------------------------------------------------------- looking everywhere


async def leaks(house: House, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Where anything shows what it must not: every run and its children, the inbox, and the logs."""
    found: list[str] = []
    unseen = list(house.started)
    assert unseen
    while unseen:
        run = house.client.get_workflow_handle(unseen.pop())
        found += [f"{run.id} {leak}" for leak in await leaks_of(run)]
        unseen += children_in(await events_of(run))
    for task in await house.inbox.tasks(status=None):
        found += [f"inbox: {leak}" for leak in leaks_in(task.model_dump_json())]
    for message in await house.messages(MessageKind.STEP_PARKED, MessageKind.DETAILS_WANTED):
        found += [f"notice: {leak}" for leak in leaks_in(message.subject + message.body)]
    formatter = logging.Formatter()
    for record in caplog.records:
        text = f"{formatter.format(record)} {record.__dict__}"
        found += [f"log of {record.name}: {leak}" for leak in leaks_in(text)]
    return found


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    # Below INFO the SDK writes down whole inputs.
    caplog.set_level(logging.INFO)
    return caplog


# ---------------------------------------------------------------- endings


async def handed_over_and_closed(house: House, faults: Faults) -> None:
    result = await house.taken_in(of_this_person())
    follow_through = house.follow_through(result.lead_id)
    await house.in_state(follow_through, "awaiting_acknowledgement")
    await house.report(follow_through, LeadOutcome.CLOSED_LOST, reason=f"{NAME} of {COMPANY} said no")
    await follow_through.result()


async def merged_into_the_crm_and_into_a_run(house: House, faults: Faults) -> None:
    await house.taken_in(of_this_person())
    await house.taken_in(of_this_person())
    gate = faults.block("create_lead_records", calls=(2,))
    first = await house.submit(of_this_person(service_interest="Help"))
    await gate.entered.wait()
    second = await house.taken_in(of_this_person(service_interest="Help"))
    assert second.outcome is IntakeState.MERGED
    gate.release()
    await first.result()


async def disqualified_as_spam(house: House, faults: Faults) -> None:
    await house.taken_in(of_this_person(bot_signals={"honeypot": NAME}))


async def reviewed(house: House, faults: Faults, verdict: Verdict | None) -> None:
    lead = a_newsletter_sign_up(contact=PERSON, message=UNSURE, transcript=TRANSCRIPT)
    run = await house.submit(lead)
    approval = house.approval(run)
    await house.in_state(run, IntakeState.IN_REVIEW)
    waiting = await house.in_state(approval, "awaiting_decision")
    if verdict is None:
        await house.clock.fast_forward_to(approval, waiting.due_at)
    else:
        await house.decide(approval, "o-ada", verdict, reason=f"I know {NAME}")
    await run.result()


async def approved(house: House, faults: Faults) -> None:
    await reviewed(house, faults, Verdict.APPROVE)


async def rejected(house: House, faults: Faults) -> None:
    await reviewed(house, faults, Verdict.REJECT)


async def expired(house: House, faults: Faults) -> None:
    await reviewed(house, faults, None)


async def amended(house: House, faults: Faults) -> None:
    run = await house.submit(of_this_person(source=None))
    await house.in_state(run, IntakeState.AWAITING_DETAILS)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await house.command(run, "amend_lead", {"actor": NAME, "details": {"email": [PERSON["email"]]}})
    assert leaks_in(repr(refused.value.cause) + str(refused.value.cause)) == []
    await run.signal("duplicate_arrived", {"lead_id": NAME, "details": PERSON})
    await house.amend(run, source="website", name=NAME)
    await run.result()


async def parked_and_abandoned(house: House, faults: Faults) -> None:
    faults.fail("create_note")
    run = await house.submit(of_this_person())
    await house.in_state(run, IntakeState.PARKED)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await house.resolve(run, Step.CREATE_NOTE, ResolutionAnswer.SKIP)
    assert leaks_in(str(refused.value.cause)) == []
    await house.resolve(run, Step.CREATE_NOTE, ResolutionAnswer.ABANDON)
    await run.result()


async def not_undone_completely(house: House, faults: Faults) -> None:
    faults.fail("create_note")
    faults.fail("delete_task")
    run = await house.submit(of_this_person())
    await house.in_state(run, IntakeState.PARKED)
    await house.resolve(run, Step.CREATE_NOTE, ResolutionAnswer.ABANDON)
    await house.when(run, lambda status: "undo task" in {parked.step for parked in status.parked})
    await house.resolve(run, "undo task", ResolutionAnswer.SKIP)
    await run.result()


async def cancelled(house: House, faults: Faults) -> None:
    gate = faults.block("create_task", calls=(1,))
    run = await house.submit(of_this_person())
    await gate.entered.wait()
    await run.cancel()
    gate.release()
    with pytest.raises(WorkflowFailureError):
        await run.result()


async def retried_after_bugs_that_name_the_person(house: House, faults: Faults) -> None:
    for method in ("find_contacts", "allocate", "create_lead_records", "send"):
        faults.crash(method, KeyError(f"{NAME} <{PERSON['email']}> of {COMPANY}"), calls=(1,))
    await house.taken_in(of_this_person())


async def failed_by_an_input_that_nobody_can_read(house: House, faults: Faults) -> None:
    house.started.append(intake_workflow_id("cunreadable"))
    run = await house.client.start_workflow(
        "LeadIntakeWorkflow",
        {"received_at": NAME, "contact": PERSON, "message": [MESSAGE]},
        id=intake_workflow_id("cunreadable"),
        task_queue=TaskQueue.WORKFLOWS,
    )
    with pytest.raises(WorkflowFailureError):
        await run.result()
    assert (await run.describe()).status is WorkflowExecutionStatus.FAILED


async def onboarded(house: House, faults: Faults) -> None:
    run = await onboard(house, order_of_this_person(tax_id=None, contract_signed_at=None, value=100_000))
    await house.in_state(run, OnboardingState.AWAITING_PREREQUISITES)
    await provide(house, run, tax_id="DE15112345678")
    await house.in_state(run, OnboardingState.AWAITING_CONTRACT)
    await sign(house, run, reference="C-of-Quillfeather")
    await house.when(run, lambda status: status.refusals)
    await sign(house, run)
    await decide_round(house, run, 1, person="m-eve")
    await until_kickoff_is_offered(house, run)
    await choose(house, run)
    await decide_round(house, run, 2, Verdict.REJECT)
    await house.in_state(run, OnboardingState.HANDOVER_REFUSED)
    await hand_over_again(house, run, reason=f"{NAME} wrote the scope down")
    await decide_round(house, run, 3)
    await to_the_value_check(house, run)
    await run.result()


async def onboarding_parked_and_called_off(house: House, faults: Faults) -> None:
    faults.fail("create_workspace")
    faults.fail("cancel_subscription")
    run = await onboard(house, order_of_this_person())
    await house.in_state(run, OnboardingState.PARKED)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await house.command(
            run, "provide", {"actor": NAME, "details": {"billing_contact": [PERSON["email"]]}}
        )
    assert leaks_in(repr(refused.value.cause) + str(refused.value.cause)) == []
    await cancel(house, run, reason=f"{NAME} left the company")
    await house.when(run, lambda status: "undo subscription" in {parked.step for parked in status.parked})
    faults.heal("cancel_subscription")
    await house.resolve(run, "undo subscription", ResolutionAnswer.RETRY)
    await house.when(run, lambda status: "undo subscription" not in {parked.step for parked in status.parked})
    await house.resolve(run, "undo billing customer", ResolutionAnswer.RETRY)
    await run.result()


ENDINGS = [
    handed_over_and_closed,
    merged_into_the_crm_and_into_a_run,
    disqualified_as_spam,
    approved,
    rejected,
    expired,
    amended,
    parked_and_abandoned,
    not_undone_completely,
    cancelled,
    retried_after_bugs_that_name_the_person,
    failed_by_an_input_that_nobody_can_read,
    onboarded,
    onboarding_parked_and_called_off,
]


@pytest.mark.parametrize("ending", ENDINGS, ids=[ending.__name__ for ending in ENDINGS])
async def test_nothing_of_the_person_shows_however_the_run_ends(
    house: House, faults: Faults, everything_logged: pytest.LogCaptureFixture, ending: Any
) -> None:
    await ending(house, faults)
    assert await leaks(house, everything_logged) == []


async def test_leak_of_a_careless_connector_is_found(
    house: House, faults: Faults, everything_logged: pytest.LogCaptureFixture
) -> None:
    faults.fail("create_lead_records", FailureCode.REJECTED, message=f"no room for {NAME}")
    run = await house.submit(of_this_person())
    await house.in_state(run, IntakeState.PARKED)
    found = await leaks(house, everything_logged)
    for place in ("current details", "event", "log of temporalio.activity"):
        assert any(place in leak for leak in found), (place, found)


async def test_names_in_ids_summaries_and_attributes_would_be_found(
    house: House, everything_logged: pytest.LogCaptureFixture
) -> None:
    house.started.append(intake_workflow_id("zyxanthe"))
    await house.client.start_workflow(
        "LeadIntakeWorkflow",
        of_this_person(),
        id=intake_workflow_id("zyxanthe"),
        task_queue=TaskQueue.WORKFLOWS,
        static_summary=NAME,
        memo={"company": COMPANY},
    )
    found = await leaks(house, everything_logged)
    for place in ("id: zyxanthe", "static summary: zyxanthe", "memo: vorblatt", "event 1: quillfeather"):
        assert any(place in leak for leak in found), (place, found)
