"""Conformance of `Accounts`: one per customer, moved along declared stages, and back by the way it came."""

import pytest

from contracts.accounts import ACCOUNT_STAGE_MOVES, AccountStage, CrmAccount, ReadDealInput
from contracts.crm import CreateNoteInput, CreateTaskInput, UndoInput
from contracts.failures import FailureCode
from contracts.onboarding_ports import Accounts
from contracts.ports import Crm
from contracts.routing import LeadPath
from tests.connectors.conformance.crm_worlds import CrmWorld
from tests.connectors.examples import Refused, lead, records
from tests.connectors.onboarding_examples import all_at_once, moving, opening, step

THE_WAY_TO = {
    AccountStage.PROSPECT: (AccountStage.PROSPECT,),
    AccountStage.ONBOARDING: (),
    AccountStage.LIVE: (AccountStage.LIVE,),
}
"""The moves that bring an account from where it is opened to a stage."""


@pytest.fixture
async def opened(accounts: Accounts) -> CrmAccount:
    return await accounts.open_account(opening())


async def test_account_of_a_new_customer_is_read_as_it_was_opened(
    accounts: Accounts, crm: Crm, crm_world: CrmWorld
) -> None:
    made = await crm.create_lead_records(records())
    company = "検査 GmbH " + crm_world.longest_of("company")[:490]
    request = opening(
        company=company[: crm_world.longest.get("company", 500)],
        contact_id=made.contact_id,
        work_id=made.work_id,
    )
    account = await accounts.open_account(request)
    assert await accounts.account(account.id) == account
    assert (account.customer_id, account.stage) == ("acme", AccountStage.ONBOARDING)
    assert (account.owner_id, account.contact_id, account.work_id) == ("kim", made.contact_id, made.work_id)


async def test_same_key_returns_the_account_as_it_was_then(accounts: Accounts, opened: CrmAccount) -> None:
    await accounts.move_account(moving(opened.id))
    assert await accounts.open_account(opening(owner_id="ali")) == opened
    assert (await accounts.account(opened.id)).stage is AccountStage.LIVE


async def test_of_ten_runs_for_one_customer_at_once_one_opens_the_account(accounts: Accounts) -> None:
    requests = [opening(key=step("open_account", f"lead-{n}")) for n in range(10)]
    made, refused = await all_at_once(accounts.open_account, requests)
    assert len(made) == 1
    assert refused == [FailureCode.CONFLICT] * 9


async def test_account_on_a_contact_or_deal_that_is_not_there_is_refused(accounts: Accounts) -> None:
    for missing in ({"contact_id": "contact_0"}, {"work_id": "deal_0"}):
        with Refused(FailureCode.NOT_FOUND):
            await accounts.open_account(opening(**missing))
    assert (await accounts.open_account(opening())).stage is AccountStage.ONBOARDING


async def test_closed_account_is_a_prospect_and_its_record_stays(
    accounts: Accounts, opened: CrmAccount
) -> None:
    undone = await accounts.close_account(UndoInput(key=opening().key))
    assert (undone.undone, undone.kept) == (True, ())
    closed = await accounts.account(opened.id)
    assert closed.stage is AccountStage.PROSPECT
    assert closed.version != opened.version


async def test_prospect_is_taken_up_again_and_given_back_as_it_was(
    accounts: Accounts, opened: CrmAccount
) -> None:
    await accounts.close_account(UndoInput(key=opening().key))
    again = await accounts.open_account(opening(key="again", owner_id="ali", company_domain=None))
    assert (again.id, again.stage, again.owner_id) == (opened.id, AccountStage.ONBOARDING, "ali")
    await accounts.close_account(UndoInput(key="again"))
    back = await accounts.account(opened.id)
    assert (back.stage, back.owner_id) == (AccountStage.PROSPECT, "kim")


async def test_late_undo_leaves_an_account_alone_that_another_run_has_opened(
    accounts: Accounts, opened: CrmAccount
) -> None:
    await accounts.move_account(moving(opened.id, AccountStage.PROSPECT))
    taken_up = await accounts.open_account(opening(key="again"))
    undone = await accounts.close_account(UndoInput(key=opening().key))
    assert undone.kept == ("account",)
    assert await accounts.account(opened.id) == taken_up


async def test_account_that_somebody_moved_back_stays_there_when_it_is_closed(
    accounts: Accounts, opened: CrmAccount
) -> None:
    moved = await accounts.move_account(moving(opened.id, AccountStage.PROSPECT))
    undone = await accounts.close_account(UndoInput(key=opening().key))
    assert (undone.undone, undone.kept) == (True, ())
    assert (await accounts.account(opened.id)).stage is moved.stage


@pytest.mark.parametrize("stage", [AccountStage.ONBOARDING, AccountStage.LIVE])
async def test_customer_who_is_under_way_or_live_is_not_opened_again(
    accounts: Accounts, opened: CrmAccount, stage: AccountStage
) -> None:
    for after in THE_WAY_TO[stage]:
        await accounts.move_account(moving(opened.id, after))
    before = await accounts.account(opened.id)
    with Refused(FailureCode.CONFLICT):
        await accounts.open_account(opening(key="again", owner_id="ali"))
    assert await accounts.account(opened.id) == before


async def test_live_account_is_closed_by_the_way_it_came(accounts: Accounts, opened: CrmAccount) -> None:
    await accounts.move_account(moving(opened.id))
    with Refused(FailureCode.CONFLICT):
        await accounts.close_account(UndoInput(key=opening().key))
    assert (await accounts.account(opened.id)).stage is AccountStage.LIVE
    assert (await accounts.return_account(UndoInput(key=moving(opened.id).key))).undone
    assert (await accounts.account(opened.id)).stage is AccountStage.ONBOARDING
    assert (await accounts.close_account(UndoInput(key=opening().key))).undone
    assert (await accounts.account(opened.id)).stage is AccountStage.PROSPECT


@pytest.mark.parametrize("before", list(AccountStage))
@pytest.mark.parametrize("after", list(AccountStage))
async def test_account_moves_exactly_where_it_may_and_back(
    accounts: Accounts, opened: CrmAccount, before: AccountStage, after: AccountStage
) -> None:
    for number, stage in enumerate(THE_WAY_TO[before]):
        await accounts.move_account(moving(opened.id, stage, key=f"before-{number}"))
    standing = await accounts.account(opened.id)
    if after is not before and after not in ACCOUNT_STAGE_MOVES[before]:
        with Refused(FailureCode.CONFLICT):
            await accounts.move_account(moving(opened.id, after))
        assert await accounts.account(opened.id) == standing
        return
    moved = await accounts.move_account(moving(opened.id, after))
    assert moved.stage is after
    assert (moved.version != standing.version) is (after is not before)
    await accounts.return_account(UndoInput(key=moving(opened.id).key))
    assert (await accounts.account(opened.id)).stage is before


async def test_return_leaves_an_account_alone_that_was_moved_on_since(
    accounts: Accounts, opened: CrmAccount
) -> None:
    await accounts.move_account(moving(opened.id))
    for number, stage in enumerate((AccountStage.ONBOARDING, AccountStage.PROSPECT)):
        await accounts.move_account(moving(opened.id, stage, key=f"on-{number}"))
    undone = await accounts.return_account(UndoInput(key=moving(opened.id).key))
    assert undone.kept == ("account",)
    assert (await accounts.account(opened.id)).stage is AccountStage.PROSPECT


async def test_of_ten_moves_away_at_once_one_is_made(accounts: Accounts, opened: CrmAccount) -> None:
    stages = [AccountStage.LIVE, AccountStage.PROSPECT] * 5
    requests = [moving(opened.id, stage, key=f"move-{n}") for n, stage in enumerate(stages)]
    made, refused = await all_at_once(accounts.move_account, requests)
    # Whoever wants the account where the first one has moved it finds it there.
    assert len(made) == 5
    assert len({(one.stage, one.version) for one in made}) == 1
    assert refused == [FailureCode.CONFLICT] * 5


async def test_account_that_is_not_there_is_not_found(accounts: Accounts) -> None:
    with Refused(FailureCode.NOT_FOUND):
        await accounts.account("account_0")
    with Refused(FailureCode.NOT_FOUND):
        await accounts.move_account(moving("account_0"))


async def test_deal_is_read_with_its_company(accounts: Accounts, crm: Crm) -> None:
    of = lead(country="ES", estimated_value=12_000, currency="EUR")
    made = await crm.create_lead_records(records(of=of))
    deal = await accounts.read_deal(ReadDealInput(work_id=made.work_id))
    assert (deal.work_id, deal.contact_id, deal.owner_id) == (made.work_id, made.contact_id, "sam")
    assert (deal.company, deal.company_domain, deal.country) == ("Acme", "acme.example", "ES")
    assert (deal.value, deal.currency) == (12_000, "EUR")


async def test_deal_without_a_company_of_its_own_is_about_its_contacts(accounts: Accounts, crm: Crm) -> None:
    private = lead(company=None, company_domain=None)
    alone = await crm.create_lead_records(records(of=private))
    before = await accounts.read_deal(ReadDealInput(work_id=alone.work_id))
    await crm.create_lead_records(records("lead-2"))
    after = await accounts.read_deal(ReadDealInput(work_id=alone.work_id))
    assert (before.company, before.company_domain, before.country) == (None, None, None)
    assert (after.company, after.company_domain) == ("Acme", "acme.example")


async def test_deal_that_is_not_there_or_is_none_is_not_found(accounts: Accounts, crm: Crm) -> None:
    ticket = await crm.create_lead_records(records(path=LeadPath.SUPPORT, stage="open"))
    for work_id in ("deal_0", ticket.work_id):
        with Refused(FailureCode.NOT_FOUND):
            await accounts.read_deal(ReadDealInput(work_id=work_id))


async def test_task_and_note_can_be_on_an_account(crm: Crm, opened: CrmAccount) -> None:
    task = CreateTaskInput(key="task", subject="Call", owner_id="kim", account_id=opened.id)
    note = CreateNoteInput(key="note", body="It was called off: 検査", account_id=opened.id)
    assert await crm.create_task(task) == await crm.create_task(task)
    assert await crm.create_note(note) == await crm.create_note(note)
    assert (await crm.delete_task(UndoInput(key="task"))).undone
    assert (await crm.delete_note(UndoInput(key="note"))).undone


async def test_task_and_note_on_an_account_that_is_not_there_are_refused(crm: Crm) -> None:
    with Refused(FailureCode.NOT_FOUND):
        await crm.create_task(CreateTaskInput(key="t", subject="Call", owner_id="kim", account_id="no"))
    with Refused(FailureCode.NOT_FOUND):
        await crm.create_note(CreateNoteInput(key="n", body="Reasons", account_id="no"))


async def test_records_of_a_lead_stay_while_an_account_relies_on_them(accounts: Accounts, crm: Crm) -> None:
    made = await crm.create_lead_records(records())
    await accounts.open_account(opening(contact_id=made.contact_id, work_id=made.work_id))
    undone = await crm.delete_lead_records(UndoInput(key=records().key))
    assert undone.kept == ("deal", "contact", "company")
    assert (await crm.get_work(made.work_id)).contact_id == made.contact_id
