"""What an intake run tells people about its lead, and the follow-up that it prepares."""

from temporalio import workflow

from workflows import options
from workflows.effects import Effects
from workflows.lead_file import LeadFile
from workflows.notices import tell
from workflows.saga import Saga

with workflow.unsafe.imports_passed_through():
    from activities.notifications import NotificationActivities
    from contracts.crm import LeadRecords
    from contracts.ids import intake_workflow_id
    from contracts.messages import Delivery, MessageKind
    from contracts.names import Step
    from contracts.notices import NotifyOwnerInput, SaveFollowUpDraftInput

EXCERPT_LENGTH = 600
"""Characters of the lead's own words that its owner is shown; the rest is in the CRM."""


class LeadMessages:
    """Writes to our people about one lead."""

    def __init__(self, file: LeadFile, effects: Effects, saga: Saga) -> None:
        self._file = file
        self._effects = effects
        self._saga = saga

    async def alert(self) -> None:
        """Alerts at once whom the policy names, whatever becomes of the lead; a rule alerts once."""
        route = self._file.route
        if route.escalate_to:
            facts = {"reason": f"rule {route.rule}", "priority": route.priority}
            await self._tell(route.escalate_to, MessageKind.ALERT, facts, occasion=route.rule)

    async def alert_holder(self) -> None:
        """Alerts whoever holds a lead that nobody was eligible for."""
        allocation = self._file.allocation
        if allocation and allocation.escalated_to:
            facts = {"reason": "nobody in the pool is eligible", "priority": self._file.route.priority}
            await self._tell(allocation.escalated_to, MessageKind.ALERT, facts, occasion="nobody")

    async def notify_owner(self, records: LeadRecords) -> None:
        """Tells the owner about the lead, with everything that they need to act."""
        owner_id = self._file.owner_id
        if owner_id is None:
            return
        # A message cannot be unsent: whoever may have got it is told that the lead is withdrawn.
        self._saga.on_failure(
            "owner's notification", lambda: self._tell(owner_id, MessageKind.LEAD_WITHDRAWN, {})
        )
        await self._effects.optional(
            Step.NOTIFY_OWNER,
            lambda key: self._notify(key, owner_id, records),
            lambda delivery: delivery.message_id,
            instead=lambda key, ruling: self._notify(f"{key}#rerouted", owner_id, records, ruling.tell),
        )

    async def _notify(
        self, key: str, owner_id: str, records: LeadRecords, instead_of_owner: str | None = None
    ) -> Delivery:
        file = self._file
        return await workflow.execute_activity_method(
            NotificationActivities.notify_owner,
            NotifyOwnerInput(
                key=key,
                workflow_id=intake_workflow_id(file.lead_id),
                lead=file.lead,
                route=file.route,
                owner_id=owner_id,
                instead_of_owner=instead_of_owner,
                records=records,
                due_at=file.plan.acknowledge_by if file.plan else None,
                excerpt=file.text[:EXCERPT_LENGTH] or None,
                summary=file.summary,
            ),
            **options.NOTIFY_PERSON,
            summary=f"Tell {instead_of_owner or owner_id}",
        )

    async def save_draft(self) -> None:
        """Prepares the follow-up to the lead, where the policy wants one."""
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

    async def _tell(self, person: str, kind: MessageKind, facts: dict[str, str], occasion: str = "1") -> None:
        await tell(person, kind, policy_hash=self._file.policy_hash, facts=facts, occasion=occasion)
