"""The intake process: takes one lead from its envelope to an owner, or to another stated end.

What it knows of the lead stands in `workflows/lead_file.py`, what it makes elsewhere in
`workflows/lead_effects.py`.
"""

from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import FailureError, is_cancelled_exception

from workflows import options, search_attributes
from workflows.actors import refused, verified
from workflows.effects import Effects
from workflows.known import known
from workflows.lead_details import assess, assess_again, await_details
from workflows.lead_effects import LeadEffects
from workflows.lead_file import LeadFile
from workflows.lead_matching import find_match
from workflows.lead_reading import read_lead
from workflows.lead_review import ask_for_review
from workflows.lead_routing import route_lead
from workflows.parallel import to_the_end
from workflows.progress import Progress
from workflows.saga import UNDO_ON, GivenUp, Saga, UndoFailure, undo_incomplete
from workflows.steps import Steps
from workflows.undoing import say_what_was_kept, settled

with workflow.unsafe.imports_passed_through():
    from activities.ledger import LedgerActivities
    from contracts.approval import ApprovalOutcome
    from contracts.assessment import Usability
    from contracts.ids import intake_workflow_id, lead_id_of
    from contracts.lead import LeadSubmission
    from contracts.lead_intake import (
        LEAD_INTAKE,
        Amendment,
        DuplicateArrived,
        IntakeState,
        LeadIntakeResult,
        LeadIntakeStatus,
    )
    from contracts.matching import MatchKind
    from contracts.names import Patch, Step
    from contracts.routing import LeadPath
    from contracts.status import Resolution
    from rules.submissions import amended


@workflow.defn(versioning_behavior=VersioningBehavior.PINNED)
class LeadIntakeWorkflow:
    """One inbound lead.

    Started by any door, under an id made from the provider's event id or a content hash, so that an item is
    one run. Takes the updates `amend_lead` (while details are awaited or a step is parked) and `resolve` (a
    parked step), and the signal `duplicate_arrived` from a run whose lead repeats this one. Ends handed over,
    merged, disqualified, rejected, expired or undone; all of these complete the run. Fails only where
    something could not be undone. Lives minutes; days where it waits for details or a review.
    """

    @workflow.init
    def __init__(self, submission: LeadSubmission) -> None:
        self._file = LeadFile(lead_id_of(workflow.info().workflow_id), submission)
        self._progress = Progress(LEAD_INTAKE)
        self._saga = Saga()
        self._steps = Steps(
            self._progress, parked_state=IntakeState.PARKED, commands=("resolve", "amend_lead")
        )
        self._effects = LeadEffects(
            self._file, self._steps, Effects(self._progress, self._steps, self._saga), self._saga
        )

    @workflow.run
    async def run(self, submission: LeadSubmission) -> LeadIntakeResult:
        """Takes the lead through."""
        try:
            outcome = await self._take_through()
            await self._record(outcome)
            await self._effects.note_late_duplicates()
        except UNDO_ON as error:
            outcome = await to_the_end(self._undo(error))
        await workflow.wait_condition(workflow.all_handlers_finished)
        self._progress.advance(outcome)
        return self._result(outcome)

    async def _take_through(self) -> IntakeState:
        await self._assess()
        if await self._repeats_another():
            return IntakeState.MERGED
        await self._read()
        await self._route()
        if refusal := await self._review():
            return refusal
        if self._file.route.path is LeadPath.DISQUALIFIED:
            return IntakeState.DISQUALIFIED
        await self._execute()
        return IntakeState.HANDED_OVER

    @workflow.update(
        description="Complete or correct the lead while details are awaited or a step is parked."
    )
    async def amend_lead(self, amendment: Amendment) -> LeadIntakeStatus:
        """Takes a person's amendment and assesses the lead anew."""
        with self._file.in_hand:
            await verified(amendment.actor)
            self.validate_amend_lead(amendment)
            self._file.submission = amended(self._file.submission, amendment.details)
            self._file.decided_by.append(amendment.actor.id)
            await assess_again(self._file)
        return self.get_status()

    @amend_lead.validator
    def validate_amend_lead(self, amendment: Amendment) -> None:
        """Refuses an amendment that nobody waits for."""
        if self._progress.state not in (IntakeState.AWAITING_DETAILS, IntakeState.PARKED):
            raise refused(f"the lead is {self._progress.state}: no details are awaited")

    @workflow.update(description="Retry, skip or abandon a parked step.")
    async def resolve(self, resolution: Resolution) -> LeadIntakeStatus:
        """Takes a person's answer to a parked step."""
        await self._steps.resolve(resolution)
        self._file.decided_by.append(resolution.actor.id)
        return self.get_status()

    @resolve.validator
    def validate_resolve(self, resolution: Resolution) -> None:
        """Refuses an answer to a step that is not parked, or that may not be skipped."""
        self._steps.refuse_unfit(resolution)

    @workflow.signal(description="Another run found that its lead repeats this one.")
    def duplicate_arrived(self, duplicate: DuplicateArrived) -> None:
        """Keeps the repeat, to be noted; takes from it what this lead lacks."""
        self._file.duplicates.append(duplicate)
        if self._progress.state == IntakeState.AWAITING_DETAILS:
            self._file.complete(duplicate.details)

    @workflow.query(description="How the lead stands.")
    def get_status(self) -> LeadIntakeStatus:
        """Says state, lane, who must act, what may come next, and the reasons."""
        return LeadIntakeStatus(**self._progress.status_fields(), **self._file.status_fields())

    async def _assess(self) -> None:
        self._progress.advance(IntakeState.ASSESSING)
        await assess(self._file, self._steps, self._progress)
        self._progress.attribute(search_attributes.POLICY_HASH.value_set(self._file.policy_hash))
        await await_details(self._file, self._steps, self._progress)

    async def _repeats_another(self) -> bool:
        """Looks for who is known already; says whether the lead was merged into what is there."""
        if self._file.assessment.usability is Usability.SPAM:
            return False
        while True:
            self._progress.advance(IntakeState.MATCHING)
            match = self._file.match = await find_match(self._file, self._steps)
            if match.spam or match.kind is not MatchKind.MERGE:
                return False
            self._progress.advance(IntakeState.MERGING)
            if match.work is not None:
                await self._effects.merge()
                return True
            if await self._joined(known(match.in_flight_lead_id, "the run that the lead repeats")):
                return True

    async def _joined(self, other_lead_id: str) -> bool:
        """Tells the run that this lead repeats; False if that run has ended, so that it is matched anew."""
        other = workflow.get_external_workflow_handle(intake_workflow_id(other_lead_id))
        try:
            await other.signal(LeadIntakeWorkflow.duplicate_arrived, self._file.as_duplicate())
        except FailureError as error:
            if is_cancelled_exception(error):
                raise
            self._file.ended_lead_ids.add(other_lead_id)
            return False
        self._file.merged_into = other_lead_id
        return True

    async def _read(self) -> None:
        plan = self._file.assessment.reading
        if self._file.is_spam or not (plan.classify or plan.summarise):
            return
        self._progress.advance(IntakeState.READING)
        await read_lead(self._file, self._steps)

    async def _route(self) -> None:
        self._progress.advance(IntakeState.ROUTING)
        await route_lead(self._file, self._steps, self._progress)
        await self._effects.alert()

    async def _review(self) -> IntakeState | None:
        """Asks a person where the policy says so; returns the end that it comes to, if it does."""
        need = self._file.route.review
        if need is None:
            return None
        judged = self._file.match
        result = await ask_for_review(need, self._file, self._steps, self._progress)
        if result.outcome is ApprovalOutcome.EXPIRED:
            return IntakeState.EXPIRED
        if result.outcome is ApprovalOutcome.REJECTED:
            return IntakeState.REJECTED
        if result.corrected_category or self._file.match is not judged:
            await self._route()
        return None

    async def _execute(self) -> None:
        self._progress.advance(IntakeState.EXECUTING)
        await self._effects.make()
        self._progress.advance(IntakeState.HANDING_OVER)
        if self._file.owner_id:
            self._progress.attribute(search_attributes.OWNER_ID.value_set(self._file.owner_id))

    async def _record(self, outcome: IntakeState) -> None:
        """Keeps the decision outside the history, and ends the lead's claim on being in flight."""
        record = self._file.decision_record(self._result(outcome), workflow.now())
        await self._steps.required(
            Step.RECORD_DECISION,
            lambda: workflow.execute_activity_method(
                LedgerActivities.record_decision,
                record,
                **options.RECORD,
                summary=f"Record the decision: {outcome}",
            ),
        )

    async def _undo(self, error: BaseException) -> IntakeState:
        """Undoes what was done; completes the run only where somebody chose that end."""
        self._progress.advance(IntakeState.UNDOING)
        left = await self._saga.undo_all()
        if left and workflow.patched(Patch.PARK_FAILED_UNDOS):
            await settled(left, self._steps)
            left = []
        say_what_was_kept(self._saga, self._progress)
        try:
            if self._file.assessed:
                await self._record(IntakeState.UNDONE)
        except FailureError as error_of_record:
            record = "record of the decision"
            left.append(UndoFailure(record, error_of_record, lambda: self._record(IntakeState.UNDONE)))
        if left:
            failure = undo_incomplete(left)
            self._progress.advance(IntakeState.PARKED, waits_for=failure.message)
            raise failure from error
        if not isinstance(error, GivenUp):
            self._progress.advance(IntakeState.UNDONE)
            raise error
        return IntakeState.UNDONE

    def _result(self, outcome: IntakeState) -> LeadIntakeResult:
        return self._file.result(outcome, **self._progress.result_fields())
