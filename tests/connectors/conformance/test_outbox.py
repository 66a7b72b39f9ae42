"""Conformance of `Notifier`, `Drafts`, `Outbox`: everything once, readable, and a draft can be taken back."""

import asyncio
from datetime import timedelta

from contracts.crm import UndoInput
from contracts.failures import FailureCode
from contracts.messages import FollowUpDraft, Message, MessageKind, OutboxStatus
from contracts.ports import Drafts, Notifier, Outbox
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import MONDAY_NINE, Refused


def message(key: str = "lead-intake/lead-1#notify", **changed: object) -> Message:
    whole = {
        "kind": MessageKind.LEAD_ASSIGNED,
        "recipient_id": "sam",
        "subject": "A lead: 検査",
        "body": "Zoë asks.\n" * 1_900,
        "workflow_id": "lead-intake/lead-1",
        "due_at": MONDAY_NINE + timedelta(hours=4),
    }
    return Message.model_validate({"key": key, **whole, **changed})


def draft(key: str = "lead-intake/lead-1#draft", **changed: object) -> FollowUpDraft:
    whole = {
        "workflow_id": "lead-intake/lead-1",
        "author_id": "sam",
        "to_address": "zoe@acme.example",
        "subject": "Hello",
        "body": "We will call.",
    }
    return FollowUpDraft.model_validate({"key": key, **whole, **changed})


async def test_message_can_be_read_as_it_was_sent(
    notifier: Notifier, outbox: Outbox, clock: SettableClock
) -> None:
    sent = await notifier.send(message())
    entry = await outbox.entry(sent.message_id)
    assert not sent.duplicate
    assert (entry.kind, entry.status, entry.recipient_id) == (
        MessageKind.LEAD_ASSIGNED,
        OutboxStatus.SENT,
        "sam",
    )
    assert (entry.subject, entry.body) == (message().subject, message().body)
    assert (entry.due_at, entry.created_at) == (message().due_at, clock.now)


async def test_same_key_sends_once_and_says_so(notifier: Notifier, outbox: Outbox) -> None:
    sent = await asyncio.gather(*(notifier.send(message(subject=f"Try {n}")) for n in range(10)))
    assert len({one.message_id for one in sent}) == 1
    assert sum(not one.duplicate for one in sent) == 1
    assert len(await outbox.entries()) == 1


async def test_draft_waits_for_whoever_must_approve_it(drafts: Drafts, outbox: Outbox) -> None:
    free = await drafts.save(draft())
    held = await drafts.save(draft("other", needs_approval=True))
    entry = await outbox.entry(free.message_id)
    assert (entry.kind, entry.to_address, entry.recipient_id) == (
        MessageKind.FOLLOW_UP,
        "zoe@acme.example",
        None,
    )
    assert entry.status is OutboxStatus.DRAFT
    assert (await outbox.entry(held.message_id)).status is OutboxStatus.AWAITING_APPROVAL


async def test_draft_is_saved_once_and_discarded_once(drafts: Drafts, outbox: Outbox) -> None:
    saved = await asyncio.gather(*(drafts.save(draft()) for _ in range(10)))
    assert len({one.message_id for one in saved}) == 1
    for _ in range(2):
        await drafts.discard(UndoInput(key=draft().key))
    (entry,) = await outbox.entries()
    assert entry.status is OutboxStatus.DISCARDED
    with Refused(FailureCode.CONFLICT):
        await drafts.save(draft())


async def test_discard_before_the_draft_bars_it(drafts: Drafts, outbox: Outbox) -> None:
    assert not (await drafts.discard(UndoInput(key=draft().key))).undone
    with Refused(FailureCode.CONFLICT):
        await drafts.save(draft())
    assert await outbox.entries() == ()


async def test_message_is_not_discarded_as_if_it_were_a_draft(
    notifier: Notifier, drafts: Drafts, outbox: Outbox
) -> None:
    sent = await notifier.send(message())
    with Refused(FailureCode.CONFLICT):
        await drafts.discard(UndoInput(key=message().key))
    assert (await outbox.entry(sent.message_id)).status is OutboxStatus.SENT


async def test_entries_are_the_newest_first_even_if_the_clock_runs_backwards(
    notifier: Notifier, outbox: Outbox, clock: SettableClock
) -> None:
    for number in range(5):
        await notifier.send(message(f"m-{number}"))
        clock.advance(hours=-1)
    assert [entry.key for entry in await outbox.entries(limit=3)] == ["m-4", "m-3", "m-2"]


async def test_entries_can_be_narrowed_to_a_run_and_a_status(
    notifier: Notifier, drafts: Drafts, outbox: Outbox
) -> None:
    await notifier.send(message())
    await notifier.send(message("other", workflow_id="lead-intake/lead-2"))
    await drafts.save(draft())
    of_run = await outbox.entries(workflow_id="lead-intake/lead-1")
    drafted = await outbox.entries(workflow_id="lead-intake/lead-1", status=OutboxStatus.DRAFT)
    assert {entry.key for entry in of_run} == {message().key, draft().key}
    assert [entry.key for entry in drafted] == [draft().key]


async def test_entry_that_is_not_there_is_not_found(outbox: Outbox) -> None:
    with Refused(FailureCode.NOT_FOUND):
        await outbox.entry("message_0")
