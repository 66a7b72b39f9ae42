"""The first gate of an onboarding: everything that later steps need is there, before anything is touched."""

from collections.abc import Iterator
from datetime import datetime

from temporalio import workflow

from workflows import options, search_attributes
from workflows.onboarding_file import OnboardingFile
from workflows.onboarding_notices import say, say_overdue
from workflows.parallel import in_parallel
from workflows.progress import Progress
from workflows.reminding import await_answer, deadline_of
from workflows.steps import Steps
from workflows.waiting import until_settled

with workflow.unsafe.imports_passed_through():
    from activities.accounts import AccountActivities
    from activities.billing import BillingActivities
    from activities.decisions import DecisionActivities
    from activities.provisioning import ProvisioningActivities
    from contracts.accounts import ReadDealInput
    from contracts.billing import CheckBillingInput
    from contracts.messages import MessageKind
    from contracts.names import Patch, Step
    from contracts.onboarding_plan import (
        CheckPrerequisitesInput,
        PlanOnboardingInput,
        Prerequisite,
        PrerequisiteCheck,
    )
    from contracts.onboarding_states import OnboardingState
    from contracts.provisioning import CheckProvisioningInput
    from rules.onboarding_checks import filled_in, readiness_check


class Prerequisites:
    """Plans, checks and asks until nothing is missing.

    An onboarding takes commands at any moment, so it decides aside (`docs/adr/0004`).
    """

    def __init__(self, file: OnboardingFile, progress: Progress, steps: Steps) -> None:
        self._file = file
        self._progress = progress
        self._steps = steps
        self._asked_at: datetime | None = None

    async def passed(self) -> OnboardingState | None:
        """Returns the end that the onboarding comes to where something stays missing."""
        self._progress.advance(OnboardingState.PLANNING)
        await self._read_deal()
        while True:
            await self._make_plan()
            self._progress.advance(OnboardingState.CHECKING)
            await self._check()
            if not self._file.missing and not await self._came_meanwhile():
                self._file.complete = True
                return None
            if not await self._supplied():
                await say_overdue(self._file, self._progress, "what is missing was not supplied in time")
                return OnboardingState.EXPIRED
            self._progress.advance(OnboardingState.PLANNING)

    async def _came_meanwhile(self) -> bool:
        """Whether somebody supplied what the check has not seen; what is in hand at its end is waited for."""
        file = self._file
        if file.in_hand and workflow.patched(Patch.AWAIT_DETAILS_IN_HAND):
            await until_settled(file.in_hand)
        return file.checked != file.supplied

    async def _read_deal(self) -> None:
        """Fills in what the order lacks and the CRM knows of its deal."""
        work_id = self._file.order.work_id
        if work_id is None:
            return
        deal = await self._steps.required(
            Step.READ_DEAL,
            lambda: workflow.execute_activity_method(
                AccountActivities.read_deal,
                ReadDealInput(work_id=work_id),
                **options.CRM_READ,
                summary="Read the deal",
            ),
        )
        self._file.take(filled_in(self._file.details, deal))

    async def _make_plan(self) -> None:
        question = PlanOnboardingInput(
            order=self._file.order, policy_hash=self._file.plan.pin.hash if self._file.planned else ""
        )
        plan = self._file.plan = await self._steps.required(
            Step.PLAN_ONBOARDING,
            lambda: workflow.execute_activity_method(
                DecisionActivities.plan_onboarding,
                question,
                **options.DECIDE_ASIDE,
                summary="Plan by the policy's template",
            ),
        )
        self._progress.policy_hash = plan.pin.hash
        self._progress.explain(plan.reasons)
        self._progress.attribute(search_attributes.POLICY_HASH.value_set(plan.pin.hash))
        self._progress.attribute(search_attributes.OWNER_ID.value_set(self._file.order.seller_id))

    async def _check(self) -> None:
        """Checks everything at once; each system answers for itself."""
        file, seen = self._file, self._file.supplied
        found: dict[Prerequisite, PrerequisiteCheck] = {}
        await in_parallel(
            self._check_order(found),
            *([self._check_billing(found)] if self._wants(Prerequisite.BILLING_READY) else []),
            *([self._check_provisioning(found)] if self._wants(Prerequisite.WORKSPACE_READY) else []),
        )
        file.checks = tuple(found[one] for one in file.plan.prerequisites)
        file.checked = seen

    def _wants(self, prerequisite: Prerequisite) -> bool:
        return prerequisite in self._file.plan.prerequisites

    async def _check_order(self, found: dict[Prerequisite, PrerequisiteCheck]) -> None:
        plan, order = self._file.plan, self._file.order
        report = await self._steps.required(
            Step.CHECK_PREREQUISITES,
            lambda: workflow.execute_activity_method(
                DecisionActivities.check_prerequisites,
                CheckPrerequisitesInput(
                    policy_hash=plan.pin.hash,
                    prerequisites=plan.prerequisites,
                    details=order.details,
                    seller_id=order.seller_id,
                ),
                **options.DECIDE_ASIDE,
                summary="What the order lacks",
            ),
        )
        found.update({check.prerequisite: check for check in report.checks})

    async def _check_billing(self, found: dict[Prerequisite, PrerequisiteCheck]) -> None:
        readiness = await self._steps.required(
            Step.CHECK_BILLING,
            lambda: workflow.execute_activity_method(
                BillingActivities.check_billing,
                CheckBillingInput(customer_id=self._file.order.customer_id),
                **options.BILL,
                summary="Whether billing can take the customer",
            ),
        )
        wanted = Prerequisite.BILLING_READY
        found[wanted] = readiness_check(wanted, readiness, self._file.plan)

    async def _check_provisioning(self, found: dict[Prerequisite, PrerequisiteCheck]) -> None:
        order = self._file.order
        readiness = await self._steps.required(
            Step.CHECK_PROVISIONING,
            lambda: workflow.execute_activity_method(
                ProvisioningActivities.check_provisioning,
                CheckProvisioningInput(customer_id=order.customer_id, region=order.details.region),
                **options.PROVISION,
                summary="Whether a workspace can be made",
            ),
        )
        wanted = Prerequisite.WORKSPACE_READY
        found[wanted] = readiness_check(wanted, readiness, self._file.plan)

    async def _supplied(self) -> bool:
        """Asks everybody for what only they can supply; False once the deadline has passed."""
        file, plan = self._file, self._file.plan
        since = self._asked_at = self._asked_at or workflow.now()
        seen, due_at = file.checked, deadline_of(plan.supply, plan.clock, since)
        self._progress.advance(
            OnboardingState.AWAITING_PREREQUISITES,
            owner=", ".join(asked for asked, _ in self._wanted()),
            waits_for="; ".join(f"{wanted} from {asked}" for asked, wanted in self._wanted()),
            due_at=due_at,
            commands=("provide", "contract_signed", "cancel_onboarding"),
        )
        return await await_answer(
            plan.supply,
            plan.clock,
            lambda: file.supplied > seen,
            "Prerequisites",
            lambda occasion: self._ask(f"{seen}-{occasion}", due_at),
            since=since,
        )

    async def _ask(self, occasion: str, due_at: datetime) -> None:
        kind = MessageKind.PREREQUISITE_WANTED
        await in_parallel(
            *(
                say(self._file, asked, kind, {"missing": wanted}, occasion, due_at=due_at)
                for asked, wanted in self._wanted()
            )
        )

    def _wanted(self) -> Iterator[tuple[str, str]]:
        """Who must supply what."""
        missing = self._file.missing
        for asked in dict.fromkeys(check.ask for check in missing):
            yield asked, ", ".join(check.prerequisite for check in missing if check.ask == asked)
