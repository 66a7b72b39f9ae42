"""The onboarding process: takes one customer from a won deal to first value, or undoes what was half done.

What it knows of the customer stands in `workflows/onboarding_file.py`, what it makes elsewhere in
`workflows/onboarding_effects.py`.
"""

from collections.abc import Awaitable

from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import FailureError

from workflows import options
from workflows.actors import problem_with_actor, refused, verified
from workflows.calling_off import CalledOff, unless
from workflows.effects import Effects
from workflows.onboarding_contract import SignedContract
from workflows.onboarding_effects import OnboardingEffects
from workflows.onboarding_file import OnboardingFile
from workflows.onboarding_prerequisites import Prerequisites
from workflows.onboarding_terms import Terms
from workflows.onboarding_withdrawal import withdraw
from workflows.parallel import to_the_end
from workflows.progress import Progress
from workflows.saga import UNDO_ON, GivenUp, Saga, failure_code
from workflows.steps import Steps
from workflows.undoing import say_what_was_kept, settled

with workflow.unsafe.imports_passed_through():
    from activities.ledger import LedgerActivities
    from contracts.ids import onboarding_id_of
    from contracts.names import Step
    from contracts.onboarding import (
        CancelOnboarding,
        ContractSigned,
        HandOverAgain,
        KickoffChoice,
        OnboardingResult,
        OnboardingStatus,
        ProvideDetails,
    )
    from contracts.onboarding_states import CUSTOMER_ONBOARDING, OnboardingState
    from contracts.order import OnboardingOrder
    from contracts.status import Resolution, UndoLeft
    from rules.onboarding_commands import (
        cancel_problem,
        choice_problem,
        entitled,
        hand_over_problem,
        signature_problem,
        supply_problem,
    )


@workflow.defn(versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class CustomerOnboardingWorkflow:
    """One customer.

    Started by a deal that is won, or by a door. Takes the updates `provide` (what is missing),
    `choose_kickoff`, `hand_over_again`, `cancel_onboarding` and `resolve` (a parked step), and the signal
    `contract_signed`. Ends onboarded, without first value, rejected, expired, cancelled or undone; all of
    these complete the run. Lives weeks.
    """

    @workflow.init
    def __init__(self, order: OnboardingOrder) -> None:
        self._file = OnboardingFile(onboarding_id_of(workflow.info().workflow_id), order)
        self._progress = Progress(CUSTOMER_ONBOARDING)
        self._saga = Saga()
        self._steps = Steps(
            self._progress, parked_state=OnboardingState.PARKED, commands=("resolve", "cancel_onboarding")
        )
        effects = Effects(self._progress, self._steps, self._saga)
        self._effects = OnboardingEffects(self._file, self._progress, self._steps, effects)

    @workflow.run
    async def run(self, order: OnboardingOrder) -> OnboardingResult:
        """Takes the customer through."""
        try:
            outcome = await unless(lambda: self._file.cancellation is not None, self._take_through())
        except UNDO_ON as error:
            outcome = await to_the_end(self._undo(error))
        await workflow.wait_condition(workflow.all_handlers_finished)
        self._progress.advance(outcome)
        return self._result(outcome)

    async def _take_through(self) -> OnboardingState:
        outcome = await self._refused_at_a_gate() or await self._set_up()
        self._progress.advance(OnboardingState.RECORDING)
        await self._record(outcome)
        return outcome

    @workflow.update(description="Supply or correct what the order lacks.")
    async def provide(self, given: ProvideDetails) -> OnboardingStatus:
        """Takes what somebody supplies, and answers once it is checked."""
        with self._file.in_hand:
            await verified(given.actor)
        if problem := supply_problem(self._progress.state):
            raise refused(problem)
        self._file.supply(given)
        mine = self._file.supplied
        await workflow.wait_condition(
            lambda: self._file.checked >= mine or bool(supply_problem(self._progress.state))
        )
        return self.get_status()

    @provide.validator
    def validate_provide(self, given: ProvideDetails) -> None:
        """Refuses details that nobody waits for, or would check."""
        if problem := supply_problem(self._progress.state, complete=self._file.complete):
            raise refused(problem)

    @workflow.update(description="Take one of the times that are offered for the kickoff.")
    async def choose_kickoff(self, choice: KickoffChoice) -> OnboardingStatus:
        """Takes the customer's choice; a booking of theirs that is told of again changes nothing."""
        await verified(choice.actor)
        self.validate_choose_kickoff(choice)
        self._file.choose(choice)
        return self.get_status()

    @choose_kickoff.validator
    def validate_choose_kickoff(self, choice: KickoffChoice) -> None:
        """Refuses a time that is not offered, or whoever may not speak for the customer."""
        if self._file.has_heard_of(choice):
            return
        problem = choice_problem(
            choice,
            offer=self._file.offer,
            chosen=self._file.choice is not None,
            entitled_ids=entitled(self._file.order, self._file.planned),
            now=workflow.now(),
        )
        if problem:
            raise refused(problem)

    @workflow.update(description="What the success team lacked is mended: ask them again.")
    async def hand_over_again(self, again: HandOverAgain) -> OnboardingStatus:
        """Has the success team asked again."""
        await verified(again.actor)
        self.validate_hand_over_again(again)
        self._file.hand_over_again(again)
        return self.get_status()

    @hand_over_again.validator
    def validate_hand_over_again(self, again: HandOverAgain) -> None:
        """Refuses where the success team has not refused, or nothing is said to be mended."""
        if problem := hand_over_problem(again, state=self._progress.state):
            raise refused(problem)

    @workflow.update(description="Call the onboarding off; what was done is undone.")
    async def cancel_onboarding(self, request: CancelOnboarding) -> OnboardingStatus:
        """Calls the onboarding off."""
        await verified(request.actor)
        self.validate_cancel_onboarding(request)
        self._file.cancel(request)
        self._progress.note(f"{request.actor.id} called it off.")
        return self.get_status()

    @cancel_onboarding.validator
    def validate_cancel_onboarding(self, request: CancelOnboarding) -> None:
        """Refuses what comes too late, gives no reason, or comes from somebody else."""
        problem = cancel_problem(
            request,
            state=self._progress.stands_in,
            entitled_ids=entitled(self._file.order, self._file.planned),
        )
        if problem or self._file.cancellation is not None:
            raise refused(problem or "it has been called off already")

    @workflow.update(description="Retry, skip or abandon a parked step.")
    async def resolve(self, resolution: Resolution) -> OnboardingStatus:
        """Takes a person's answer to a parked step."""
        await self._steps.resolve(resolution)
        self._file.note_decider(resolution.actor.id)
        return self.get_status()

    @resolve.validator
    def validate_resolve(self, resolution: Resolution) -> None:
        """Refuses an answer to a step that is not parked, or that may not be skipped."""
        self._steps.refuse_unfit(resolution)

    @workflow.signal(description="The contract came back signed.")
    async def contract_signed(self, signed: ContractSigned) -> None:
        """Takes the fact; it may come before anybody waits for it. What is refused is kept in the status."""
        reference = self._file.details.contract_reference
        problem = signature_problem(signed, reference) or await problem_with_actor(signed.actor)
        if problem:
            self._progress.refuse("contract_signed", signed.actor.id, problem)
            return
        self._file.sign(signed)

    @workflow.query(description="How the onboarding stands.")
    def get_status(self) -> OnboardingStatus:
        """Says who must act, what is missing, what is offered, and when it should be finished."""
        return OnboardingStatus(**self._progress.status_fields(), **self._file.status_fields(workflow.now()))

    async def _refused_at_a_gate(self) -> OnboardingState | None:
        for gate in (Prerequisites, SignedContract, Terms):
            if refusal := await gate(self._file, self._progress, self._steps).passed():
                return refusal
        return None

    async def _set_up(self) -> OnboardingState:
        self._progress.advance(OnboardingState.SETTING_UP)
        await self._effects.make()
        missed = self._file.first_value is False
        return OnboardingState.WITHOUT_FIRST_VALUE if missed else OnboardingState.ONBOARDED

    async def _undo(self, error: BaseException) -> OnboardingState:
        """Undoes what was done, and says so; completes the run only where somebody chose that end."""
        self._progress.advance(OnboardingState.UNDOING)
        left = await settled(await self._saga.undo_all(), self._steps)
        self._file.left = tuple(UndoLeft(what=failure.what, code=failure.code) for failure in left)
        say_what_was_kept(self._saga, self._progress)
        outcome = OnboardingState.CANCELLED if isinstance(error, CalledOff) else OnboardingState.UNDONE
        await self._unless_given_up(
            withdraw(self._file, self._effects.records, self._effects.letters, self._saga.undone)
        )
        await self._unless_given_up(self._record(outcome))
        if not isinstance(error, GivenUp):
            self._progress.advance(OnboardingState.UNDONE)
            raise error
        return outcome

    async def _unless_given_up(self, rest: Awaitable[None]) -> None:
        """Does what remains after an undo; the undo stands whatever becomes of it."""
        try:
            await rest
        except FailureError as error:
            self._progress.note(f"Not all of the undo could be said or recorded ({failure_code(error)}).")

    async def _record(self, outcome: OnboardingState) -> None:
        record = self._file.record(self._result(outcome), workflow.now())
        await self._steps.required(
            Step.RECORD_ONBOARDING,
            lambda: workflow.execute_activity_method(
                LedgerActivities.record_onboarding,
                record,
                **options.RECORD,
                summary=f"Record how it ended: {outcome}",
            ),
        )

    def _result(self, outcome: OnboardingState) -> OnboardingResult:
        return self._file.result(
            outcome,
            **self._progress.result_fields(),
            undone=tuple(self._saga.undone),
            at=workflow.now(),
        )
