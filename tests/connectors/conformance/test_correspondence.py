"""Conformance of `Correspondence`: a customer is written to once per key, in exactly those words."""

import asyncio

from contracts.crm import UndoInput
from contracts.failures import FailureCode
from contracts.messages import MessageKind, OutboxStatus
from contracts.onboarding_ports import Correspondence
from contracts.ports import Drafts, Notifier, Outbox
from tests.connectors.conformance.test_outbox import message
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import Refused
from tests.connectors.onboarding_examples import welcome


async def test_message_to_a_customer_can_be_read_as_it_was_sent(
    correspondence: Correspondence, outbox: Outbox, clock: SettableClock
) -> None:
    request = welcome(body="Your workspace is ready. 検査\n" * 600)
    sent = await correspondence.send_to_customer(request)
    entry = await outbox.entry(sent.message_id)
    assert not sent.duplicate
    assert (entry.kind, entry.status) == (MessageKind.CUSTOMER_WELCOME, OutboxStatus.SENT)
    assert (entry.to_address, entry.recipient_id, entry.attachment) == ("zoe@acme.example", None, None)
    assert (entry.key, entry.subject, entry.body) == (request.key, request.subject, request.body)
    assert (entry.workflow_id, entry.created_at) == (request.workflow_id, clock.now)


async def test_same_key_writes_once_and_says_so(correspondence: Correspondence, outbox: Outbox) -> None:
    requests = [welcome(subject=f"Try {n}") for n in range(10)]
    sent = await asyncio.gather(*map(correspondence.send_to_customer, requests))
    assert len({one.message_id for one in sent}) == 1
    assert sum(not one.duplicate for one in sent) == 1
    assert len(await outbox.entries()) == 1


async def test_message_to_a_customer_is_neither_one_to_our_people_nor_a_draft(
    correspondence: Correspondence, notifier: Notifier, drafts: Drafts, outbox: Outbox
) -> None:
    await correspondence.send_to_customer(welcome())
    with Refused(FailureCode.CONFLICT):
        await notifier.send(message(welcome().key))
    with Refused(FailureCode.CONFLICT):
        await drafts.discard(UndoInput(key=welcome().key))
    (entry,) = await outbox.entries()
    assert entry.status is OutboxStatus.SENT
