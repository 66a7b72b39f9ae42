"""Conformance of `Crm`: tasks, notes, owners, stages and contact changes; and who is found as a candidate."""

import asyncio

import pytest

from contracts.crm import (
    DEAL_STAGE_MOVES,
    AssignOwnerInput,
    CreateNoteInput,
    CreateTaskInput,
    DealStage,
    LeadRecords,
    MoveStageInput,
    UndoInput,
    UpdateContactInput,
)
from contracts.failures import FailureCode, ServiceFailure
from contracts.matching import WorkKind
from contracts.ports import Crm
from contracts.routing import LeadPath
from tests.connectors.conformance.crm_worlds import CrmWorld
from tests.connectors.examples import MONDAY_NINE, Refused, enrolment, lead, matches, records


@pytest.fixture
async def made(crm: Crm) -> LeadRecords:
    return await crm.create_lead_records(records())


def move(made: LeadRecords, stage: str, *, key: str = "", version: int | None = None) -> MoveStageInput:
    return MoveStageInput(
        key=key or f"to-{stage}", work_id=made.work_id, stage=stage, expected_version=version
    )


async def test_task_and_note_are_made_once_per_key(crm: Crm, made: LeadRecords) -> None:
    task = CreateTaskInput(
        key="task", subject="Call", owner_id="sam", due_at=MONDAY_NINE, contact_id=made.contact_id
    )
    note = CreateNoteInput(key="note", body="Reasons\n" * 2_000, work_id=made.work_id)
    tasks = await asyncio.gather(*(crm.create_task(task) for _ in range(10)))
    notes = await asyncio.gather(*(crm.create_note(note) for _ in range(10)))
    assert len(set(tasks)) == 1
    assert tasks[0].owner_id == "sam"
    assert len(set(notes)) == 1


async def test_task_and_note_on_what_is_not_there_are_refused(crm: Crm) -> None:
    with Refused(FailureCode.NOT_FOUND):
        await crm.create_task(
            CreateTaskInput(key="t", subject="Call", owner_id="sam", contact_id="contact_0")
        )
    with Refused(FailureCode.NOT_FOUND):
        await crm.create_note(CreateNoteInput(key="n", body="Reasons", work_id="deal_0"))


async def test_task_on_nothing_is_made_and_a_note_where_the_crm_takes_one(
    crm: Crm, crm_world: CrmWorld
) -> None:
    task = CreateTaskInput(key="task", subject="Call", owner_id="sam")
    note = CreateNoteInput(key="note", body="Reasons")
    assert await crm.create_task(task) == await crm.create_task(task)
    if crm_world.notes_on_nothing:
        assert await crm.create_note(note) == await crm.create_note(note)
        return
    with Refused(FailureCode.REJECTED):
        await crm.create_note(note)


async def test_undone_task_and_note_are_gone_and_stay_gone(crm: Crm, made: LeadRecords) -> None:
    task = CreateTaskInput(key="task", subject="Call", owner_id="sam", work_id=made.work_id)
    note = CreateNoteInput(key="note", body="Reasons", work_id=made.work_id)
    await crm.create_task(task)
    await crm.create_note(note)
    for _ in range(2):
        await crm.delete_task(UndoInput(key="task"))
        await crm.delete_note(UndoInput(key="note"))
    with Refused(FailureCode.CONFLICT):
        await crm.create_task(task)
    with Refused(FailureCode.CONFLICT):
        await crm.create_note(note)
    # Nothing refers to the work any more, so it can go as well.
    assert (await crm.delete_lead_records(UndoInput(key=records().key))).kept == ()


async def test_undo_of_a_task_or_note_that_never_was_bars_it(crm: Crm) -> None:
    assert not (await crm.delete_task(UndoInput(key="task"))).undone
    assert not (await crm.delete_note(UndoInput(key="note"))).undone
    with Refused(FailureCode.CONFLICT):
        await crm.create_task(CreateTaskInput(key="task", subject="Call", owner_id="sam"))
    with Refused(FailureCode.CONFLICT):
        await crm.create_note(CreateNoteInput(key="note", body="Reasons"))


async def test_new_owner_has_work_and_contact(crm: Crm, made: LeadRecords) -> None:
    before = await crm.get_contact(made.contact_id)
    request = AssignOwnerInput(key="own", work_id=made.work_id, contact_id=made.contact_id, owner_id="kim")
    assigned = await asyncio.gather(*(crm.assign_owner(request) for _ in range(10)))
    after = await crm.get_contact(made.contact_id)
    assert {work.owner_id for work in assigned} == {"kim"}
    assert len({work.version for work in assigned} | {made.work_version}) == 2
    assert after.owner_id == "kim"
    assert after.version != before.version


async def test_owner_of_what_is_not_there_is_not_found(crm: Crm, made: LeadRecords) -> None:
    with Refused(FailureCode.NOT_FOUND):
        await crm.assign_owner(AssignOwnerInput(key="own", work_id="deal_0", owner_id="kim"))
    with Refused(FailureCode.NOT_FOUND):
        await crm.assign_owner(
            AssignOwnerInput(key="own", work_id=made.work_id, contact_id="contact_0", owner_id="kim")
        )
    assert (await crm.get_work(made.work_id)).owner_id == "sam"


@pytest.mark.parametrize("before", [stage for stage in DealStage if DEAL_STAGE_MOVES[stage]])
async def test_deal_moves_exactly_where_it_may(crm: Crm, before: DealStage) -> None:
    for number, after in enumerate(stage for stage in DealStage if stage is not before):
        made = await crm.create_lead_records(records(f"lead-{number}", stage=before))
        request = move(made, after, key=f"move-{number}")
        if after in DEAL_STAGE_MOVES[before]:
            moved = await crm.move_stage(request)
            assert moved.stage == after
            assert moved.version != made.work_version
        else:
            with Refused(FailureCode.CONFLICT):
                await crm.move_stage(request)
            assert (await crm.get_work(made.work_id)).stage == before


async def test_closed_deal_stays_closed_and_is_open_work_no_more(crm: Crm, made: LeadRecords) -> None:
    await crm.move_stage(move(made, "closed_lost"))
    (contact,) = await crm.find_contacts(matches())
    assert contact.open_work == ()
    for stage in ("new", "closed_won"):
        with Refused(FailureCode.CONFLICT):
            await crm.move_stage(move(made, stage))


async def test_resolved_ticket_can_be_opened_again(crm: Crm) -> None:
    ticket = await crm.create_lead_records(records(path=LeadPath.SUPPORT, stage="open"))
    assert (await crm.move_stage(move(ticket, "resolved"))).stage == "resolved"
    assert (await crm.move_stage(move(ticket, "open"))).stage == "open"
    with Refused(FailureCode.CONFLICT):
        await crm.move_stage(move(ticket, "closed_won"))


async def test_enrolment_has_no_stages_to_move_along(crm: Crm) -> None:
    enrolled = await crm.create_lead_records(enrolment("lead-1"))
    with Refused(FailureCode.CONFLICT):
        await crm.move_stage(move(enrolled, "closed_won"))


async def test_move_to_where_it_is_changes_nothing(crm: Crm, made: LeadRecords) -> None:
    assert (await crm.move_stage(move(made, "new"))).version == made.work_version


async def test_stale_move_is_refused(crm: Crm, made: LeadRecords) -> None:
    first = await crm.move_stage(move(made, "qualified", version=made.work_version))
    with Refused(FailureCode.CONFLICT):
        await crm.move_stage(move(made, "closed_lost", version=made.work_version, key="stale"))
    second = await crm.move_stage(move(made, "closed_lost", version=first.version))
    assert len({made.work_version, first.version, second.version}) == 3


async def test_repeated_move_returns_the_work_as_it_was_then(crm: Crm, made: LeadRecords) -> None:
    first = await crm.move_stage(move(made, "qualified"))
    await crm.move_stage(move(made, "closed_lost"))
    assert await crm.move_stage(move(made, "qualified")) == first
    assert (await crm.get_work(made.work_id)).stage == "closed_lost"


async def test_move_of_what_is_not_there_is_not_found(crm: Crm) -> None:
    with Refused(FailureCode.NOT_FOUND):
        await crm.move_stage(MoveStageInput(key="m", work_id="deal_0", stage="qualified"))


async def test_of_many_who_read_the_same_version_one_may_write(crm: Crm, made: LeadRecords) -> None:
    read = await crm.get_contact(made.contact_id)
    writes = [
        UpdateContactInput(
            key=f"edit-{n}", contact_id=read.id, expected_version=read.version, name=f"Name {n}"
        )
        for n in range(10)
    ]
    results = await asyncio.gather(*map(crm.update_contact, writes), return_exceptions=True)
    refused = [one for one in results if isinstance(one, ServiceFailure)]
    contact = await crm.get_contact(made.contact_id)
    assert [one.code for one in refused] == [FailureCode.CONFLICT] * 9
    assert [one for one in results if one not in refused] == [contact]
    assert contact.version != read.version


async def test_contact_that_is_not_there_is_not_found(crm: Crm) -> None:
    with Refused(FailureCode.NOT_FOUND):
        await crm.get_contact("contact_0")
    with Refused(FailureCode.NOT_FOUND):
        await crm.get_work("deal_0")
    with Refused(FailureCode.NOT_FOUND):
        await crm.update_contact(
            UpdateContactInput(key="edit", contact_id="contact_0", expected_version=1, name="Zoë")
        )


async def test_same_address_or_number_is_found_whatever_its_spelling(
    crm: Crm, crm_world: CrmWorld, made: LeadRecords
) -> None:
    await crm_world.settled()
    by_email = await crm.find_contacts(matches(email="Zoe+again@ACME.example"))
    by_phone = await crm.find_contacts(matches(email=None, phone="+12025550143"))
    by_key = await crm.find_contacts(matches(email="anything@else.example", email_key="zoe@acme.example"))
    assert [one.contact_id for one in (*by_email, *by_phone, *by_key)] == [made.contact_id] * 3
    read = await crm.get_contact(made.contact_id)
    assert (by_email[0].name, by_email[0].company) == ("Zoë Nuñez", "Acme")
    assert by_email[0].version == read.version


async def test_people_of_the_company_and_of_the_name_are_found_after_the_person(
    crm: Crm, crm_world: CrmWorld
) -> None:
    colleague = lead("lead-1", email="yan@acme.example", name="Yan Li", phone=None)
    namesake = lead(
        "lead-2", email="zn@mail.example", name="ZOE  NUNEZ", phone=None, company=None, company_domain=None
    )
    stranger = lead(
        "lead-3",
        email="x@other.example",
        name="Bo",
        phone=None,
        company="Oth",
        company_domain="other.example",
    )
    person = lead("lead-4", phone=None)
    made = [
        await crm.create_lead_records(records(of.lead_id, of=of))
        for of in (colleague, namesake, stranger, person)
    ]
    await crm_world.settled()
    found = await crm.find_contacts(
        matches(name="Zoe Nunez", company="ACME", company_domain="acme.example", phone="+19995550000")
    )
    ids = [one.contact_id for one in found]
    assert ids[0] == made[3].contact_id
    assert set(ids) == {made[0].contact_id, made[1].contact_id, made[3].contact_id}
    assert len(ids) == 3


async def test_open_work_comes_with_each_candidate(crm: Crm, made: LeadRecords) -> None:
    ticket = await crm.create_lead_records(
        records("lead-2", path=LeadPath.SUPPORT, stage="open", category="bug")
    )
    (contact,) = await crm.find_contacts(matches())
    assert {(work.kind, work.id, work.category, work.owner_id) for work in contact.open_work} == {
        (WorkKind.DEAL, made.work_id, None, "sam"),
        (WorkKind.TICKET, ticket.work_id, "bug", "sam"),
    }


async def test_candidates_are_bounded_and_the_person_is_among_them(crm: Crm, crm_world: CrmWorld) -> None:
    for number in range(30):
        of = lead(f"lead-{number}", email=f"colleague-{number}@acme.example", phone=None)
        await crm.create_lead_records(records(f"lead-{number}", of=of))
    person = await crm.create_lead_records(records("person"))
    await crm_world.settled()
    found = await crm.find_contacts(matches(name="Zoë Nuñez", company_domain="acme.example"))
    assert len(found) == 20
    assert found[0].contact_id == person.contact_id


async def test_lead_without_anything_to_go_by_finds_nobody(crm: Crm, made: LeadRecords) -> None:
    assert await crm.find_contacts(matches(email=None, name="…")) == ()
    assert await crm.find_account("nobody.example") is None
