"""The access request process: somebody asks, somebody else agrees, and the access ends when it runs out."""

from datetime import datetime

from temporalio import workflow
from temporalio.common import VersioningBehavior

from workflows import options, search_attributes
from workflows.asking import ask_people
from workflows.effects import Effects
from workflows.known import known
from workflows.notices import tell
from workflows.parallel import to_the_end
from workflows.progress import Progress
from workflows.saga import UNDO_ON, GivenUp, Saga
from workflows.steps import Steps
from workflows.undoing import settled
from workflows.waiting import until

with workflow.unsafe.imports_passed_through():
    from activities.access import AccessActivities
    from activities.decisions import DecisionActivities
    from contracts.access_request import (
        ACCESS_REQUEST,
        AccessPlan,
        AccessRequest,
        AccessRequestResult,
        AccessRequestState,
        AccessRequestStatus,
        GrantAccessInput,
        JudgeAccessInput,
    )
    from contracts.approval import ApprovalOutcome, ApprovalRequest
    from contracts.crm import UndoInput
    from contracts.ids import approval_workflow_id, effect_key
    from contracts.messages import MessageKind
    from contracts.names import Step
    from contracts.status import Resolution
    from rules.access import access_question


@workflow.defn(versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class AccessRequestWorkflow:
    """One request for access.

    Takes the update `resolve` (a parked step). Ends ended, rejected, expired or undone; all of these complete
    the run. Lives as long as the access: cancelling the run takes the access back.
    """

    @workflow.init
    def __init__(self, request: AccessRequest) -> None:
        self._request = request
        self._plan: AccessPlan | None = None
        self._until: datetime | None = None
        self._decided_by: tuple[str, ...] = ()
        self._progress = Progress(ACCESS_REQUEST)
        self._saga = Saga()
        self._steps = Steps(self._progress, parked_state=AccessRequestState.PARKED, commands=("resolve",))
        self._effects = Effects(self._progress, self._steps, self._saga)

    @workflow.run
    async def run(self, request: AccessRequest) -> AccessRequestResult:
        """Takes the request through."""
        try:
            outcome = await self._take_through()
        except UNDO_ON as error:
            outcome = await to_the_end(self._undo(error))
        await workflow.wait_condition(workflow.all_handlers_finished)
        self._progress.advance(outcome)
        return AccessRequestResult(
            request_id=request.request_id,
            outcome=outcome,
            decided_by=self._decided_by,
            **self._progress.result_fields(),
        )

    async def _take_through(self) -> AccessRequestState:
        await self._make_plan()
        if refusal := await self._refusal():
            return refusal
        await self._grant()
        await self._until_it_runs_out()
        await self._revoke()
        return AccessRequestState.ENDED

    @workflow.update(description="Retry, skip or abandon a parked step.")
    async def resolve(self, resolution: Resolution) -> AccessRequestStatus:
        """Takes a person's answer to a parked step."""
        await self._steps.resolve(resolution)
        return self.get_status()

    @resolve.validator
    def validate_resolve(self, resolution: Resolution) -> None:
        """Refuses an answer to a step that is not parked, or that may not be skipped."""
        self._steps.refuse_unfit(resolution)

    @workflow.query(description="How the request stands.")
    def get_status(self) -> AccessRequestStatus:
        """Says who must agree, and until when the access lasts."""
        return AccessRequestStatus(
            **self._progress.status_fields(),
            request_id=self._request.request_id,
            person_id=self._request.person_id,
            system=self._request.system,
            role=self._request.role,
            approval_id=self._approval_id if self._plan else None,
            lasts_until=self._until,
        )

    @property
    def _approval_id(self) -> str:
        return approval_workflow_id(workflow.info().workflow_id)

    @property
    def _planned(self) -> AccessPlan:
        return known(self._plan, "the plan of the request")

    async def _make_plan(self) -> None:
        self._progress.advance(AccessRequestState.PLANNING)
        plan = self._plan = await self._steps.required(
            Step.JUDGE_ACCESS,
            lambda: workflow.execute_local_activity_method(
                DecisionActivities.judge_access,
                JudgeAccessInput(request=self._request),
                **options.DECIDE,
                summary="Who must agree",
            ),
        )
        self._progress.policy_hash = plan.pin.hash
        self._progress.attribute(search_attributes.POLICY_HASH.value_set(plan.pin.hash))
        self._progress.explain((f"Rule {plan.rule} asks for the agreement of {plan.review.approval}.",))

    async def _refusal(self) -> AccessRequestState | None:
        """Asks whoever must agree; returns the end that it comes to if they do not."""
        request, plan = self._request, self._planned
        self._progress.advance(AccessRequestState.IN_APPROVAL, waits_for=f"a decision at {self._approval_id}")
        result = await ask_people(
            ApprovalRequest(
                request_id=self._approval_id,
                subject_id=workflow.info().workflow_id,
                approval=plan.review.approval,
                reason=plan.review.reason,
                question=access_question(request, plan),
                requested_by=request.person_id,
                policy_hash=plan.pin.hash,
            ),
            self._steps,
        )
        self._decided_by = tuple(decision.actor_id for decision in result.decisions)
        ends = {
            ApprovalOutcome.REJECTED: AccessRequestState.REJECTED,
            ApprovalOutcome.EXPIRED: AccessRequestState.EXPIRED,
        }
        return ends.get(result.outcome)

    async def _grant(self) -> None:
        request = self._request
        self._progress.advance(AccessRequestState.GRANTING)
        await self._effects.required(
            Step.GRANT_ACCESS,
            lambda key: workflow.execute_activity_method(
                AccessActivities.grant_access,
                GrantAccessInput(
                    key=key,
                    person_id=request.person_id,
                    system=request.system,
                    role=request.role,
                    until=self._lasts_from_now(),
                ),
                **options.GRANT,
                summary=f"Grant {request.role} in {request.system}",
            ),
            lambda grant: grant.id,
        )
        await self._tell(MessageKind.ACCESS_GRANTED)

    def _lasts_from_now(self) -> datetime:
        """When access that is granted now runs out; a request that was parked loses no time by that."""
        self._until = workflow.now() + self._planned.lasts
        return self._until

    async def _until_it_runs_out(self) -> None:
        runs_out = known(self._until, "when the access runs out")
        self._progress.advance(
            AccessRequestState.GRANTED,
            owner=self._request.person_id,
            waits_for="the day on which the access runs out",
            due_at=runs_out,
        )
        await until(runs_out, lambda: False, "Access runs out")

    async def _revoke(self) -> None:
        """Takes the access back under the key that it was granted with."""
        self._progress.advance(AccessRequestState.REVOKING)
        granted = UndoInput(key=effect_key(workflow.info().workflow_id, Step.GRANT_ACCESS))
        await self._steps.required(
            Step.REVOKE_ACCESS,
            lambda: workflow.execute_activity_method(
                AccessActivities.revoke_access,
                granted,
                **options.UNDO_PROVISIONING,
                summary="Take the access back",
            ),
        )
        await self._tell(MessageKind.ACCESS_ENDED)

    async def _tell(self, kind: MessageKind) -> None:
        facts = {"system": self._request.system, "role": self._request.role}
        await tell(
            self._request.person_id, kind, policy_hash=self._planned.pin.hash, facts=facts, due_at=self._until
        )

    async def _undo(self, error: BaseException) -> AccessRequestState:
        self._progress.advance(AccessRequestState.UNDOING)
        await settled(await self._saga.undo_all(), self._steps)
        if not isinstance(error, GivenUp):
            self._progress.advance(AccessRequestState.UNDONE)
            raise error
        return AccessRequestState.UNDONE
