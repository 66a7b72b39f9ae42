"""The policy changes under open runs: rules go, owners are renamed. Runs go on by the one that they pinned.

Workers are started anew with nothing but the new policy on disk; the store's library keeps the old one.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from temporalio.client import Client

from contracts.approval import ApprovalState
from contracts.follow_through import FollowThroughState, LeadOutcome
from contracts.lead_intake import IntakeState
from contracts.messages import MessageKind
from contracts.names import Step
from contracts.onboarding_states import OnboardingState
from contracts.policy import Always, FailureAnswer, PolicyBundle, Pool, PoolMember, RoutingPolicy, StepPolicy
from contracts.status import ResolutionAnswer
from rules.policy_source import bundle_hash
from tests.bundles import small_routing_rules
from tests.faults import Faults
from tests.onboarding_bundles import lean_template, small_onboarding_policy
from tests.replay.onboarding_scenes import HANDOVER, UNSIGNED, onboarding_rules
from tests.workflows.house import House, open_house
from tests.workflows.leads import a_sales_lead
from tests.workflows.onboarding import an_order, decide_round, onboard, sign
from tests.workflows.policies import EVERY_LEAD, approvals, house_rules

OLD = house_rules(reviews=(EVERY_LEAD,), onboarding=onboarding_rules(*HANDOVER).onboarding)


def renamed(bundle: PolicyBundle) -> PolicyBundle:
    """Ada and Ben have other ids, and whoever knew them by the old ones is told nothing."""
    new_ids = {"o-ada": "o-ada-new", "o-ben": "o-ben-new"}
    people = tuple(
        person.model_copy(update={"id": new_ids.get(person.id, person.id)}) for person in bundle.people
    )
    pool = Pool(members=(PoolMember(person="o-ada-new"),), escalate_to="m-eve")
    return bundle.model_copy(update={"people": people, "pools": {"sales": pool}})


NEW = renamed(
    house_rules(
        # No rule for sales is left, nobody is asked about a lead, and a step that fails undoes the run.
        routing=RoutingPolicy(rules=tuple(rule for rule in small_routing_rules() if rule.id != "sales")),
        approvals=approvals(approvers=("m-eve",), escalate_to=()),
        steps=dict.fromkeys(Step, StepPolicy(answer=FailureAnswer.UNDO)),
        # No way of onboarding is left that hands a customer over.
        onboarding=small_onboarding_policy(templates=(lean_template(when=Always(always=True)),)),
    )
)

Opened = Callable[[PolicyBundle], AbstractAsyncContextManager[House]]


@pytest.fixture
def opened(client: Client, store_url: str, faults: Faults) -> Opened:
    """Starts workers with a policy, over the store and the server of the test; they end with the block."""

    def start(bundle: PolicyBundle) -> AbstractAsyncContextManager[House]:
        return open_house(client, store_url, bundle, faults=faults)

    return start


def test_the_policies_differ() -> None:
    assert bundle_hash(OLD) != bundle_hash(NEW)
    assert {"o-ada", "o-ben"}.isdisjoint(person.id for person in NEW.people)


async def test_lead_that_waits_for_an_approval_ends_as_its_policy_said(opened: Opened) -> None:
    async with opened(OLD) as house:
        run = await house.submit(a_sales_lead())
        approval = house.approval(run)
        await house.in_state(approval, ApprovalState.AWAITING_DECISION)
    async with opened(NEW) as house:
        # Asked by the old policy, under the name that it knows; the new one asks another person.
        await house.decide(approval, "o-ada")
        result = await run.result()
        assert result.outcome is IntakeState.HANDED_OVER
        assert (await house.status(run)).policy_hash == bundle_hash(OLD)
        assert result.owner_id in {"o-ada", "o-ben"}
        (told,) = await house.messages(MessageKind.LEAD_ASSIGNED)
        assert told.recipient_id == result.owner_id
        later = await house.submit(a_sales_lead(event_id="later"))
        assert (await later.result()).owner_id == "o-ada-new"
        assert (await house.status(later)).policy_hash == bundle_hash(NEW)
        assert (await house.status(house.follow_through(result.lead_id))).owner_id == result.owner_id


async def test_lead_whose_owner_is_gone_is_given_to_others_of_its_own_pool(opened: Opened) -> None:
    async with opened(unreviewed(OLD)) as house:
        result = await house.taken_in(a_sales_lead())
        run = house.follow_through(result.lead_id)
        status = await house.in_state(run, FollowThroughState.AWAITING_ACKNOWLEDGEMENT)
    async with opened(NEW) as house:
        await house.clock.fast_forward_to(run, status.due_at)
        taken = await house.when(run, lambda seen: seen.reassignments == 1 and seen.due_at)
        assert {result.owner_id, taken.owner_id} == {"o-ada", "o-ben"}
        await house.acknowledge(run, taken.owner_id)
        await house.report(run, LeadOutcome.CLOSED_LOST, reason="price", person=taken.owner_id)
        assert (await run.result()).outcome is LeadOutcome.CLOSED_LOST


async def test_lead_that_nobody_takes_goes_to_the_manager_of_its_policy(opened: Opened) -> None:
    async with opened(unreviewed(OLD)) as house:
        run = house.follow_through((await house.taken_in(a_sales_lead())).lead_id)
        await house.in_state(run, FollowThroughState.AWAITING_ACKNOWLEDGEMENT)
    async with opened(NEW) as house:
        for _ in range(2):
            due_at = (await house.in_state(run, FollowThroughState.AWAITING_ACKNOWLEDGEMENT)).due_at
            await house.clock.fast_forward_to(run, due_at)
            await house.when(run, lambda seen, due_at=due_at: seen.due_at != due_at)
        escalated = await house.in_state(run, FollowThroughState.UNACKNOWLEDGED)
        assert escalated.next_action_owner == "m-eve"


async def test_customer_is_onboarded_by_the_plan_that_was_made(opened: Opened) -> None:
    async with opened(OLD) as house:
        run = await onboard(house, an_order(**UNSIGNED))
        await house.in_state(run, OnboardingState.AWAITING_CONTRACT)
    async with opened(NEW) as house:
        await sign(house, run)
        # The success owner of the plan is asked to take over, though the new policy has nobody of that id.
        await house.in_state(run, OnboardingState.IN_HANDOVER)
        await decide_round(house, run, 1)
        result = await run.result()
        assert result.outcome is OnboardingState.ONBOARDED
        assert (await house.status(run)).policy_hash == bundle_hash(OLD)


async def test_step_that_fails_is_answered_by_the_policy_of_its_run(opened: Opened, faults: Faults) -> None:
    async with opened(OLD) as house:
        run = await house.submit(a_sales_lead())
        await house.in_state(house.approval(run), ApprovalState.AWAITING_DECISION)
    faults.fail("create_lead_records")
    async with opened(NEW) as house:
        await house.decide(house.approval(run), "o-ben")
        # The new policy would undo it.
        await house.in_state(run, IntakeState.PARKED)
        faults.heal("create_lead_records")
        await house.resolve(run, Step.CREATE_LEAD_RECORDS, ResolutionAnswer.RETRY)
        assert (await run.result()).outcome is IntakeState.HANDED_OVER


async def test_details_that_come_later_are_judged_by_the_policy_of_the_run(opened: Opened) -> None:
    async with opened(unreviewed(OLD)) as house:
        run = await house.submit(a_sales_lead(contact={"email": None, "phone": None}))
        await house.in_state(run, IntakeState.AWAITING_DETAILS)
    async with opened(NEW) as house:
        await house.amend(run, email="ann.lee@acme.example")
        result = await run.result()
        assert result.outcome is IntakeState.HANDED_OVER
        assert (await house.status(run)).policy_hash == bundle_hash(unreviewed(OLD))


def unreviewed(bundle: PolicyBundle) -> PolicyBundle:
    """The same, asking nobody about a lead."""
    return bundle.model_copy(update={"routing": RoutingPolicy(rules=bundle.routing.rules)})
