"""What the notification steps are asked: the facts; the words are composed in `rules/messages.py`."""

from pydantic import AwareDatetime, Field

from contracts.base import Contract, Key, Line, Slug, Text
from contracts.classification import TranscriptSummary
from contracts.crm import LeadRecords
from contracts.lead import NormalisedLead
from contracts.messages import MessageKind
from contracts.order import PartyContact
from contracts.routing import Route
from contracts.scheduling import Slot


class NotifyOwnerInput(Contract):
    """Tells the owner about their lead, with everything that they need to act."""

    key: Key
    workflow_id: Key
    lead: NormalisedLead
    route: Route
    owner_id: Slug
    instead_of_owner: Slug | None = None
    """Who gets it where the owner cannot be told, to pass it on."""
    records: LeadRecords | None = None
    due_at: AwareDatetime | None = None
    """By when the owner must acknowledge."""
    excerpt: Text | None = None
    """The beginning of what the lead wrote."""
    summary: TranscriptSummary | None = None


class NotifyPersonInput(Contract):
    """Tells one of our people something about a run, in words that hold no personal data."""

    key: Key
    workflow_id: Key
    policy_hash: Key
    kind: MessageKind
    recipient_id: Slug
    facts: dict[str, Line] = Field(default_factory=dict)
    """What the words are filled with; `rules/notice_texts.py` lists the names, others are left out."""
    due_at: AwareDatetime | None = None
    details: tuple[Line, ...] = ()
    """Stand below the reason, a line each."""


class SaveFollowUpDraftInput(Contract):
    """Prepares a message to the lead from a template of the policy."""

    key: Key
    workflow_id: Key
    policy_hash: Key
    lead: NormalisedLead
    route: Route
    owner_id: Slug


class MessageCustomerInput(Contract):
    """Tells somebody at a customer something, in the words of the policy."""

    key: Key
    workflow_id: Key
    policy_hash: Key
    kind: MessageKind
    again: bool = False
    """An offer that follows one which nobody answered."""
    recipient: PartyContact
    company: Line
    sender_id: Slug
    """Whose name it stands in."""
    plan: Slug | None = None
    slots: tuple[Slot, ...] = ()
    zone: Line = "UTC"
    """The customer's, for the times that are named."""
    booking_link: Line = ""
    """Where they can book another time themselves."""
    reason: Line = ""
