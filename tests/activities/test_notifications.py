"""The steps that tell people something give each message the plan of the policy that the run is pinned to."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.correspondence import CorrespondenceActivities
from activities.notifications import NotificationActivities
from contracts.assessment import PolicyPin
from contracts.crm import UndoInput, UndoResult
from contracts.delivery import Channel
from contracts.delivery_policy import DeliveryPolicy
from contracts.messages import CustomerMessage, Delivery, FollowUpDraft, Message, MessageKind
from contracts.notices import MessageCustomerInput, NotifyPersonInput
from contracts.order import PartyContact
from contracts.policy import PolicyBundle
from tests.bundles import small_bundle

NIGHT = datetime(2026, 11, 25, 22, tzinfo=UTC)
OPENING = datetime(2026, 11, 26, 8, tzinfo=UTC)
"""09:00 in Berlin."""


class Kept:
    """Every port that the steps need, keeping what it is given."""

    def __init__(self, **delivery: Any) -> None:
        self.bundle = small_bundle(delivery=DeliveryPolicy.model_validate(delivery))
        self.told: list[Message] = []
        self.written: list[CustomerMessage] = []

    async def pin_active(self) -> PolicyPin:
        raise AssertionError("no step pins a policy anew")

    async def load(self, policy_hash: str) -> PolicyBundle:
        assert policy_hash == "pinned"
        return self.bundle

    async def send(self, message: Message) -> Delivery:
        self.told.append(message)
        return Delivery(message_id="1")

    async def send_to_customer(self, message: CustomerMessage) -> Delivery:
        self.written.append(message)
        return Delivery(message_id="1")

    async def save(self, draft: FollowUpDraft) -> Delivery:
        raise AssertionError(draft)

    async def discard(self, undo: UndoInput) -> UndoResult:
        raise AssertionError(undo)


def at_night() -> ActivityEnvironment:
    env = ActivityEnvironment()
    env.info = replace(env.info, scheduled_time=NIGHT, current_attempt_scheduled_time=OPENING)
    return env


def notice(kind: MessageKind) -> NotifyPersonInput:
    return NotifyPersonInput(
        key="lead-intake/1#notify",
        workflow_id="lead-intake/1",
        policy_hash="pinned",
        kind=kind,
        recipient_id="o-ada",
    )


@pytest.mark.parametrize(
    ("kind", "until"), [(MessageKind.ALERT, OPENING), (MessageKind.APPROVAL_WANTED, None)]
)
async def test_message_waits_from_when_the_step_was_asked_for_whatever_attempt_sends_it(
    kind: MessageKind, until: datetime | None
) -> None:
    kept = Kept(channels=["email"], quiet_hours=True, kinds={"approval_wanted": {"urgent": True}})
    await at_night().run(NotificationActivities(kept, kept, kept).notify_person, notice(kind))
    (message,) = kept.told
    assert message.plan is not None
    assert message.plan.not_before == until
    assert [address.to for address in message.plan.addresses] == ["ada@ours.example"]


async def test_policy_without_channels_sends_what_it_always_sent() -> None:
    kept = Kept()
    await at_night().run(NotificationActivities(kept, kept, kept).notify_person, notice(MessageKind.ALERT))
    assert kept.told[0].plan is None


async def test_customer_is_reached_at_once_by_the_channels_for_customers() -> None:
    kept = Kept(channels=["slack"], customers=["email"], quiet_hours=True)
    request = MessageCustomerInput(
        key="customer-onboarding/1#welcome",
        workflow_id="customer-onboarding/1",
        policy_hash="pinned",
        kind=MessageKind.CUSTOMER_WELCOME,
        recipient=PartyContact(name="Zoe", email="zoe@acme.example"),
        company="Acme",
        sender_id="o-ada",
    )
    await at_night().run(CorrespondenceActivities(kept, kept).message_customer, request)
    (message,) = kept.written
    assert message.plan is not None
    assert message.plan.not_before is None
    assert [(one.channel, one.to) for one in message.plan.addresses] == [(Channel.EMAIL, "zoe@acme.example")]
