"""What the embedded systems of an onboarding do that their ports cannot show: letters, columns, and waits."""

import asyncio
from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import Table, select

from connectors.store.accounts import SqlAccounts
from connectors.store.agreements import SqlAgreements
from connectors.store.billing import SqlBilling
from connectors.store.crm import SqlCrm
from connectors.store.engine import Store
from connectors.store.onboarding_tables import accounts, billing_customers, invitations, workspaces
from connectors.store.outbox import SqlOutbox
from connectors.store.provisioning import SqlProvisioning
from connectors.store.scheduling import SqlScheduling
from contracts.agreements import AgreementState
from contracts.crm import UndoInput
from contracts.failures import FailureCode
from contracts.messages import MessageKind, OutboxEntry, OutboxStatus
from contracts.provisioning import ReadUsageInput
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import LONG, MONDAY_NINE, Refused, records
from tests.connectors.onboarding_examples import (
    TEN,
    all_at_once,
    billed,
    contract,
    inviting,
    meeting,
    moving,
    opening,
    slot,
    subscribing,
    workspace,
)
from tests.connectors.slow_store import LONG_ENOUGH, SlowStore


async def rows(store: Store, table: Table) -> list[dict[str, object]]:
    return list(await store.fetch("test", select(table), dict))


async def letters(store: Store, clock: SettableClock) -> tuple[OutboxEntry, ...]:
    """The oldest first."""
    return (await SqlOutbox(store, clock).entries(workflow_id=meeting().workflow_id))[::-1]


# ---------------------------------------------------------------- meetings


async def test_attendee_is_invited_with_the_booking_and_told_with_its_cancellation(
    store: Store, clock: SettableClock
) -> None:
    scheduling = SqlScheduling(store, clock)
    await scheduling.book(meeting())
    clock.advance(minutes=5)
    await scheduling.cancel_booking(UndoInput(key=meeting().key))
    invited, cancelled = await letters(store, clock)
    assert (invited.kind, cancelled.kind) == (
        MessageKind.CUSTOMER_INVITATION,
        MessageKind.CUSTOMER_INVITATION_CANCELLED,
    )
    assert invited.subject == "Kickoff with Acme"
    assert "2026-11-23 10:00" in invited.body
    assert "Kim Ågren" in invited.body
    for letter in (invited, cancelled):
        assert (letter.status, letter.recipient_id) == (OutboxStatus.SENT, None)
        assert letter.to_address == "zoe@acme.example"
    (asked,), (taken_back,) = (
        Calendar.from_ical(letter.attachment or "").events for letter in (invited, cancelled)
    )
    assert asked.uid == taken_back.uid
    assert (asked.sequence, taken_back.sequence) == (0, 1)
    assert (asked.stamp, taken_back.stamp) == (MONDAY_NINE, clock.now)


async def test_nobody_is_written_to_twice_nor_about_a_slot_that_was_taken(
    store: Store, clock: SettableClock
) -> None:
    scheduling = SqlScheduling(store, clock)
    await asyncio.gather(*(scheduling.book(meeting()) for _ in range(10)))
    assert (await scheduling.book(meeting(key="late"))).taken
    await scheduling.cancel_booking(UndoInput(key="late"))
    assert len(await letters(store, clock)) == 1
    await asyncio.gather(*(scheduling.cancel_booking(UndoInput(key=meeting().key)) for _ in range(10)))
    assert len(await letters(store, clock)) == 2


async def test_letters_of_the_longest_key_and_title_can_be_read(store: Store, clock: SettableClock) -> None:
    scheduling = SqlScheduling(store, clock)
    longest = meeting(key="k" * 255, title=LONG)
    await scheduling.book(longest)
    await scheduling.cancel_booking(UndoInput(key=longest.key))
    subjects = [letter.subject for letter in await letters(store, clock)]
    assert subjects == [LONG, f"Cancelled: {LONG}"]


async def test_booking_waits_for_one_that_overlaps_and_is_under_way(
    store_url: str, clock: SettableClock
) -> None:
    async with await SlowStore.open(store_url) as slow, await Store.open(store_url) as fast:
        first = asyncio.create_task(SqlScheduling(slow, clock).book(meeting()))
        await asyncio.sleep(LONG_ENOUGH / 2)
        overlapping = meeting(key="other", slot=slot(TEN + timedelta(minutes=15)))
        assert (await SqlScheduling(fast, clock).book(overlapping)).taken
        assert not (await first).taken


# ---------------------------------------------------------------- workspaces


async def test_earliest_use_of_a_workspace_stands(store: Store, clock: SettableClock) -> None:
    provisioning = SqlProvisioning(store, clock)
    made = await provisioning.create_workspace(workspace())
    for minutes in (30, 90, 15, 15):
        await provisioning.record_use(made.id, MONDAY_NINE + timedelta(minutes=minutes))
    usage = await provisioning.usage(ReadUsageInput(workspace_id=made.id))
    assert usage.first_value_at == MONDAY_NINE + timedelta(minutes=15)


async def test_use_of_a_workspace_that_is_not_there_any_more_is_not_found(
    store: Store, clock: SettableClock
) -> None:
    provisioning = SqlProvisioning(store, clock)
    made = await provisioning.create_workspace(workspace())
    await provisioning.delete_workspace(UndoInput(key=workspace().key))
    for workspace_id in (made.id, "workspace_0"):
        with Refused(FailureCode.NOT_FOUND):
            await provisioning.record_use(workspace_id, MONDAY_NINE)


async def test_deleted_workspace_keeps_its_row_and_ends_its_open_invitations(
    store: Store, clock: SettableClock
) -> None:
    provisioning = SqlProvisioning(store, clock)
    made = await provisioning.create_workspace(workspace())
    other = await provisioning.create_workspace(workspace(key="other", customer_id="globex"))
    for key, workspace_id in (("first", made.id), ("second", made.id), ("third", other.id)):
        await provisioning.invite_admin(inviting(workspace_id, key=key))
    await provisioning.revoke_invitation(UndoInput(key="first"))
    clock.advance(hours=1)
    deleted_at = clock.now
    await provisioning.delete_workspace(UndoInput(key=workspace().key))
    clock.advance(hours=1)
    await provisioning.revoke_invitation(UndoInput(key="second"))
    revoked = {row["key"]: row["revoked_at"] for row in await rows(store, invitations)}
    assert revoked == {"first": MONDAY_NINE, "second": deleted_at, "third": None}
    deleted = {row["key"]: row["deleted_at"] for row in await rows(store, workspaces)}
    assert deleted == {workspace().key: deleted_at, "other": None}


async def test_invitation_waits_for_a_deletion_and_is_refused(store_url: str, clock: SettableClock) -> None:
    async with await SlowStore.open(store_url) as slow, await Store.open(store_url) as fast:
        made = await SqlProvisioning(fast, clock).create_workspace(workspace())
        undo = UndoInput(key=workspace().key)
        deleting = asyncio.create_task(SqlProvisioning(slow, clock).delete_workspace(undo))
        await asyncio.sleep(LONG_ENOUGH / 2)
        with Refused(FailureCode.CONFLICT):
            await SqlProvisioning(fast, clock).invite_admin(inviting(made.id))
        assert (await deleting).undone


# ---------------------------------------------------------------- billing


async def test_billing_customer_is_kept_as_it_was_given(store: Store, clock: SettableClock) -> None:
    billing, request = SqlBilling(store, clock), billed(company=LONG)
    await billing.open_customer(request)
    await billing.close_customer(UndoInput(key=request.key))
    (row,) = await rows(store, billing_customers)
    given = request.model_dump(mode="json")
    assert {name: row[name] for name in given} == given
    assert (row["created_at"], row["closed_at"]) == (clock.now, clock.now)


@pytest.mark.parametrize("start_is_slow", [True, False])
async def test_subscription_and_closing_wait_for_each_other(
    store_url: str, clock: SettableClock, start_is_slow: bool
) -> None:
    async with await SlowStore.open(store_url) as slow, await Store.open(store_url) as fast:
        starter, closer = (slow, fast) if start_is_slow else (fast, slow)
        customer = await SqlBilling(fast, clock).open_customer(billed())
        start = SqlBilling(starter, clock).start_subscription(subscribing(customer.id))
        close = SqlBilling(closer, clock).close_customer(UndoInput(key=billed().key))
        first, second = (start, close) if start_is_slow else (close, start)
        under_way = asyncio.ensure_future(first)
        await asyncio.sleep(LONG_ENOUGH / 2)
        with Refused(FailureCode.CONFLICT):
            await second
        await under_way


# ---------------------------------------------------------------- contracts


async def test_signing_waits_for_a_withdrawal_that_is_under_way_and_is_refused(
    store_url: str, clock: SettableClock
) -> None:
    async with await SlowStore.open(store_url) as slow, await Store.open(store_url) as fast:
        await SqlAgreements(fast, clock).record(contract(AgreementState.SENT))
        withdrawing = asyncio.create_task(SqlAgreements(slow, clock).record(contract(AgreementState.VOID)))
        await asyncio.sleep(LONG_ENOUGH / 2)
        with Refused(FailureCode.CONFLICT):
            await SqlAgreements(fast, clock).record(contract(AgreementState.SIGNED))
        assert (await withdrawing).state is AgreementState.VOID


# ---------------------------------------------------------------- accounts


async def test_account_says_why_it_stands_where_it_stands(store: Store, clock: SettableClock) -> None:
    crm = SqlAccounts(store, clock)
    account = await crm.open_account(opening())
    reasons: list[object] = []

    async def note() -> None:
        (row,) = await rows(store, accounts)
        reasons.append((row["stage"], row["stage_reason"]))

    await note()
    await crm.move_account(moving(account.id))
    await note()
    await crm.return_account(UndoInput(key=moving(account.id).key))
    await note()
    await crm.close_account(UndoInput(key=opening().key))
    await note()
    await crm.open_account(opening(key="again"))
    await note()
    assert reasons == [
        ("onboarding", None),
        ("live", "all is set up"),
        ("onboarding", "the move was undone"),
        ("prospect", "the onboarding was undone"),
        ("onboarding", None),
    ]


async def test_taken_up_account_keeps_what_the_new_order_does_not_know(
    store: Store, clock: SettableClock
) -> None:
    crm = SqlAccounts(store, clock)
    await crm.open_account(opening())
    await crm.close_account(UndoInput(key=opening().key))
    await crm.open_account(opening(key="again", company="Acme AG", company_domain=None, country=None))
    (row,) = await rows(store, accounts)
    assert (row["company"], row["company_domain"], row["country"]) == ("Acme AG", "acme.example", "ES")
    await crm.close_account(UndoInput(key="again"))
    (row,) = await rows(store, accounts)
    assert (row["company"], row["key"]) == ("Acme", "again")


async def test_undo_of_a_lead_waits_for_an_account_that_comes_to_rely_on_its_deal(
    store_url: str, clock: SettableClock
) -> None:
    async with await SlowStore.open(store_url) as slow, await Store.open(store_url) as fast:
        made = await SqlCrm(fast, clock).create_lead_records(records())
        relying = asyncio.create_task(SqlAccounts(slow, clock).open_account(opening(work_id=made.work_id)))
        await asyncio.sleep(LONG_ENOUGH / 2)
        undone = await SqlCrm(fast, clock).delete_lead_records(UndoInput(key=records().key))
        assert "deal" in undone.kept
        assert (await relying).work_id == made.work_id


async def test_account_of_a_customer_is_there_once_however_many_take_it_up(
    store: Store, clock: SettableClock
) -> None:
    crm = SqlAccounts(store, clock)
    await crm.open_account(opening())
    await crm.close_account(UndoInput(key=opening().key))
    made, refused = await all_at_once(crm.open_account, [opening(key=f"run-{n}") for n in range(10)])
    assert (len(made), refused) == (1, [FailureCode.CONFLICT] * 9)
    assert len(await rows(store, accounts)) == 1
