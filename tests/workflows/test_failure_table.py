"""Every cell of the shipped failure table, driven in real runs: a step that fails so is answered so."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta

import pytest
from temporalio.client import Client

from contracts.access_request import AccessRequestState
from contracts.failure_policy import FailureAnswer
from contracts.failures import OF_A_STEP, FailureCode
from contracts.follow_through import LeadOutcome
from contracts.ids import access_request_workflow_id, onboarding_workflow_id
from contracts.lead import LeadSubmission
from contracts.lead_intake import IntakeState
from contracts.messages import MessageKind
from contracts.names import Step
from contracts.onboarding_policy import ContractPolicy
from contracts.onboarding_states import OnboardingState
from contracts.policy import PolicyBundle
from contracts.status import ResolutionAnswer
from rules.failures import table_of
from rules.identity import lead_id_for
from tests.faults import Faults
from tests.onboarding_bundles import small_onboarding_policy
from tests.rules.policy_samples import shipped
from tests.workflows.gauntlet import Cell, Course, Gauntlet, attempts_problem, cells, quick
from tests.workflows.house import House, open_house
from tests.workflows.leads import a_sales_lead
from tests.workflows.onboarding import an_order, ended_with_help, onboard, sign
from tests.workflows.policies import EVERY_LEAD, house_rules
from tests.workflows.test_access_request import ask_for_access, decided

TABLE = quick(table_of(shipped()))

POLLED = small_onboarding_policy(
    contract=ContractPolicy(confirm_by="poll", poll_every=timedelta(hours=1), deadline=timedelta(hours=80))
)

PARK_INTAKE = (
    Step.ASSESS_LEAD,
    Step.PLAN_DETAILS,
    Step.FIND_MATCHES,
    Step.JUDGE_MATCH,
    Step.ROUTE_LEAD,
    Step.ASK_APPROVAL,
    Step.ALLOCATE_OWNER,
    Step.PLAN_FOLLOW_THROUGH,
    Step.CREATE_LEAD_RECORDS,
    Step.CREATE_TASK,
    Step.CREATE_NOTE,
    Step.RECORD_DECISION,
)
PARK_FOLLOW_THROUGH = (Step.ASSIGN_OWNER, Step.MOVE_STAGE, Step.RECORD_OUTCOME)
PARK_ONBOARDING = (
    Step.READ_DEAL,
    Step.PLAN_ONBOARDING,
    Step.CHECK_PREREQUISITES,
    Step.CHECK_BILLING,
    Step.CHECK_PROVISIONING,
    Step.JUDGE_TERMS,
    Step.OPEN_ACCOUNT,
    Step.MOVE_ACCOUNT,
    Step.OPEN_BILLING_CUSTOMER,
    Step.START_SUBSCRIPTION,
    Step.CREATE_WORKSPACE,
    Step.INVITE_ADMIN,
    Step.FIND_SLOTS,
    Step.BOOK_KICKOFF,
    Step.MESSAGE_CUSTOMER,
    Step.READ_USAGE,
    Step.RECORD_ONBOARDING,
)
PARK_ACCESS = (Step.JUDGE_ACCESS, Step.GRANT_ACCESS, Step.REVOKE_ACCESS)
GO_ON_INTAKE = (Step.CLASSIFY_LEAD, Step.SUMMARISE_TRANSCRIPT, Step.SAVE_FOLLOW_UP_DRAFT)
GO_ON_ONBOARDING = (Step.READ_AGREEMENT,)

READ = "We need a CRM and a pipeline. Please send a quote."


A_LONG_COURSE = pytest.mark.timeout(300)
"""Up to two hundred failures, one after the other."""


@pytest.fixture
def gauntlet() -> Gauntlet:
    return Gauntlet()


@pytest.fixture
def bundle() -> PolicyBundle:
    return house_rules(reviews=(), failures=TABLE)


@pytest.fixture
async def house(
    client: Client, store_url: str, bundle: PolicyBundle, faults: Faults, gauntlet: Gauntlet
) -> AsyncIterator[House]:
    async with open_house(
        client, store_url, bundle, faults=faults, translation=gauntlet.translation
    ) as opened:
        yield opened


def parking(*steps: Step) -> Mapping[Step, tuple[FailureCode, ...]]:
    """The ways in which steps park; all of them, by the shipped table, but for messages that are rerouted."""
    answers = cells(TABLE, OF_A_STEP, *steps)
    return {
        step: tuple(code for code in OF_A_STEP if answers[step, code] is FailureAnswer.PARK) for step in steps
    }


def cells_of(ways: Mapping[Step, tuple[FailureCode, ...]]) -> set[Cell]:
    return {(step, code) for step, codes in ways.items() for code in codes}


def tried_as_often_as_said(gauntlet: Gauntlet, driven: set[Cell]) -> list[str]:
    problems = (attempts_problem(cell, TABLE, gauntlet.calls(cell)) for cell in sorted(driven))
    return [problem for problem in problems if problem]


def test_every_cell_has_its_place_here() -> None:
    """A new step is added to one of the lists above; one that changes its answer changes its list."""
    parked = {*PARK_INTAKE, *PARK_FOLLOW_THROUGH, *PARK_ONBOARDING, *PARK_ACCESS}
    going_on = {*GO_ON_INTAKE, *GO_ON_ONBOARDING, Step.NOTIFY_PERSON}
    assert parked | going_on | {Step.NOTIFY_OWNER} == set(Step)
    assert set(cells(TABLE, OF_A_STEP, *parked).values()) == {FailureAnswer.PARK}
    assert FailureAnswer.PARK not in set(cells(TABLE, OF_A_STEP, *going_on).values())
    assert FailureAnswer.UNDO not in set(cells(TABLE, OF_A_STEP, *Step).values())


class TestIntake:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return house_rules(reviews=(EVERY_LEAD,), failures=TABLE)

    @A_LONG_COURSE
    async def test_step_that_fails_parks_and_goes_on_from_there(
        self, house: House, gauntlet: Gauntlet
    ) -> None:
        ways = parking(*PARK_INTAKE, Step.NOTIFY_OWNER)
        lead = a_sales_lead(contact={"email": None, "phone": None})
        run = house.intake(lead_id_for(lead))
        approval = house.approval(run)
        course = Course(gauntlet, run.id, ways, elsewhere={Step.ASK_APPROVAL: approval.id})
        await house.submit(lead)

        async def people() -> None:
            await house.in_state(run, IntakeState.AWAITING_DETAILS)
            await house.amend(run, email="ann@company-of-ann.example")
            await house.in_state(approval, "awaiting_decision")
            await house.decide(approval, "o-ada")

        helping = asyncio.create_task(people())
        driven = await course.run_through(house, run)
        await helping
        assert (await run.result()).outcome is IntakeState.HANDED_OVER
        assert driven == cells_of(ways)
        assert tried_as_often_as_said(gauntlet, driven) == []
        assert await house.records() == {"companies": 1, "contacts": 1, "works": 1, "tasks": 1, "notes": 1}


@A_LONG_COURSE
async def test_follow_through_step_that_fails_parks_and_goes_on_from_there(
    house: House, gauntlet: Gauntlet
) -> None:
    ways = parking(*PARK_FOLLOW_THROUGH)
    lead = a_sales_lead()
    run = house.follow_through(lead_id_for(lead))
    course = Course(gauntlet, run.id, ways)
    await house.taken_in(lead)
    status = await house.in_state(run, "awaiting_acknowledgement")

    async def people() -> None:
        await house.clock.fast_forward_to(run, status.due_at)
        await house.when(run, lambda seen: seen.reassignments == 1 and seen.owner_id != status.owner_id)
        await house.report(run, LeadOutcome.PROPOSAL_SENT)

    helping = asyncio.create_task(people())
    driven = await course.run_through(house, run)
    await helping
    assert driven == cells_of(ways)
    assert tried_as_often_as_said(gauntlet, driven) == []
    assert (await house.when(run, lambda seen: seen.outcomes)).outcomes == (LeadOutcome.PROPOSAL_SENT,)


@A_LONG_COURSE
async def test_onboarding_step_that_fails_parks_and_goes_on_from_there(
    house: House, gauntlet: Gauntlet
) -> None:
    ways = parking(*PARK_ONBOARDING)
    course = Course(gauntlet, onboarding_workflow_id("ob-1"), ways)
    await house.taken_in(a_sales_lead())
    async with house.store.reading("test") as connection:
        (work_id,) = (await connection.exec_driver_sql("select id from works")).scalars()
    order = an_order().model_copy(update={"work_id": work_id})
    run = await onboard(house, order, "ob-1")
    ending = asyncio.create_task(ended_with_help(house, run, patience=timedelta(minutes=3)))
    driven = await course.run_through(house, run)
    assert (await ending).outcome is OnboardingState.WITHOUT_FIRST_VALUE
    assert driven == cells_of(ways)
    assert tried_as_often_as_said(gauntlet, driven) == []


async def test_two_letters_that_cannot_be_sent_are_both_sent_in_the_end(
    house: House, gauntlet: Gauntlet
) -> None:
    """The kickoff's offer and the welcome are written side by side, and are one step by name."""
    letter = (Step.MESSAGE_CUSTOMER, FailureCode.REJECTED)
    gauntlet.befall(onboarding_workflow_id("ob-1"), *letter)
    run = await onboard(house, an_order(), "ob-1")
    status = await house.when(run, lambda seen: seen.parked and gauntlet.executions(letter) == 2)
    assert [one.step for one in status.parked] == [Step.MESSAGE_CUSTOMER]
    gauntlet.befall(run.id, Step.MESSAGE_CUSTOMER, None)
    await house.resolve(run, Step.MESSAGE_CUSTOMER, ResolutionAnswer.RETRY)
    assert (await ended_with_help(house, run)).outcome is OnboardingState.WITHOUT_FIRST_VALUE
    letters = await house.messages(MessageKind.CUSTOMER_KICKOFF_OFFER, MessageKind.CUSTOMER_WELCOME)
    assert sorted(one.kind for one in letters) == sorted(
        (MessageKind.CUSTOMER_KICKOFF_OFFER, MessageKind.CUSTOMER_WELCOME)
    )


@A_LONG_COURSE
async def test_access_step_that_fails_parks_and_goes_on_from_there(house: House, gauntlet: Gauntlet) -> None:
    ways = parking(*PARK_ACCESS)
    course = Course(gauntlet, access_request_workflow_id("ar-1"), ways)
    run = await ask_for_access(house, request_id="ar-1")

    async def people() -> None:
        await decided(house, run)
        status = await house.in_state(run, AccessRequestState.GRANTED)
        await house.clock.fast_forward_to(run, status.due_at)

    helping = asyncio.create_task(people())
    driven = await course.run_through(house, run)
    await helping
    assert (await run.result()).outcome is AccessRequestState.ENDED
    assert driven == cells_of(ways)
    assert tried_as_often_as_said(gauntlet, driven) == []


@pytest.mark.parametrize("code", OF_A_STEP)
async def test_lead_goes_on_where_a_step_is_skipped_or_done_by_other_means(
    house: House, gauntlet: Gauntlet, code: FailureCode
) -> None:
    lead = a_lead_to_read()
    answers = cells(TABLE, [code], *GO_ON_INTAKE, Step.NOTIFY_OWNER)
    answers = {cell: then for cell, then in answers.items() if then is not FailureAnswer.PARK}
    run = house.intake(lead_id_for(lead))
    for step, _ in answers:
        gauntlet.befall(run.id, step, code)
    await house.submit(lead)
    result = await run.result()
    assert result.outcome is IntakeState.HANDED_OVER
    for (step, _), then in answers.items():
        said = "was skipped" if then is FailureAnswer.SKIP else "was done by other means"
        assert f"Step {step} {said}: {code}." in result.reasons
    assert tried_as_often_as_said(gauntlet, set(answers)) == []
    (assigned,) = await house.messages(MessageKind.LEAD_ASSIGNED)
    rerouted = (Step.NOTIFY_OWNER, code) in answers
    assert (assigned.recipient_id == "m-eve") is rerouted
    assert (await house.status(run)).parked == ()


@pytest.mark.parametrize("code", OF_A_STEP)
async def test_run_goes_on_although_somebody_could_not_be_told(
    house: House, gauntlet: Gauntlet, code: FailureCode
) -> None:
    assert set(cells(TABLE, [code], Step.NOTIFY_PERSON).values()) == {FailureAnswer.SKIP}
    lead = a_sales_lead()
    run = house.intake(lead_id_for(lead))
    gauntlet.befall(run.id, Step.NOTIFY_PERSON, code)
    gauntlet.befall(run.id, Step.CREATE_TASK, FailureCode.REJECTED)
    await house.submit(lead)
    await house.in_state(run, IntakeState.PARKED)
    # Whoever resolves the step before anybody is told has the notice called off.
    await house.when(run, lambda _: gauntlet.calls((Step.NOTIFY_PERSON, code)))
    gauntlet.befall(run.id, Step.CREATE_TASK, None)
    await house.resolve(run, Step.CREATE_TASK, ResolutionAnswer.RETRY)
    assert (await run.result()).outcome is IntakeState.HANDED_OVER
    assert await house.messages(MessageKind.STEP_PARKED) == []


class TestContractThatIsAskedFor:
    @pytest.fixture
    def bundle(self) -> PolicyBundle:
        return house_rules(onboarding=POLLED, failures=TABLE)

    @pytest.mark.parametrize("code", OF_A_STEP)
    async def test_registry_that_cannot_be_asked_is_skipped(
        self, house: House, gauntlet: Gauntlet, code: FailureCode
    ) -> None:
        answers = cells(TABLE, [code], *GO_ON_ONBOARDING)
        assert set(answers.values()) == {FailureAnswer.SKIP}
        gauntlet.befall(onboarding_workflow_id("ob-1"), Step.READ_AGREEMENT, code)
        run = await onboard(house, an_order(contract_signed_at=None), "ob-1")
        said = f"Step {Step.READ_AGREEMENT} was skipped: {code}."
        status = await house.when(run, lambda seen: said in seen.reasons)
        assert status.state == OnboardingState.AWAITING_CONTRACT
        assert tried_as_often_as_said(gauntlet, set(answers)) == []
        await sign(house, run)
        await house.in_state(run, OnboardingState.AWAITING_KICKOFF_CHOICE)


def a_lead_to_read() -> LeadSubmission:
    return a_sales_lead(service_interest=None, message=READ, transcript=READ)
