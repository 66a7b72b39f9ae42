"""What an intake run makes in other systems for its lead."""

from temporalio import workflow
from temporalio.exceptions import WorkflowAlreadyStartedError

from workflows import options
from workflows.effects import Effects
from workflows.follow_through import LeadFollowThroughWorkflow
from workflows.lead_file import LeadFile
from workflows.lead_notes import LeadNotes
from workflows.notices import tell
from workflows.parallel import in_parallel
from workflows.saga import Saga
from workflows.steps import Steps

with workflow.unsafe.imports_passed_through():
    from activities.allocation import AllocationActivities
    from activities.crm import CrmActivities
    from activities.decisions import DecisionActivities
    from activities.notifications import NotificationActivities
    from contracts.crm import CreateLeadRecordsInput, CreateTaskInput, LeadRecords
    from contracts.follow_through import FollowThroughOrder, PlanFollowThroughInput
    from contracts.ids import follow_through_workflow_id, intake_workflow_id
    from contracts.messages import MessageKind
    from contracts.names import Step
    from contracts.notices import NotifyOwnerInput, SaveFollowUpDraftInput
    from contracts.routing import AllocateOwnerInput
    from rules import messages

EXCERPT_LENGTH = 600
"""Characters of the lead's own words that its owner is shown; the rest is in the CRM."""


class LeadEffects:
    """Makes the effects of one lead, as a saga."""

    def __init__(self, file: LeadFile, steps: Steps, effects: Effects, saga: Saga) -> None:
        self._file = file
        self._steps = steps
        self._effects = effects
        self._saga = saga
        self._records: LeadRecords | None = None
        self._notes = LeadNotes(file, effects)

    async def make(self) -> None:
        """Gives the lead an owner, writes its records, and then everything that needs only these, side by side."""
        await self._allocate_owner()
        await self._plan_follow_through()
        await self._create_records()
        await in_parallel(
            self._create_task(),
            self._notes.note_reasons(self._made_records),
            self._save_draft(),
            self._notify_owner(),
            self._alert(),
            self._start_follow_through(),
        )

    async def merge(self) -> None:
        """Notes the lead on the work that it repeats."""
        await self._notes.merge()

    async def note_late_duplicates(self) -> None:
        """Notes repeats of this lead that were merged into it after its note was written."""
        await self._notes.note_late_duplicates(self._made_records)

    async def _allocate_owner(self) -> None:
        route, match = self._file.route, self._file.match
        pool = route.pool
        if pool is None:
            return
        self._file.allocation = await self._effects.required(
            Step.ALLOCATE_OWNER,
            lambda key: workflow.execute_local_activity_method(
                AllocationActivities.allocate_owner,
                AllocateOwnerInput(
                    key=key,
                    policy_hash=self._file.policy_hash,
                    pool=pool,
                    sticky_owner_id=match.sticky_owner_id if match else None,
                    at=workflow.now(),
                ),
                **options.ALLOCATE,
                summary=f"Allocate an owner in {pool}",
            ),
            lambda allocation: allocation.owner_id,
        )

    async def _plan_follow_through(self) -> None:
        """Works out by when the owner must acknowledge: the task and the message name that time."""
        route, owner_id = self._file.route, self._file.owner_id
        if route.sla is None or owner_id is None:
            return
        question = PlanFollowThroughInput(
            policy_hash=self._file.policy_hash, sla=route.sla, owner_id=owner_id, since=workflow.now()
        )
        self._file.plan = await self._steps.required(
            Step.PLAN_FOLLOW_THROUGH,
            lambda: workflow.execute_local_activity_method(
                DecisionActivities.plan_follow_through,
                question,
                **options.DECIDE,
                summary=f"Plan follow-through: {question.sla}",
            ),
        )

    async def _create_records(self) -> None:
        self._records = await self._effects.required(
            Step.CREATE_LEAD_RECORDS,
            lambda key: workflow.execute_activity_method(
                CrmActivities.create_lead_records,
                self._records_input(key),
                **options.CRM_WRITE,
                summary=f"Write company, contact and {self._file.route.path} record",
            ),
            lambda records: records.work_id,
        )
        self._file.order = self._follow_through_order(self._records)

    @property
    def _made_records(self) -> LeadRecords:
        assert self._records is not None, "the records have not been made"
        return self._records

    async def _create_task(self) -> None:
        owner_id, plan, records = self._file.owner_id, self._file.plan, self._made_records
        if owner_id is None or plan is None:
            return
        await self._effects.optional(
            Step.CREATE_TASK,
            lambda key: workflow.execute_activity_method(
                CrmActivities.create_task,
                CreateTaskInput(
                    key=key,
                    subject=messages.task_subject(self._file.lead, self._file.route),
                    owner_id=owner_id,
                    due_at=plan.acknowledge_by,
                    contact_id=records.contact_id,
                    work_id=records.work_id,
                ),
                **options.CRM_WRITE,
                summary=f"Task for {owner_id}",
            ),
            lambda task: task.id,
        )

    async def _save_draft(self) -> None:
        file, owner_id = self._file, self._file.owner_id
        if file.route.follow_up is None or owner_id is None:
            return
        await self._effects.optional(
            Step.SAVE_FOLLOW_UP_DRAFT,
            lambda key: workflow.execute_activity_method(
                NotificationActivities.save_follow_up_draft,
                SaveFollowUpDraftInput(
                    key=key,
                    workflow_id=intake_workflow_id(file.lead_id),
                    policy_hash=file.policy_hash,
                    lead=file.lead,
                    route=file.route,
                    owner_id=owner_id,
                ),
                **options.NOTIFY_PERSON,
                summary="Prepare the follow-up",
            ),
            lambda draft: draft.message_id,
        )

    async def _notify_owner(self) -> None:
        file, owner_id = self._file, self._file.owner_id
        if owner_id is None:
            return
        # A message cannot be unsent: whoever may have got it is told that the lead is withdrawn.
        self._saga.on_failure(
            "owner's notification", lambda: self._tell(owner_id, MessageKind.LEAD_WITHDRAWN, {})
        )
        await self._effects.optional(
            Step.NOTIFY_OWNER,
            lambda key: workflow.execute_activity_method(
                NotificationActivities.notify_owner,
                NotifyOwnerInput(
                    key=key,
                    workflow_id=intake_workflow_id(file.lead_id),
                    lead=file.lead,
                    route=file.route,
                    owner_id=owner_id,
                    records=self._records,
                    due_at=file.plan.acknowledge_by if file.plan else None,
                    excerpt=file.text[:EXCERPT_LENGTH] or None,
                    summary=file.summary,
                ),
                **options.NOTIFY_PERSON,
                summary=f"Tell {owner_id}",
            ),
            lambda delivery: delivery.message_id,
        )

    async def _alert(self) -> None:
        """Alerts whom the policy names, and whoever holds a lead that nobody was eligible for."""
        allocation, route = self._file.allocation, self._file.route
        if route.escalate_to:
            facts = {"reason": f"rule {route.rule}", "priority": route.priority}
            await self._tell(route.escalate_to, MessageKind.ALERT, facts, occasion="rule")
        if allocation and allocation.escalated_to:
            facts = {"reason": "nobody in the pool is eligible", "priority": route.priority}
            await self._tell(allocation.escalated_to, MessageKind.ALERT, facts, occasion="nobody")

    async def _start_follow_through(self) -> None:
        """Starts what lives on; one that a reset of this run has left running is kept."""
        order = self._file.order
        if order is None:
            return
        workflow_id = follow_through_workflow_id(order.lead_id)
        self._saga.on_failure(
            "follow-through", lambda: workflow.get_external_workflow_handle(workflow_id).cancel()
        )
        try:
            await workflow.start_child_workflow(
                LeadFollowThroughWorkflow.run,
                order,
                id=workflow_id,
                **options.FOLLOW_THROUGH,
                static_summary=f"Follow-through: {order.path} lead of {order.owner_id}",
            )
        except WorkflowAlreadyStartedError:
            workflow.logger.info("follow-through runs already")

    async def _tell(self, person: str, kind: MessageKind, facts: dict[str, str], occasion: str = "1") -> None:
        await tell(person, kind, policy_hash=self._file.policy_hash, facts=facts, occasion=occasion)

    def _records_input(self, key: str) -> CreateLeadRecordsInput:
        file, match = self._file, self._file.match
        return CreateLeadRecordsInput(
            key=key,
            lead=file.lead,
            path=file.route.path,
            stage=file.route.stage,
            category=file.route.category,
            priority=file.route.priority,
            owner_id=file.owner_id,
            title=messages.work_title(file.lead, file.route),
            contact_id=match.contact_id if match else None,
            contact_version=match.contact_version if match else None,
            company_id=match.account_id if match else None,
            programme=file.route.programme,
        )

    def _follow_through_order(self, records: LeadRecords) -> FollowThroughOrder | None:
        file, owner_id = self._file, self._file.owner_id
        if file.route.sla is None or owner_id is None:
            return None
        return FollowThroughOrder(
            lead_id=file.lead_id,
            source=file.lead.source,
            path=file.route.path,
            policy_hash=file.policy_hash,
            sla=file.route.sla,
            owner_id=owner_id,
            pool=file.route.pool,
            contact_id=records.contact_id,
            work_kind=records.work_kind,
            work_id=records.work_id,
            handed_over_at=workflow.now(),
            rule=file.route.rule,
        )
