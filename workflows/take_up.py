"""Seeing to it that a handed-over lead is taken up: remind, reassign, escalate."""

from datetime import datetime

from temporalio import workflow

from workflows import options, search_attributes
from workflows.effects import Effects
from workflows.follow_through_file import FollowThroughFile
from workflows.notices import tell
from workflows.parallel import Meanwhile
from workflows.progress import Progress
from workflows.steps import Steps
from workflows.waiting import until

with workflow.unsafe.imports_passed_through():
    from activities.allocation import AllocationActivities
    from activities.crm import CrmActivities
    from activities.decisions import DecisionActivities
    from contracts.crm import AssignOwnerInput
    from contracts.follow_through import FollowThroughState, PlanFollowThroughInput
    from contracts.messages import MessageKind
    from contracts.names import Step
    from contracts.routing import AllocateOwnerInput


class TakeUp:
    """Waits for the owner to acknowledge, and finds another one where they do not."""

    def __init__(self, file: FollowThroughFile, progress: Progress, steps: Steps, effects: Effects) -> None:
        self._file = file
        self._progress = progress
        self._steps = steps
        self._effects = effects

    async def plan(self, since: datetime) -> None:
        """Works out the deadlines in the owner's business time."""
        order = self._file.order
        question = PlanFollowThroughInput(
            policy_hash=order.policy_hash, sla=order.sla, owner_id=order.owner_id, since=since
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
        self._progress.attribute(search_attributes.OWNER_ID.value_set(order.owner_id))

    async def await_acknowledgement(self) -> None:
        """Reminds the owner, gives the lead to others, tells the manager; an outcome acknowledges too."""
        if self._file.taken_up:
            return
        while True:
            plan, owner_id = self._file.plan, self._file.order.owner_id
            self._progress.advance(
                FollowThroughState.AWAITING_ACKNOWLEDGEMENT,
                owner=owner_id,
                waits_for="the owner to acknowledge",
                due_at=plan.acknowledge_by,
                commands=("acknowledge", "record_outcome"),
            )
            if await self._taken_up_by(plan.remind_at, "Reminder to acknowledge"):
                return
            async with Meanwhile() as meanwhile:
                meanwhile.start(self._tell(owner_id, MessageKind.ACKNOWLEDGE_REMINDER))
                if await self._taken_up_by(plan.acknowledge_by, "Acknowledgement overdue"):
                    return
            if not await self._reassign():
                await self._escalate()
                return

    async def _reassign(self) -> bool:
        """Gives the lead to somebody who has not had it; False if that may not or cannot be."""
        order = self._file.order
        pool = order.pool
        if pool is None or order.reassignments >= self._file.plan.max_reassignments:
            return False
        self._progress.advance(FollowThroughState.REASSIGNING)
        occasion = str(order.reassignments + 1)
        tried = (*order.tried_owner_ids, order.owner_id)
        allocation = await self._effects.required(
            Step.ALLOCATE_OWNER,
            lambda key: workflow.execute_local_activity_method(
                AllocationActivities.allocate_owner,
                AllocateOwnerInput(
                    key=key,
                    policy_hash=order.policy_hash,
                    pool=pool,
                    excluded_owner_ids=tried,
                    at=workflow.now(),
                ),
                **options.ALLOCATE,
                summary=f"Find another owner in {pool}",
            ),
            lambda allocation: allocation.owner_id,
            occasion=occasion,
        )
        if allocation.owner_id is None:
            return False
        await self._give_to(allocation.owner_id, tried, occasion)
        return True

    async def _give_to(self, owner_id: str, tried: tuple[str, ...], occasion: str) -> None:
        order = self._file.order
        work_id = order.work_id
        if work_id is not None:
            await self._effects.required(
                Step.ASSIGN_OWNER,
                lambda key: workflow.execute_activity_method(
                    CrmActivities.assign_owner,
                    AssignOwnerInput(
                        key=key, work_id=work_id, contact_id=order.contact_id, owner_id=owner_id
                    ),
                    **options.CRM_WRITE,
                    summary=f"Give it to {owner_id}",
                ),
                lambda work: work.id,
                occasion=occasion,
            )
        self._file.order = order.model_copy(
            update={
                "owner_id": owner_id,
                "tried_owner_ids": tried,
                "reassignments": order.reassignments + 1,
            }
        )
        await self.plan(workflow.now())
        await self._tell(owner_id, MessageKind.LEAD_REASSIGNED)
        await self._tell(order.owner_id, MessageKind.LEAD_WITHDRAWN)

    async def _escalate(self) -> None:
        plan = self._file.plan
        self._progress.advance(
            FollowThroughState.UNACKNOWLEDGED,
            owner=plan.manager_id,
            waits_for="the owner to acknowledge, or the manager to see to it",
            due_at=plan.outcome_by,
            commands=("acknowledge", "record_outcome"),
        )
        async with Meanwhile() as meanwhile:
            meanwhile.start(self._tell(plan.manager_id, MessageKind.LEAD_ESCALATED))
            await self._taken_up_by(plan.outcome_by, "Outcome overdue")

    async def _taken_up_by(self, deadline: datetime, what: str) -> bool:
        return await until(deadline, lambda: self._file.taken_up, what)

    async def _tell(self, person: str, kind: MessageKind) -> None:
        order = self._file.order
        await tell(
            person,
            kind,
            policy_hash=order.policy_hash,
            facts={"lead": order.lead_id, "owner": order.owner_id},
            due_at=self._file.plan.acknowledge_by,
            occasion=str(order.reassignments),
        )
