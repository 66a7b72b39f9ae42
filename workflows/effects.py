"""Steps that change another system: each with its key, its undo, and its place in the status."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from temporalio import workflow

from workflows import options
from workflows.progress import Progress
from workflows.saga import Saga
from workflows.steps import Steps

with workflow.unsafe.imports_passed_through():
    from activities.access import AccessActivities
    from activities.accounts import AccountActivities
    from activities.allocation import AllocationActivities
    from activities.billing import BillingActivities
    from activities.crm import CrmActivities
    from activities.notifications import NotificationActivities
    from activities.provisioning import ProvisioningActivities
    from activities.scheduling import SchedulingActivities
    from contracts.crm import UndoInput, UndoResult
    from contracts.ids import effect_key
    from contracts.names import Step
    from contracts.status import EffectRef
    from contracts.steps import FailureRuling

T = TypeVar("T")


@dataclass(frozen=True)
class Undoing:
    """How an effect is taken back."""

    what: str
    """What an operator calls it."""
    by: Callable[..., Awaitable[UndoResult]]
    option: options.ActivityOption


UNDO_OF: dict[Step, Undoing] = {
    Step.ALLOCATE_OWNER: Undoing("allocation", AllocationActivities.release_owner, options.UNDO_ALLOCATION),
    Step.CREATE_LEAD_RECORDS: Undoing("CRM records", CrmActivities.delete_lead_records, options.UNDO_CRM),
    Step.CREATE_TASK: Undoing("task", CrmActivities.delete_task, options.UNDO_CRM),
    Step.CREATE_NOTE: Undoing("note", CrmActivities.delete_note, options.UNDO_CRM),
    Step.SAVE_FOLLOW_UP_DRAFT: Undoing(
        "follow-up draft", NotificationActivities.discard_follow_up_draft, options.UNDO_DRAFT
    ),
    Step.OPEN_ACCOUNT: Undoing("account", AccountActivities.close_account, options.UNDO_CRM),
    Step.MOVE_ACCOUNT: Undoing("account's stage", AccountActivities.return_account, options.UNDO_CRM),
    Step.OPEN_BILLING_CUSTOMER: Undoing(
        "billing customer", BillingActivities.close_billing_customer, options.UNDO_BILLING
    ),
    Step.START_SUBSCRIPTION: Undoing(
        "subscription", BillingActivities.cancel_subscription, options.UNDO_BILLING
    ),
    Step.CREATE_WORKSPACE: Undoing(
        "workspace", ProvisioningActivities.delete_workspace, options.UNDO_PROVISIONING
    ),
    Step.INVITE_ADMIN: Undoing(
        "invitation", ProvisioningActivities.revoke_invitation, options.UNDO_PROVISIONING
    ),
    Step.BOOK_KICKOFF: Undoing("kickoff", SchedulingActivities.cancel_kickoff, options.UNDO_SCHEDULING),
    Step.GRANT_ACCESS: Undoing("access", AccessActivities.revoke_access, options.UNDO_PROVISIONING),
}
"""The inverse of every effect that has one, by step."""

IRREVERSIBLE: dict[Step, str] = {
    Step.NOTIFY_OWNER: "a message cannot be unsent; the owner is told that the lead is withdrawn",
    Step.NOTIFY_PERSON: "a message cannot be unsent, and needs no correction",
    Step.ASSIGN_OWNER: "the next assignment replaces it",
    Step.MOVE_STAGE: "it records what happened",
    Step.RECORD_DECISION: "a record of what was decided stays true",
    Step.RECORD_OUTCOME: "a record of what happened stays true",
    Step.FIND_MATCHES: "its claim ends when the decision is recorded",
    Step.MESSAGE_CUSTOMER: "a message cannot be unsent; the customer is told that it is withdrawn",
    Step.REVOKE_ACCESS: "it takes back what was granted; whoever needs it again asks again",
    Step.RECORD_ONBOARDING: "a record of what happened stays true",
}
"""Every effect without an inverse, and why that is right."""


class Effects:
    """Makes keyed effects as steps of a saga."""

    def __init__(self, progress: Progress, steps: Steps, saga: Saga) -> None:
        self._progress = progress
        self._steps = steps
        self._saga = saga

    async def required(
        self,
        step: Step,
        make: Callable[[str], Awaitable[T]],
        external_id: Callable[[T], str | None],
        *,
        occasion: str = "",
    ) -> T:
        """Makes an effect that the process cannot do without.

        Args:
            step: what is done.
            make: does it under the key that it is given.
            external_id: finds the other system's id in the result; None where nothing was made.
            occasion: tells apart effects of one step in one run.

        Raises:
            GivenUp: see `Steps.required`.
        """
        key = self._begin(step, occasion)
        result = await self._steps.required(step, lambda: make(key))
        self._made(step, key, external_id(result))
        return result

    async def optional(
        self,
        step: Step,
        make: Callable[[str], Awaitable[T]],
        external_id: Callable[[T], str | None],
        *,
        occasion: str = "",
        instead: Callable[[str, FailureRuling], Awaitable[T]] | None = None,
    ) -> T | None:
        """Makes an effect that may be skipped; None if it was. Otherwise like `required`.

        Args:
            step: see `required`.
            make: see `required`.
            external_id: see `required`.
            occasion: see `required`.
            instead: see `Steps.optional`; gets the key too.
        """
        key = self._begin(step, occasion)
        other = partial(instead, key) if instead else None
        result = await self._steps.optional(step, lambda: make(key), instead=other)
        if result is not None:
            self._made(step, key, external_id(result))
        return result

    def _begin(self, step: Step, occasion: str) -> str:
        key = effect_key(workflow.info().workflow_id, step, occasion)
        if undoing := UNDO_OF.get(step):
            what = f"{undoing.what} {occasion}" if occasion else undoing.what
            self._saga.on_failure(what, lambda: _undo(undoing, key))
        return key

    def _made(self, step: Step, key: str, external_id: str | None) -> None:
        if external_id:
            self._progress.effects.append(EffectRef(step=step, key=key, external_id=external_id))


async def _undo(undoing: Undoing, key: str) -> UndoResult:
    return await workflow.execute_activity_method(
        undoing.by, UndoInput(key=key), **undoing.option, summary=f"Take back: {undoing.what}"
    )
