"""Messages to people: notifications, reminders, follow-up drafts, and the outbox that holds them."""

from enum import StrEnum

from pydantic import AwareDatetime

from contracts.base import Contract, Key, Line, Slug, Text
from contracts.delivery import Channel, DeliveryPlan


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
    PREREQUISITE_WANTED = "prerequisite_wanted"
    CONTRACT_WANTED = "contract_wanted"
    ONBOARDING_OVERDUE = "onboarding_overdue"
    """What was awaited did not come in time."""
    KICKOFF_ESCALATED = "kickoff_escalated"
    HANDOVER_REFUSED = "handover_refused"
    FIRST_VALUE_MISSING = "first_value_missing"
    ONBOARDING_WITHDRAWN = "onboarding_withdrawn"
    """Takes back what people of ours were told of a customer."""
    IN_LIMBO = "in_limbo"
    """Work is left lying."""
    CRM_DRIFTED = "crm_drifted"
    """The CRM cannot hold a field any more that the policy maps to it."""
    CRM_FITS_AGAIN = "crm_fits_again"
    ACCESS_GRANTED = "access_granted"
    ACCESS_ENDED = "access_ended"
    CUSTOMER_KICKOFF_OFFER = "customer_kickoff_offer"
    CUSTOMER_INVITATION = "customer_invitation"
    CUSTOMER_INVITATION_CANCELLED = "customer_invitation_cancelled"
    CUSTOMER_WELCOME = "customer_welcome"
    CUSTOMER_WITHDRAWN = "customer_withdrawn"


class Message(Contract):
    """One message to one person of ours."""

    key: Key
    kind: MessageKind
    recipient_id: Slug
    subject: Line
    body: Text
    workflow_id: Key
    due_at: AwareDatetime | None = None
    plan: DeliveryPlan | None = None
    """None means the outbox only."""


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


class CustomerMessage(Contract):
    """One message to somebody at a customer."""

    key: Key
    kind: MessageKind
    to_address: Line
    subject: Line
    body: Text
    workflow_id: Key
    plan: DeliveryPlan | None = None
    """None means the outbox only."""


class OutboxStatus(StrEnum):
    """Where a message or draft stands."""

    SENT = "sent"
    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    DISCARDED = "discarded"
    HELD = "held"
    """Goes out later: in the person's hours, or with others of its kind."""
    UNDELIVERABLE = "undeliverable"
    """No channel took it."""


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
    attachment: str | None = None
    """An invitation in iCalendar format, where the message carries one."""
    created_at: AwareDatetime
    channel: Channel | None = None
    """By what it went out beside the outbox, if it did."""
    send_at: AwareDatetime | None = None
    """When a held one goes out."""
    failure: str | None = None
    """The code of the last attempt at a held one, where that failed."""
    failed_on: str | None = None
    """The channel that failed."""
