"""Messages to people: notifications, reminders, follow-up drafts, and the outbox that holds them."""

from enum import StrEnum

from pydantic import AwareDatetime

from contracts.base import Contract, Key, Line, Slug, Text


class MessageKind(StrEnum):
    """Why a message is sent."""

    LEAD_ASSIGNED = "lead_assigned"
    LEAD_MERGED = "lead_merged"
    LEAD_WITHDRAWN = "lead_withdrawn"
    """Takes back a `lead_assigned`: a message cannot be unsent, so it is corrected."""
    ALERT = "alert"
    DETAILS_WANTED = "details_wanted"
    APPROVAL_WANTED = "approval_wanted"
    APPROVAL_REMINDER = "approval_reminder"
    APPROVAL_ESCALATED = "approval_escalated"
    APPROVAL_EXPIRED = "approval_expired"
    ACKNOWLEDGE_REMINDER = "acknowledge_reminder"
    LEAD_REASSIGNED = "lead_reassigned"
    LEAD_ESCALATED = "lead_escalated"
    OUTCOME_WANTED = "outcome_wanted"
    STEP_PARKED = "step_parked"
    FOLLOW_UP = "follow_up"


class Message(Contract):
    """One message to one person of ours."""

    key: Key
    kind: MessageKind
    recipient_id: Slug
    subject: Line
    body: Text
    workflow_id: Key
    due_at: AwareDatetime | None = None


class Delivery(Contract):
    """A message that was handed over."""

    message_id: str
    duplicate: bool = False
    """The key had been delivered before; nothing was sent again."""


class FollowUpDraft(Contract):
    """A prepared message to the lead; it is sent by a person, never by the run."""

    key: Key
    workflow_id: Key
    author_id: Slug
    """The owner in whose name it stands."""
    to_address: Line | None = None
    subject: Line
    body: Text
    needs_approval: bool = False


class OutboxStatus(StrEnum):
    """Where a message or draft stands."""

    SENT = "sent"
    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    DISCARDED = "discarded"


class OutboxEntry(Contract):
    """A line of the outbox as it is read."""

    id: str
    key: Key
    kind: MessageKind
    status: OutboxStatus
    recipient_id: str | None = None
    to_address: str | None = None
    subject: str
    body: str
    workflow_id: str
    due_at: AwareDatetime | None = None
    created_at: AwareDatetime
