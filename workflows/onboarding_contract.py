"""The second gate of an onboarding: the contract is known to be signed."""

from datetime import datetime

from temporalio import workflow

from workflows import options
from workflows.known import known
from workflows.onboarding_file import OnboardingFile
from workflows.onboarding_notices import say, say_overdue
from workflows.parallel import in_parallel
from workflows.progress import Progress
from workflows.reminding import await_answer, deadline_of
from workflows.steps import Steps
from workflows.waiting import until

with workflow.unsafe.imports_passed_through():
    from activities.agreements import AgreementActivities
    from contracts.agreements import AgreementState, ReadAgreementInput
    from contracts.messages import MessageKind
    from contracts.names import Step
    from contracts.onboarding_plan import Prerequisite
    from contracts.onboarding_states import OnboardingState


class SignedContract:
    """Waits for whoever says that it is signed, and asks the registry where the policy wants that."""

    def __init__(self, file: OnboardingFile, progress: Progress, steps: Steps) -> None:
        self._file = file
        self._progress = progress
        self._steps = steps
        self._overdue = False

    async def passed(self) -> OnboardingState | None:
        """Returns the end that the onboarding comes to where the contract is not signed."""
        file = self._file
        wanted = Prerequisite.CONTRACT_REFERENCE in file.plan.prerequisites
        if not wanted or file.details.contract_signed_at is not None:
            return None
        due_at = deadline_of(file.plan.contract.wait, file.plan.clock, workflow.now())
        self._progress.advance(
            OnboardingState.AWAITING_CONTRACT,
            owner=file.order.seller_id,
            waits_for="the contract to be signed",
            due_at=due_at,
            commands=("contract_signed", "cancel_onboarding"),
        )
        await in_parallel(self._await_signature(due_at), self._poll())
        if file.agreement is AgreementState.VOID:
            self._progress.note("The contract was withdrawn or declined.")
            return OnboardingState.REJECTED
        if file.agreement is AgreementState.SIGNED:
            return None
        await say_overdue(file, self._progress, "the contract was not signed in time")
        return OnboardingState.EXPIRED

    async def _await_signature(self, due_at: datetime) -> None:
        plan = self._file.plan
        self._overdue = not await await_answer(
            plan.contract.wait,
            plan.clock,
            lambda: self._file.settled,
            "Signed contract",
            lambda occasion: say(
                self._file,
                self._file.order.seller_id,
                MessageKind.CONTRACT_WANTED,
                {},
                occasion,
                due_at=due_at,
            ),
        )

    async def _poll(self) -> None:
        every = self._file.plan.contract.poll_every
        if every is None:
            return
        reference = known(self._file.details.contract_reference, "the contract's reference")
        while not (self._file.settled or self._overdue):
            agreement = await self._steps.optional(
                Step.READ_AGREEMENT,
                lambda: workflow.execute_activity_method(
                    AgreementActivities.read_agreement,
                    ReadAgreementInput(reference=reference),
                    **options.CRM_READ,
                    summary="Ask the registry of contracts",
                ),
            )
            if agreement is not None and not self._file.settled:
                self._file.agreement = agreement.state
            await until(
                workflow.now() + every,
                lambda: self._file.settled or self._overdue,
                "Next look at the contract",
            )
