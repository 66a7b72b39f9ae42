"""Orders before anything is touched: what is missing, whether the contract is signed, who agrees."""

from collections.abc import Mapping
from typing import Any

from temporalio.client import WorkflowUpdateHandle, WorkflowUpdateStage

from connectors.store.billing import SqlBilling
from contracts.agreements import AgreementState
from contracts.approval import Verdict
from contracts.billing import OpenBillingCustomerInput
from contracts.crm import UndoInput
from contracts.messages import MessageKind
from contracts.onboarding import ContractSigned, ProvideDetails
from contracts.onboarding_plan import Prerequisite
from contracts.onboarding_policy import SELLER, ContractPolicy, SupplyPolicy
from contracts.onboarding_states import OnboardingState
from contracts.order import OrderDetails, PartyContact, PostalAddress
from tests.replay.onboarding_scenes import (
    FORGED,
    ONLY_AN_ACCOUNT,
    POLLED,
    UNSIGNED,
    VALUABLE,
    decided,
    onboarding,
    onboarding_rules,
    registered,
    signed,
)
from tests.replay.scenario import Scenario, refused_update, seconds
from tests.replay.scenes import answered_within, called, held, standing_in, under_way
from tests.workflows.histories import events_of, kinds
from tests.workflows.house import House, eventually, real_time
from tests.workflows.onboarding import CUSTOMER, SIGNED_AT, OnboardingRun, provide, sign
from workflows.customer_onboarding import CustomerOnboardingWorkflow

SOLD_BY = "o-ada"
TAX_ID = "DE129273398"
IN_THE_WAY = "other#open"

INCOMPLETE: Mapping[str, Any] = {"tax_id": None, "seats": None}


async def supplied_in_parts(house: House, run: OnboardingRun) -> None:
    await house.in_state(run, OnboardingState.AWAITING_PREREQUISITES)
    details = OrderDetails(tax_id=TAX_ID)
    await refused_update(
        run, CustomerOnboardingWorkflow.provide, ProvideDetails(actor=FORGED, details=details)
    )
    await provide(house, run, seats=20)
    await provide(house, run, tax_id=TAX_ID)


async def supplied_too_little(house: House, run: OnboardingRun) -> None:
    """After the reminder, so that what is still missing is asked for at the deadline only."""
    wanted = MessageKind.PREREQUISITE_WANTED
    await eventually(lambda: house.messages(wanted), lambda sent: len(sent) >= 2)
    await provide(house, run, seats=20)


async def begun_to_supply(house: House, run: OnboardingRun, **details: Any) -> WorkflowUpdateHandle[Any]:
    """The seller supplies something; the run has let it in, and has not answered."""
    given = ProvideDetails(actor=await house.actor(SOLD_BY, run), details=OrderDetails(**details))
    return await run.start_update(
        CustomerOnboardingWorkflow.provide, given, wait_for_stage=WorkflowUpdateStage.ACCEPTED
    )


async def supplied_while_checked(house: House, run: OnboardingRun) -> None:
    """What is supplied during a check is seen by the next one."""
    update = await begun_to_supply(house, run, tax_id=TAX_ID)
    await eventually(lambda: activities_done(run), lambda done: done == len(("the plan", "the actor")))
    house.faults.release_all()
    await update.result()


async def activities_done(run: OnboardingRun) -> int:
    return kinds(await events_of(run))["ACTIVITY_TASK_COMPLETED"]


async def customer_in_the_way(house: House) -> None:
    """Billing has an open account of the customer."""
    await SqlBilling(house.store, real_time).open_customer(
        OpenBillingCustomerInput(
            key=IN_THE_WAY,
            customer_id=CUSTOMER,
            company="Analytical Engines",
            contact=PartyContact(name="Bill Payer", email="billing@analytical.example"),
            address=PostalAddress(street="Main Street 1", city="Berlin", country="DE"),
        )
    )


async def customer_taken_away(house: House, run: OnboardingRun) -> None:
    """What was in the way is closed, and whoever was asked says so."""
    await house.in_state(run, OnboardingState.AWAITING_PREREQUISITES)
    await SqlBilling(house.store, real_time).close_customer(UndoInput(key=IN_THE_WAY))
    await provide(house, run, "m-eve")


async def signed_after_refusals(house: House, run: OnboardingRun) -> None:
    """Another contract, somebody whom no door knows, and then the right one."""
    await house.in_state(run, OnboardingState.AWAITING_CONTRACT)
    await sign(house, run, reference="C-of-another")
    forged = ContractSigned(actor=FORGED, reference="C-2026-7", signed_at=SIGNED_AT)
    await run.signal(CustomerOnboardingWorkflow.contract_signed, forged)
    await house.when(run, lambda status: len(status.refusals) == 2)
    await sign(house, run)


SUPPLIED_SOON = SupplyPolicy(
    ask=dict.fromkeys(Prerequisite, SELLER),
    tax_id_countries=frozenset({"DE"}),
    remind_after=(seconds(0.8),),
    deadline=seconds(3),
)
SIGNED_SOON = ContractPolicy(remind_after=(seconds(0.5),), deadline=seconds(1))
POLLED_SOON = ContractPolicy(confirm_by="poll", poll_every=seconds(0.4), deadline=seconds(1))

GATES = onboarding_rules(*ONLY_AN_ACCOUNT)

SCENARIOS: tuple[Scenario, ...] = (
    onboarding(
        "supplied_in_parts",
        "Two things are missing; refused from an unverified actor, then supplied one by one.",
        supplied_in_parts,
        bundle=GATES,
        **INCOMPLETE,
    ),
    onboarding(
        "supplied_while_it_is_checked",
        "What is missing comes during the check that misses it.",
        under_way("load"),
        supplied_while_checked,
        before=held("load", only="check_prerequisites"),
        bundle=GATES,
        tax_id=None,
    ),
    onboarding(
        "nothing_supplied",
        "Nothing is supplied: reminded, then ended.",
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT, supply=SUPPLIED_SOON),
        **INCOMPLETE,
    ),
    onboarding(
        "too_little_supplied",
        "Something is supplied after the reminder, the rest is not: the deadline stands.",
        supplied_too_little,
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT, supply=SUPPLIED_SOON),
        **INCOMPLETE,
    ),
    onboarding(
        "billing_not_ready",
        "Billing has a subscription of the customer already; what is in the way is taken away.",
        customer_taken_away,
        before=customer_in_the_way,
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT, way={"prerequisites": tuple(Prerequisite)}),
    ),
    onboarding(
        "contract_signed_early",
        "The contract comes back signed while its reference is missing.",
        standing_in(OnboardingState.AWAITING_PREREQUISITES),
        signed,
        bundle=GATES,
        contract_reference=None,
        **UNSIGNED,
    ),
    onboarding(
        "contract_signed",
        "Another contract and an unverified actor are refused; then it is signed.",
        signed_after_refusals,
        bundle=GATES,
        **UNSIGNED,
    ),
    onboarding(
        "contract_unsigned",
        "Nobody signs: reminded, then ended.",
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT, contract=SIGNED_SOON),
        **UNSIGNED,
    ),
    onboarding(
        "contract_found_signed",
        "The registry is asked now and then, until it knows that the contract is signed.",
        called("read", 2),
        registered(AgreementState.SIGNED),
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT, contract=POLLED),
        **UNSIGNED,
    ),
    onboarding(
        "contract_signed_before_it_is_found",
        "The registry is asked, and somebody says first that the contract is signed.",
        called("read", 2),
        signed,
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT, contract=POLLED),
        **UNSIGNED,
    ),
    onboarding(
        "contract_void",
        "The registry knows that the contract is withdrawn: ended.",
        called("read", 2),
        registered(AgreementState.VOID),
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT, contract=POLLED),
        **UNSIGNED,
    ),
    onboarding(
        "contract_never_found",
        "The registry is asked in vain until the deadline.",
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT, contract=POLLED_SOON),
        **UNSIGNED,
    ),
    onboarding(
        "terms_approved",
        "Somebody must agree to the terms, and does.",
        decided(1),
        bundle=GATES,
        **VALUABLE,
    ),
    onboarding(
        "terms_approved_once_signed",
        "The contract is awaited first, then somebody's agreement.",
        standing_in(OnboardingState.AWAITING_CONTRACT),
        signed,
        decided(1),
        bundle=GATES,
        **UNSIGNED,
        **VALUABLE,
    ),
    onboarding(
        "terms_rejected",
        "Somebody does not agree to the terms: ended.",
        decided(1, Verdict.REJECT),
        bundle=GATES,
        **VALUABLE,
    ),
    onboarding(
        "terms_expired",
        "Nobody says whether they agree to the terms: ended.",
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT, asked=answered_within(1, "terms")),
        **VALUABLE,
    ),
)
