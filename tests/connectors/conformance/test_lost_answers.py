"""Whichever answer is lost, and whether the step is repeated then or not: its undo leaves what was there."""

from functools import partial

import pytest

from connectors.keyed import RemoteEffects
from connectors.remote_crm.accounts import RemoteAccounts
from connectors.remote_crm.crm import RemoteCrm
from connectors.remote_crm.records import Kind
from contracts.accounts import AccountStage, CrmAccount
from contracts.crm import CrmContact, UndoInput
from contracts.remote_effects import EffectMemory
from tests.connectors.conformance.conftest import CRM_WORLDS
from tests.connectors.conformance.crm_worlds import CrmWorld
from tests.connectors.conformance.lost_answers import LosingRecords, tried
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import lead, records
from tests.connectors.onboarding_examples import moving, opening, step

OTHERS = [name for name in CRM_WORLDS if name != "embedded"]
WRITES = range(1, 16)
"""More than a step and its undo make together."""

__all__ = [
    "losing",
    "losing_accounts",
    "losing_crm",
    "test_account_is_again_whose_it_was_and_where_it_was",
    "test_contact_that_was_filled_in_is_again_as_it_was",
]
"""Not which CRMs: another folder has one of its own."""

pytestmark = pytest.mark.parametrize("crm_world", OTHERS, indirect=True)
repeated_or_given_up = pytest.mark.parametrize("again", [True, False], ids=["repeated", "given-up"])


@pytest.fixture
def losing(crm_world: CrmWorld) -> LosingRecords:
    assert crm_world.records is not None
    return LosingRecords(crm_world.records)


@pytest.fixture
def losing_accounts(losing: LosingRecords, effect_memory: EffectMemory) -> RemoteAccounts:
    return RemoteAccounts(losing.as_records, RemoteEffects(effect_memory))


@pytest.fixture
def losing_crm(losing: LosingRecords, effect_memory: EffectMemory, clock: SettableClock) -> RemoteCrm:
    return RemoteCrm(losing.as_records, RemoteEffects(effect_memory), clock)


@repeated_or_given_up
async def test_account_is_again_whose_it_was_and_where_it_was(
    losing_accounts: RemoteAccounts, losing: LosingRecords, clock: SettableClock, *, again: bool
) -> None:
    accounts = losing_accounts
    account = await accounts.open_account(opening(owner_id="ali"))
    await accounts.close_account(UndoInput(key=opening().key))

    async def opened_and_live(onboarding: str) -> tuple[CrmAccount | None, CrmAccount | None]:
        open_key, move_key = (step(name, onboarding) for name in ("open_account", "move_account"))
        move, live = moving(account.id, key=move_key), None
        if opened := await tried(clock, lambda: accounts.open_account(opening(key=open_key)), again=again):
            live = await tried(clock, lambda: accounts.move_account(move), again=again)
        for undo, key in ((accounts.return_account, move_key), (accounts.close_account, open_key)):
            undone = await tried(clock, partial(undo, UndoInput(key=key)), again=True)
            assert undone is not None
            assert undone.kept == ()
        return opened, live

    for lost in WRITES:
        losing.lose(lost)
        opened, live = await opened_and_live(f"onboarding-{lost}")
        after = await accounts.account(account.id)
        assert (after.owner_id, after.stage) == ("ali", AccountStage.PROSPECT), lost
        if not losing.has_lost:
            return
        if again:
            assert opened is not None
            assert live is not None
            assert (opened.owner_id, live.stage) == ("kim", AccountStage.LIVE)
    pytest.fail(f"there are more writes than {WRITES.stop - 1}")


@repeated_or_given_up
async def test_contact_that_was_filled_in_is_again_as_it_was(
    losing_crm: RemoteCrm, crm_world: CrmWorld, losing: LosingRecords, clock: SettableClock, *, again: bool
) -> None:
    crm = losing_crm
    known = lead("lead-0", phone=None, company=None, company_domain=None)
    contact_id = (await crm.create_lead_records(records("lead-0", of=known))).contact_id

    async def held() -> tuple[CrmContact, str | None]:
        contact = await losing.as_records.get(Kind.CONTACT, contact_id.removeprefix(f"{Kind.CONTACT}_"))
        assert contact is not None
        return await crm.get_contact(contact_id), contact.key

    before = await held()
    for lost in WRITES:
        await crm_world.settled()
        # Whoever fills in a contact changes it: a repeat must not take that for another's change.
        of = lead(f"lead-{lost}", name="Z. Nuñez", job_title="Head", company_domain=f"acme-{lost}.example")
        asked = records(f"lead-{lost}", of=of, contact_id=contact_id, contact_version=before[0].version)
        losing.lose(lost)
        made = await tried(clock, partial(crm.create_lead_records, asked), again=again)
        await crm_world.settled()
        undone = await tried(clock, partial(crm.delete_lead_records, UndoInput(key=asked.key)), again=True)
        assert undone is not None
        assert (undone.kept, await held()) == ((), before), lost
        if not losing.has_lost:
            return
        if again:
            assert made is not None
            assert (made.contact_id, made.conflicting_fields) == (contact_id, ())
    pytest.fail(f"there are more writes than {WRITES.stop - 1}")
