"""Conformance of `Crm`: the records of a lead are made once, shared where they are shared, and taken back."""

import asyncio

import pytest

from contracts.crm import (
    AssignOwnerInput,
    CreateNoteInput,
    CreateTaskInput,
    MoveStageInput,
    UndoInput,
    UpdateContactInput,
)
from contracts.failures import FailureCode
from contracts.matching import WorkKind
from contracts.ports import Crm
from contracts.routing import LeadPath
from tests.connectors.conformance.crm_worlds import CrmWorld
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import Refused, enrolment, lead, matches, records, step


async def test_records_of_a_new_lead_stand_as_they_were_given(crm: Crm) -> None:
    made = await crm.create_lead_records(records(category="audit", title="Über die Prüfung 検査"))
    contact, work = await crm.get_contact(made.contact_id), await crm.get_work(made.work_id)
    account = await crm.find_account("ACME.example")
    assert (contact.email, contact.phone, contact.name) == ("zoe@acme.example", "+12025550143", "Zoë Nuñez")
    assert (contact.company_id, contact.owner_id) == (made.company_id, "sam")
    assert (work.kind, work.stage, work.category) == (WorkKind.DEAL, "new", "audit")
    assert work.version == made.work_version
    assert (work.owner_id, work.contact_id, work.title) == ("sam", made.contact_id, "Über die Prüfung 検査")
    assert account is not None
    assert (account.company_id, account.owner_id) == (made.company_id, "sam")
    assert made.contact_created
    assert made.company_created


@pytest.mark.parametrize(
    ("path", "stage", "kind"),
    [
        (LeadPath.SALES, "new", WorkKind.DEAL),
        (LeadPath.SALES, "qualified", WorkKind.DEAL),
        (LeadPath.SUPPORT, "open", WorkKind.TICKET),
        (LeadPath.NURTURE, "enrolled", WorkKind.ENROLMENT),
    ],
)
async def test_each_path_makes_its_kind_of_work(crm: Crm, path: LeadPath, stage: str, kind: WorkKind) -> None:
    made = await crm.create_lead_records(records(path=path, stage=stage, programme="newsletter"))
    work = await crm.get_work(made.work_id)
    assert (made.work_kind, work.kind, work.stage) == (kind, kind, stage)


@pytest.mark.parametrize(
    ("path", "stage"),
    [
        (LeadPath.SALES, "closed_won"),
        (LeadPath.SALES, "sideways"),
        (LeadPath.SUPPORT, "resolved"),
        (LeadPath.DISQUALIFIED, "new"),
    ],
)
async def test_work_that_cannot_begin_there_is_refused_whole(crm: Crm, path: LeadPath, stage: str) -> None:
    with Refused(FailureCode.REJECTED):
        await crm.create_lead_records(records(path=path, stage=stage))
    assert await crm.find_account("acme.example") is None
    assert await crm.find_contacts(matches()) == ()


async def test_refused_key_can_be_used_when_the_request_is_mended(crm: Crm) -> None:
    with Refused(FailureCode.REJECTED):
        await crm.create_lead_records(records(stage="sideways"))
    assert (await crm.create_lead_records(records(stage="new"))).contact_created


async def test_same_key_returns_the_first_result_whatever_it_asks(crm: Crm) -> None:
    first = await crm.create_lead_records(records())
    again = await crm.create_lead_records(records(title="Something else", stage="qualified"))
    assert again == first
    assert (await crm.get_work(first.work_id)).title == "A request"


async def test_same_key_fifty_times_at_once_is_one_effect(crm: Crm) -> None:
    made = await asyncio.gather(*(crm.create_lead_records(records()) for _ in range(50)))
    assert len(set(made)) == 1
    (contact,) = await crm.find_contacts(matches())
    assert len(contact.open_work) == 1


async def test_key_of_another_kind_of_step_is_refused(crm: Crm) -> None:
    contact_id = (await crm.create_lead_records(records())).contact_id
    note = await crm.create_note(CreateNoteInput(key="shared", body="A note", contact_id=contact_id))
    with Refused(FailureCode.CONFLICT):
        await crm.create_lead_records(records("lead-2", key="shared"))
    with Refused(FailureCode.CONFLICT):
        await crm.delete_task(UndoInput(key="shared"))
    again = await crm.create_note(CreateNoteInput(key="shared", body="A note", contact_id=contact_id))
    assert again.id == note.id


@pytest.mark.parametrize("spelling", ["zoe@acme.example", "ZOE@Acme.Example", "zoe+offer@acme.example"])
async def test_two_runs_for_one_person_at_once_end_with_one_contact(crm: Crm, spelling: str) -> None:
    leads = [
        records(f"lead-{n}", of=lead(f"lead-{n}", email=spelling if n % 2 else "zoe@acme.example"))
        for n in range(10)
    ]
    made = await asyncio.gather(*(crm.create_lead_records(request) for request in leads))
    assert len({one.contact_id for one in made}) == 1
    assert len({one.company_id for one in made}) == 1
    assert sum(one.contact_created for one in made) == 1
    assert sum(one.company_created for one in made) == 1
    assert len({one.work_id for one in made}) == 10


async def test_people_who_left_only_a_number_are_one_by_it(crm: Crm) -> None:
    requests = [records(f"lead-{n}", of=lead(f"lead-{n}", email=None)) for n in range(5)]
    made = await asyncio.gather(*(crm.create_lead_records(request) for request in requests))
    assert len({one.contact_id for one in made}) == 1


async def test_dots_do_not_make_another_person_at_gmail_only(crm: Crm) -> None:
    async def contact_of(number: int, email: str) -> str:
        of = lead(f"lead-{number}", email=email, company=None, company_domain=None, phone=None)
        return (await crm.create_lead_records(records(f"lead-{number}", of=of))).contact_id

    assert await contact_of(1, "z.o.e@gmail.com") == await contact_of(2, "zoe+x@googlemail.com")
    assert await contact_of(3, "z.oe@acme.example") != await contact_of(4, "zoe@acme.example")


async def test_known_contact_gets_what_it_lacks_and_keeps_what_it_has(crm: Crm) -> None:
    before = await crm.create_lead_records(records(of=lead(phone=None, name="Zoe")))
    read = await crm.get_contact(before.contact_id)
    again = await crm.create_lead_records(
        records(
            "lead-2", of=lead("lead-2", job_title="CTO"), contact_id=read.id, contact_version=read.version
        )
    )
    after = await crm.get_contact(before.contact_id)
    assert (again.contact_id, again.contact_created, again.conflict_task_id) == (read.id, False, None)
    assert (after.name, after.phone, after.job_title) == ("Zoe", "+12025550143", "CTO")
    assert after.version != read.version


async def test_contact_that_changed_since_it_was_read_is_left_alone_and_a_task_names_the_fields(
    crm: Crm,
) -> None:
    made = await crm.create_lead_records(records())
    read = await crm.get_contact(made.contact_id)
    await crm.update_contact(
        UpdateContactInput(key="edit", contact_id=read.id, expected_version=read.version, job_title="CEO")
    )
    stale = await crm.create_lead_records(
        records(
            "lead-2", of=lead("lead-2", job_title="CTO"), contact_id=read.id, contact_version=read.version
        )
    )
    assert stale.conflicting_fields == ("job_title",)
    assert stale.conflict_task_id
    assert (await crm.get_contact(read.id)).job_title == "CEO"


async def test_changed_contact_that_agrees_anyway_is_no_conflict(crm: Crm) -> None:
    made = await crm.create_lead_records(records())
    read = await crm.get_contact(made.contact_id)
    await crm.update_contact(
        UpdateContactInput(key="edit", contact_id=read.id, expected_version=read.version, job_title="CTO")
    )
    stale = await crm.create_lead_records(
        records(
            "lead-2", of=lead("lead-2", job_title="CTO"), contact_id=read.id, contact_version=read.version
        )
    )
    assert (stale.conflicting_fields, stale.conflict_task_id) == ((), None)


async def test_lead_is_not_lost_when_its_matched_contact_is_gone(crm: Crm) -> None:
    gone = await crm.create_lead_records(records())
    await crm.delete_lead_records(UndoInput(key=records().key))
    made = await crm.create_lead_records(
        records("lead-2", contact_id=gone.contact_id, contact_version=1, company_id=gone.company_id)
    )
    assert made.contact_created
    assert made.contact_id != gone.contact_id


async def test_address_that_belongs_to_somebody_else_is_not_given_to_the_contact(crm: Crm) -> None:
    other = await crm.create_lead_records(records())
    caller = await crm.create_lead_records(
        records(
            "lead-2", of=lead("lead-2", email=None, phone="+12025550199", company=None, company_domain=None)
        )
    )
    await crm.create_lead_records(records("lead-3", of=lead("lead-3"), contact_id=caller.contact_id))
    assert (await crm.get_contact(caller.contact_id)).email is None
    assert (await crm.get_contact(other.contact_id)).email == "zoe@acme.example"


async def test_contact_is_in_a_programme_once_at_a_time(crm: Crm) -> None:
    made = await asyncio.gather(*(crm.create_lead_records(enrolment(f"lead-{n}")) for n in range(5)))
    other = await crm.create_lead_records(enrolment("lead-9", programme="webinars"))
    assert len({one.work_id for one in made}) == 1
    assert other.work_id not in {one.work_id for one in made}


async def test_long_values_are_kept_whole_and_longer_ones_refused_by_field(
    crm: Crm, crm_world: CrmWorld
) -> None:
    name, job_title = crm_world.longest_of("name"), crm_world.longest_of("job_title")
    title = crm_world.longest_of("title")[:500]
    made = await crm.create_lead_records(
        records(of=lead(name=name, job_title=job_title, company=crm_world.longest_of("company")), title=title)
    )
    contact = await crm.get_contact(made.contact_id)
    assert (contact.name, contact.job_title) == (name, job_title)
    assert (await crm.get_work(made.work_id)).title == title
    with Refused(FailureCode.REJECTED):
        await crm.create_lead_records(records("lead-2", of=lead("lead-2", email=None, name=name + "ä")))


async def test_schema_names_every_field_with_its_length(crm: Crm, crm_world: CrmWorld) -> None:
    fields = {(field.crm_object, field.name): field.max_length for field in (await crm.describe()).fields}
    assert crm_world.schema
    assert {named: fields[named] for named in crm_world.schema} == dict(crm_world.schema)


async def test_undo_deletes_what_the_key_made(crm: Crm) -> None:
    made = await crm.create_lead_records(records())
    undone = await crm.delete_lead_records(UndoInput(key=records().key))
    assert (undone.undone, undone.kept) == (True, ())
    assert await crm.find_account("acme.example") is None
    with Refused(FailureCode.NOT_FOUND):
        await crm.get_contact(made.contact_id)
    with Refused(FailureCode.NOT_FOUND):
        await crm.get_work(made.work_id)


async def test_undo_twice_and_at_once_changes_nothing_more(crm: Crm) -> None:
    await crm.create_lead_records(records())
    undo = UndoInput(key=records().key)
    await asyncio.gather(*(crm.delete_lead_records(undo) for _ in range(10)))
    second = await crm.create_lead_records(records("lead-2"))
    await crm.delete_lead_records(undo)
    assert (await crm.get_contact(second.contact_id)).id == second.contact_id


async def test_undo_of_what_never_happened_bars_the_late_step(crm: Crm) -> None:
    undone = await crm.delete_lead_records(UndoInput(key=records().key))
    assert not undone.undone
    with Refused(FailureCode.CONFLICT):
        await crm.create_lead_records(records())
    assert await crm.find_contacts(matches()) == ()


async def test_step_after_its_undo_is_refused(crm: Crm) -> None:
    await crm.create_lead_records(records())
    await crm.delete_lead_records(UndoInput(key=records().key))
    with Refused(FailureCode.CONFLICT):
        await crm.create_lead_records(records())


async def test_step_and_undo_at_once_leave_all_or_nothing(crm: Crm) -> None:
    for number in range(10):
        request = records(f"lead-{number}")
        await asyncio.gather(
            crm.create_lead_records(request),
            crm.delete_lead_records(UndoInput(key=request.key)),
            return_exceptions=True,
        )
        assert await crm.find_contacts(matches()) == ()


async def test_undo_keeps_contact_and_company_that_others_rely_on(crm: Crm) -> None:
    first = await crm.create_lead_records(records())
    second = await crm.create_lead_records(records("lead-2"))
    undone = await crm.delete_lead_records(UndoInput(key=records().key))
    assert undone.kept == ("contact", "company")
    assert (await crm.get_contact(first.contact_id)).id == second.contact_id
    with Refused(FailureCode.NOT_FOUND):
        await crm.get_work(first.work_id)
    assert (await crm.get_work(second.work_id)).contact_id == second.contact_id


async def test_undo_keeps_work_that_another_lead_was_noted_on(crm: Crm) -> None:
    made = await crm.create_lead_records(records())
    await crm.create_note(CreateNoteInput(key="merge", body="Asked again", work_id=made.work_id))
    undone = await crm.delete_lead_records(UndoInput(key=records().key))
    assert undone.kept == ("deal", "contact", "company")
    assert (await crm.get_work(made.work_id)).id == made.work_id


async def test_undo_keeps_a_contact_that_something_was_written_about(crm: Crm) -> None:
    made = await crm.create_lead_records(records())
    note = CreateNoteInput(key="elsewhere", body="Called us", contact_id=made.contact_id)
    task = CreateTaskInput(key="task", subject="Call", owner_id="sam", contact_id=made.contact_id)
    await crm.create_note(note)
    assert (await crm.delete_lead_records(UndoInput(key=records().key))).kept == ("contact", "company")
    second = await crm.create_lead_records(records("lead-2"))
    assert second.contact_id == made.contact_id
    await crm.create_task(task)
    await crm.delete_note(UndoInput(key=note.key))
    await crm.delete_lead_records(UndoInput(key=records("lead-2").key))
    assert (await crm.get_contact(made.contact_id)).id == made.contact_id


async def test_undo_empties_what_it_filled(crm: Crm) -> None:
    made = await crm.create_lead_records(records(of=lead(phone=None, job_title=None)))
    await crm.create_lead_records(records("lead-2", of=lead("lead-2", job_title="CTO")))
    assert (await crm.get_contact(made.contact_id)).job_title == "CTO"
    undone = await crm.delete_lead_records(UndoInput(key=records("lead-2").key))
    contact = await crm.get_contact(made.contact_id)
    assert (undone.undone, undone.kept) == (True, ())
    assert (contact.phone, contact.job_title, contact.name) == (None, None, "Zoë Nuñez")


async def test_undo_leaves_filled_fields_alone_once_somebody_changed_the_contact(crm: Crm) -> None:
    made = await crm.create_lead_records(records(of=lead(phone=None)))
    await crm.create_lead_records(records("lead-2"))
    read = await crm.get_contact(made.contact_id)
    await crm.update_contact(
        UpdateContactInput(key="edit", contact_id=read.id, expected_version=read.version, job_title="CEO")
    )
    undone = await crm.delete_lead_records(UndoInput(key=records("lead-2").key))
    contact = await crm.get_contact(made.contact_id)
    assert undone.kept == ("contact",)
    assert (contact.phone, contact.job_title) == ("+12025550143", "CEO")


async def test_undo_of_an_address_that_was_filled_in_lets_the_number_stand_for_the_person_again(
    crm: Crm,
) -> None:
    caller = lead(email=None, company=None, company_domain=None)
    made = await crm.create_lead_records(records(of=caller))
    filled = records("lead-2", contact_id=made.contact_id)
    await crm.create_lead_records(filled)
    assert (await crm.get_contact(made.contact_id)).email == "zoe@acme.example"
    await crm.delete_lead_records(UndoInput(key=filled.key))
    again = await crm.create_lead_records(
        records("lead-3", of=caller.model_copy(update={"lead_id": "lead-3"}))
    )
    assert (await crm.get_contact(made.contact_id)).email is None
    assert again.contact_id == made.contact_id


async def test_undo_keeps_an_enrolment_that_was_there_before(crm: Crm) -> None:
    first = await crm.create_lead_records(enrolment("lead-1"))
    await crm.create_lead_records(enrolment("lead-2"))
    await crm.delete_lead_records(UndoInput(key=enrolment("lead-2").key))
    assert (await crm.get_work(first.work_id)).kind is WorkKind.ENROLMENT


async def test_clock_that_runs_backwards_changes_no_result(crm: Crm, clock: SettableClock) -> None:
    made = await crm.create_lead_records(records())
    clock.advance(days=-400)
    moved = await crm.move_stage(MoveStageInput(key="move", work_id=made.work_id, stage="qualified"))
    assigned = await crm.assign_owner(AssignOwnerInput(key="own", work_id=made.work_id, owner_id="kim"))
    task = CreateTaskInput(key=step("lead-1", "task"), subject="Call", owner_id="kim", work_id=made.work_id)
    await crm.create_task(task)
    await crm.delete_task(UndoInput(key=task.key))
    assert len({made.work_version, moved.version, assigned.version}) == 3
    assert (await crm.delete_lead_records(UndoInput(key=records().key))).kept == ()
