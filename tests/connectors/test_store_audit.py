"""The audit counts what stands in the store, and names a run that did twice what it may do once."""

from connectors.store.audit import SqlAudit
from connectors.store.crm import SqlCrm
from connectors.store.engine import Store
from connectors.store.provisioning import SqlProvisioning
from connectors.store.scheduling import SqlScheduling
from connectors.store.tables import metadata
from contracts.crm import CreateNoteInput, UndoInput
from tests.connectors import onboarding_examples
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import records, step


async def test_effects_of_a_run_are_listed_in_the_order_of_their_making(
    store: Store, clock: SettableClock
) -> None:
    crm = SqlCrm(store, clock)
    made = await crm.create_lead_records(records())
    clock.advance(seconds=1)
    await crm.create_note(CreateNoteInput(key=step("lead-1", "a_note"), body="Why", work_id=made.work_id))
    await crm.create_note(CreateNoteInput(key=step("lead-10", "a_note"), body="Another run"))
    clock.advance(seconds=1)
    await crm.delete_task(UndoInput(key=step("lead-1", "a_task")))
    found = await SqlAudit(store).effects_by_workflow("lead-intake/lead-1")
    assert [tuple(line) for line in found] == [
        (records().key, "lead_records", "done"),
        (step("lead-1", "a_note"), "note", "done"),
        (step("lead-1", "a_task"), "task", "undone"),
    ]


async def test_rows_are_counted_by_table(store: Store, clock: SettableClock) -> None:
    await SqlCrm(store, clock).create_lead_records(records())
    counts = await SqlAudit(store).counts()
    assert {name for name, count in counts.items() if count} == {"effects", "companies", "contacts", "works"}
    assert counts["works"] == 1


async def test_tables_of_onboarding_are_counted_too(store: Store, clock: SettableClock) -> None:
    await SqlScheduling(store, clock).book(onboarding_examples.meeting())
    counts = await SqlAudit(store).counts()
    assert {name for name, count in counts.items() if count} == {"effects", "bookings", "outbox"}
    assert set(counts) == set(metadata.tables)
    assert {"accounts", "billing_customers", "agreements", "access_grants", "onboardings"} <= set(counts)


async def test_run_that_made_its_records_twice_is_named(store: Store, clock: SettableClock) -> None:
    crm, audit = SqlCrm(store, clock), SqlAudit(store)
    await crm.create_lead_records(records())
    assert await audit.duplicate_effects() == ()
    await crm.create_lead_records(records(key=step("lead-1", "again")))
    assert await audit.duplicate_effects() == (("lead-intake/lead-1", "lead_records", 2),)
    await crm.delete_lead_records(UndoInput(key=step("lead-1", "again")))
    assert await audit.duplicate_effects() == ()


async def test_onboarding_that_made_two_workspaces_is_named(store: Store, clock: SettableClock) -> None:
    provisioning, audit = SqlProvisioning(store, clock), SqlAudit(store)
    first, second = (onboarding_examples.step(name) for name in ("create_workspace", "again"))
    await provisioning.create_workspace(onboarding_examples.workspace(key=first))
    await provisioning.create_workspace(onboarding_examples.workspace(key=second, customer_id="globex"))
    assert await audit.duplicate_effects() == (("customer-onboarding/lead-1", "workspace", 2),)
