"""The steps that tell people something, or prepare to."""

from temporalio import activity

from contracts.crm import UndoInput, UndoResult
from contracts.messages import Delivery
from contracts.notices import NotifyOwnerInput, NotifyPersonInput, SaveFollowUpDraftInput
from contracts.ports import Drafts, Notifier, PolicyLibrary
from rules import messages
from rules.delivery import addressed


class NotificationActivities:
    """Sends one message per key; a draft can be discarded, a message only corrected by another.

    All methods raise UNREACHABLE, UNAVAILABLE, RATE_LIMITED, TIMED_OUT to be retried; REJECTED, FORBIDDEN and
    NOT_FOUND for good.
    """

    def __init__(self, notifier: Notifier, drafts: Drafts, policies: PolicyLibrary) -> None:
        self._notifier = notifier
        self._drafts = drafts
        self._policies = policies

    @activity.defn
    async def notify_owner(self, request: NotifyOwnerInput) -> Delivery:
        """Tells the owner about their lead, with everything that they need to act."""
        bundle = await self._policies.load(request.route.policy_hash)
        message = messages.owner_message(request, bundle)
        return await self._notifier.send(addressed(message, bundle, activity.info().scheduled_time))

    @activity.defn
    async def notify_person(self, request: NotifyPersonInput) -> Delivery:
        """Tells one of our people about a run."""
        bundle = await self._policies.load(request.policy_hash)
        message = messages.person_message(request, bundle)
        return await self._notifier.send(addressed(message, bundle, activity.info().scheduled_time))

    @activity.defn
    async def save_follow_up_draft(self, request: SaveFollowUpDraftInput) -> Delivery:
        """Prepares the follow-up to the lead; a person sends it."""
        bundle = await self._policies.load(request.policy_hash)
        return await self._drafts.save(messages.follow_up_draft(request, bundle))

    @activity.defn
    async def discard_follow_up_draft(self, undo: UndoInput) -> UndoResult:
        """Takes back a draft that nobody has sent."""
        return await self._drafts.discard(undo)
