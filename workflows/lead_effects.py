"""What an intake run makes in other systems for its lead."""

from temporalio import workflow

from workflows import options
from workflows.detached import let_go
from workflows.effects import Effects
from workflows.known import known
from workflows.lead_file import LeadFile
from workflows.lead_follow_through import LeadFollowThroughWorkflow
from workflows.lead_messages import LeadMessages
from workflows.lead_notes import LeadNotes
from workflows.parallel import in_parallel
from workflows.saga import Saga
from workflows.steps import Steps

with workflow.unsafe.imports_passed_through():
    from activities.allocation import AllocationActivities
    from activities.crm import CrmActivities
    from activities.decisions import DecisionActivities
    from contracts.crm import CreateLeadRecordsInput, CreateTaskInput, LeadRecords
    from contracts.follow_through import FollowThroughOrder, PlanFollowThroughInput
    from contracts.ids import follow_through_workflow_id
    from contracts.names import Step
    from contracts.routing import AllocateOwnerInput
    from rules import messages


class LeadEffects:
    """Makes the effects of one lead, as a saga."""

    def __init__(self, file: LeadFile, steps: Steps, effects: Effects, saga: Saga) -> None:
        self._file = file
        self._steps = steps
        self._effects = effects
        self._saga = saga
        self._records: LeadRecords | None = None
        self._notes = LeadNotes(file, effects)
        self._messages = LeadMessages(file, effects, saga)

    async def make(self) -> None:
        """Gives the lead an owner, writes its records, and then does what needs only these, side by side."""
        await self._allocate_owner()
        await self._plan_follow_through()
        await self._create_records()
        await in_parallel(
            self._create_task(),
            self._notes.note_reasons(self._made_records),
            self._messages.save_draft(),
            self._messages.notify_owner(self._made_records),
            self._messages.alert_holder(),
            self._start_follow_through(),
        )

    async def alert(self) -> None:
        """Alerts at once whom the policy names, whatever becomes of the lead."""
        await self._messages.alert()

    async def merge(self) -> None:
        """Notes the lead on the work that it repeats."""
        await self._notes.merge()

    async def note_late_duplicates(self) -> None:
        """Notes repeats of this lead that were merged into it after its note was written."""
        if self._records is not None:
            await self._notes.note_late_duplicates(self._records)

    async def _allocate_owner(self) -> None:
        route, match = self._file.route, known(self._file.match, "the match")
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
                    sticky_owner_id=match.sticky_owner_id,
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
        return known(self._records, "the lead's records")

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

    async def _start_follow_through(self) -> None:
        """Starts what lives on after the intake."""
        order = self._file.order
        if order is None:
            return
        workflow_id = follow_through_workflow_id(order.lead_id)
        self._saga.on_failure(
            "follow-through", lambda: workflow.get_external_workflow_handle(workflow_id).cancel()
        )
        await let_go(
            workflow.start_child_workflow(
                LeadFollowThroughWorkflow.run,
                order,
                id=workflow_id,
                **options.FOLLOW_THROUGH,
                static_summary=f"Follow-through: {order.path} lead of {order.owner_id}",
                static_details=f"Handed over by rule {order.rule}; acknowledged within {order.sla}.",
            )
        )

    def _records_input(self, key: str) -> CreateLeadRecordsInput:
        file, match = self._file, known(self._file.match, "the match")
        return CreateLeadRecordsInput(
            key=key,
            lead=file.lead,
            path=file.route.path,
            stage=file.route.stage,
            category=file.route.category,
            priority=file.route.priority,
            owner_id=file.owner_id,
            title=messages.work_title(file.lead, file.route),
            contact_id=match.contact_id,
            contact_version=match.contact_version,
            company_id=match.account_id,
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
