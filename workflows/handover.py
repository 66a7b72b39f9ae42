"""Handing a customer over to the success team, who may refuse with a reason."""

from temporalio import workflow

from workflows import search_attributes
from workflows.account_records import AccountRecords
from workflows.known import known
from workflows.onboarding_file import OnboardingFile
from workflows.onboarding_notices import say
from workflows.onboarding_terms import decided
from workflows.parallel import Meanwhile
from workflows.progress import Progress
from workflows.steps import Steps

with workflow.unsafe.imports_passed_through():
    from contracts.approval import ApprovalOutcome
    from contracts.messages import MessageKind
    from contracts.onboarding_states import OnboardingState
    from contracts.routing import ReviewNeed
    from rules.handover_note import HANDOVER_REASON, handover_note, handover_question


class Handover:
    """Asks the success team to take the customer over, again and again until they do."""

    def __init__(
        self, file: OnboardingFile, progress: Progress, steps: Steps, records: AccountRecords
    ) -> None:
        self._file = file
        self._progress = progress
        self._steps = steps
        self._records = records

    async def hand_over(self) -> None:
        """Returns once they have taken the customer over."""
        while True:
            await self._note_contract()
            outcome = await self._asked()
            if outcome is ApprovalOutcome.APPROVED:
                owner = search_attributes.OWNER_ID.value_set(self._file.plan.success_owner_id)
                self._progress.attribute(owner)
                self._progress.advance(OnboardingState.SETTING_UP)
                return
            await self._await_mending(outcome)

    async def _note_contract(self) -> None:
        """Writes down what was sold and promised, where whoever takes over finds it."""
        body = handover_note(self._file.order, self._file.plan, self._file.kickoff_at)
        await self._records.note(body, f"handover-{self._file.rounds + 1}", "Note what is handed over")

    async def _asked(self) -> ApprovalOutcome:
        file, plan = self._file, self._file.plan
        approval = known(plan.handover_approval, "the handover's approval")
        question = handover_question(file.order, plan, again=bool(file.handed_over_again))
        need = ReviewNeed(approval=approval, reason=HANDOVER_REASON)
        return await decided(
            need,
            question,
            state=OnboardingState.IN_HANDOVER,
            file=file,
            progress=self._progress,
            steps=self._steps,
        )

    async def _await_mending(self, outcome: ApprovalOutcome) -> None:
        """Waits until somebody says that what the success team lacked is mended."""
        file, plan = self._file, self._file.plan
        file.handed_over_again = ""
        said = "refused it" if outcome is ApprovalOutcome.REJECTED else "did not answer"
        self._progress.advance(
            OnboardingState.HANDOVER_REFUSED,
            owner=plan.manager_id,
            waits_for=f"what the success team lacks; they {said} at {file.approval_id}",
            commands=("hand_over_again", "cancel_onboarding"),
        )
        async with Meanwhile() as meanwhile:
            meanwhile.start(self._tell(said))
            await workflow.wait_condition(lambda: bool(file.handed_over_again))

    async def _tell(self, said: str) -> None:
        file = self._file
        facts = {"answer": said, "approval": known(file.approval_id, "the handover's approval")}
        for person in dict.fromkeys((file.plan.manager_id, file.order.seller_id)):
            await say(file, person, MessageKind.HANDOVER_REFUSED, facts, str(file.rounds))
