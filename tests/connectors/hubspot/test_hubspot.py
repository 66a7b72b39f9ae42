"""HubSpot: error answers, odd answers, lost answers, and the fake as the vendor's own client sees it."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.connections.crm import HubSpotSettings
from connectors.errors import ErrorRow, declared
from connectors.http import HttpSystem
from connectors.hubspot.errors import ERRORS
from connectors.hubspot.opening import hubspot_system
from connectors.hubspot.records import HubSpotRecords
from connectors.remote_crm.records import Kind
from connectors.remote_crm.translation import Owners, Translation
from contracts.crm import CreateNoteInput, CreateTaskInput, UndoInput
from contracts.failures import FailureCode, ServiceFailure
from rules.crm_drift import drift, too_short
from tests.connectors.conformance.as_temporal import as_temporal_calls
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import lead, matches, records
from tests.connectors.hubspot.conftest import MAPPING, House
from tests.connectors.odd_answers import ODD_ANSWERS, SOON, OddAnswer
from tests.connectors.onboarding_examples import moving, opening
from tests.fakes.server import Asked


def answering(transport: httpx.MockTransport) -> HubSpotRecords:
    system = HttpSystem("crm", "https://hubspot.example", errors=ERRORS, transport=transport, within=SOON)

    async def nobody() -> dict[str, str]:
        return {}

    return HubSpotRecords(system, Translation(MAPPING, Owners({}, {}, nobody)))


OPERATIONS: dict[str, Callable[[HubSpotRecords], Awaitable[Any]]] = {
    "get": lambda held: held.get(Kind.CONTACT, "1"),
    "get_many": lambda held: held.get_many(Kind.DEAL, ["1"]),
    "by_key": lambda held: held.by_key(Kind.DEAL, "key"),
    "by_email": lambda held: held.by_email("zoe@acme.example"),
    "create": lambda held: held.create(Kind.CONTACT, "key", {"name": "Zoë"}),
    "upsert": lambda held: held.upsert(Kind.NOTE, "key", {"body": "Note"}),
    "linked": lambda held: held.linked(Kind.CONTACT, ["1"], Kind.DEAL),
    "search": lambda held: held.search(Kind.CONTACT, [{"phone": "+12025550143"}]),
    "describe": lambda held: held.describe(),
}
WITHOUT_BODY: dict[str, Callable[[HubSpotRecords], Awaitable[Any]]] = {
    "change": lambda held: held.change(Kind.CONTACT, "1", {"name": "Zoë"}),
    "delete": lambda held: held.delete(Kind.CONTACT, "1"),
    "link": lambda held: held.link(Kind.CONTACT, "1", [(Kind.DEAL, "2")]),
    "unlink": lambda held: held.unlink(Kind.CONTACT, "1", Kind.COMPANY, "2"),
}
"""Of these the status alone says that they succeeded: what a body holds is not read."""


@pytest.mark.parametrize("odd", ODD_ANSWERS, ids=str)
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_odd_answer_ends_in_a_named_failure(operation: str, odd: OddAnswer) -> None:
    with pytest.raises(ServiceFailure) as caught:
        await OPERATIONS[operation](answering(odd.transport()))
    assert caught.value.code in odd.expected
    assert "Ann" not in str(caught.value)


@pytest.mark.parametrize("odd", [one for one in ODD_ANSWERS if one.status != 200 or one.error], ids=str)
@pytest.mark.parametrize("operation", WITHOUT_BODY)
async def test_odd_answer_to_what_reads_no_body_ends_in_a_named_failure(
    operation: str, odd: OddAnswer
) -> None:
    with pytest.raises(ServiceFailure) as caught:
        await WITHOUT_BODY[operation](answering(odd.transport()))
    assert caught.value.code in odd.expected


OWN = {row.status for row in ERRORS.rows if row.code is None}
ROWS = [row for row in declared(ERRORS) if row in ERRORS.rows or row.status not in OWN]
"""Without those of HTTP that HubSpot's own take the place of."""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.status}-{row.code}")
async def test_every_error_row_means_what_the_table_says(row: ErrorRow) -> None:
    status = row.status or 400
    body = {"status": "error", "category": "RATE_LIMITS", "message": "m", "correlationId": "c"}
    body |= {"policyName": row.code} if status == 429 and row.code else {}
    body |= {"category": row.code} if status != 429 and row.code else {}
    said = httpx.MockTransport(lambda _: httpx.Response(status, json=body))
    with pytest.raises(ServiceFailure) as caught:
        await answering(said).upsert(Kind.NOTE, "key", {"body": "Note"})
    assert (caught.value.code, caught.value.retryable) == (row.meaning, row.retryable)
    assert caught.value.retry_after == row.wait


async def test_rate_limit_says_how_long_to_wait(house: House) -> None:
    said = {
        "status": "error",
        "category": "RATE_LIMITS",
        "policyName": "TEN_SECONDLY_ROLLING",
        "message": "m",
    }
    house.fake.refuse_next(429, said)
    with pytest.raises(ServiceFailure) as caught:
        await house.crm.get_contact("contact_1")
    assert caught.value.code is FailureCode.RATE_LIMITED
    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 10


async def test_wrong_token_is_for_the_site_engineer(url: str) -> None:
    settings = HubSpotSettings(token=SecretStr("pat-wrong"), url=url)
    async with hubspot_system(settings) as system:
        held = HubSpotRecords(system, Translation(MAPPING, Owners({}, {}, _nobody)))
        with pytest.raises(ServiceFailure) as caught:
            await held.describe()
    assert caught.value.code is FailureCode.FORBIDDEN
    assert "pat-wrong" not in str(caught.value)


async def _nobody() -> dict[str, str]:
    return {}


WRITES = {"POST", "PATCH", "PUT", "DELETE"}


def losing_the_nth_write(number: int) -> Callable[[Asked], bool]:
    """A gateway that loses the answer of one write, which was carried out."""
    seen = 0

    def lose(asked: Asked) -> bool:
        nonlocal seen
        is_write = asked.method in WRITES and asked.path[-1] not in ("read", "search")
        seen += is_write
        return is_write and seen == number

    return lose


@pytest.mark.parametrize("lost", range(1, 7))
async def test_records_are_made_once_whichever_answer_is_lost(
    house: House, clock: SettableClock, lost: int
) -> None:
    house.fake.losing = losing_the_nth_write(lost)
    with pytest.raises(ServiceFailure) as caught:
        await house.crm.create_lead_records(records())
    assert caught.value.outcome_unknown
    clock.advance(minutes=2)
    made = await house.crm.create_lead_records(records())
    assert [house.fake.count(name) for name in ("contacts", "companies", "deals")] == [1, 1, 1]
    assert (made.contact_created, made.company_created) == (True, True)
    assert (await house.crm.delete_lead_records(UndoInput(key=records().key))).kept == ()
    assert [house.fake.count(name) for name in ("contacts", "companies", "deals")] == [0, 0, 0]


@pytest.mark.parametrize("lost", range(1, 7))
async def test_undo_takes_back_what_a_lost_call_made(house: House, clock: SettableClock, lost: int) -> None:
    house.fake.losing = losing_the_nth_write(lost)
    with pytest.raises(ServiceFailure):
        await house.crm.create_lead_records(records())
    house.fake.account.settle()
    clock.advance(minutes=2)
    assert (await house.crm.delete_lead_records(UndoInput(key=records().key))).undone
    assert [house.fake.count(name) for name in ("contacts", "companies", "deals")] == [0, 0, 0]


async def test_lost_task_and_note_are_made_once_and_undone(house: House, clock: SettableClock) -> None:
    task = CreateTaskInput(key="task", subject="Call", owner_id="sam")
    note = CreateNoteInput(key="note", body="Reasons")
    house.fake.losing = lambda asked: asked.path[-1] == "upsert"
    for work in (house.crm.create_task(task), house.crm.create_note(note)):
        with pytest.raises(ServiceFailure):
            await work
    house.fake.losing = lambda _: False
    clock.advance(minutes=2)
    await house.crm.create_task(task)
    assert (house.fake.count("tasks"), house.fake.count("notes")) == (1, 1)
    assert (await house.crm.delete_note(UndoInput(key="note"))).undone
    assert (await house.crm.delete_task(UndoInput(key="task"))).undone
    assert (house.fake.count("tasks"), house.fake.count("notes")) == (0, 0)


async def test_move_of_an_account_whose_answer_was_lost_is_taken_back(
    house: House, clock: SettableClock
) -> None:
    opened = await house.accounts.open_account(opening())
    house.fake.losing = lambda asked: asked.method == "PATCH"
    with pytest.raises(ServiceFailure):
        await house.accounts.move_account(moving(opened.id))
    house.fake.losing = lambda _: False
    house.fake.account.settle()
    clock.advance(minutes=2)
    assert (await house.accounts.return_account(UndoInput(key=moving(opened.id).key))).undone
    assert (await house.accounts.account(opened.id)).stage == opened.stage


async def test_new_contact_is_known_by_its_address_before_the_search_shows_it(house: House) -> None:
    made = await house.crm.create_lead_records(records())
    (found,) = await house.crm.find_contacts(matches())
    assert found.contact_id == made.contact_id
    assert not any(asked.path[-1] == "search" and b"zoe@" in asked.body for asked in house.fake.asked)


async def test_contact_that_somebody_entered_by_hand_is_taken_up(house: House) -> None:
    by_hand = house.fake.account.create("contacts", {"email": "zoe@acme.example", "firstname": "Z"})
    made = await house.crm.create_lead_records(records())
    assert (made.contact_id, made.contact_created) == (f"contact_{by_hand.id}", False)
    assert (await house.crm.get_contact(made.contact_id)).name == "Z"
    await house.crm.delete_lead_records(UndoInput(key=records().key))
    assert (await house.crm.get_contact(made.contact_id)).phone is None


async def test_owner_whom_hubspot_does_not_know_is_refused_by_name_of_the_person(house: House) -> None:
    with pytest.raises(ServiceFailure) as caught:
        await house.crm.create_lead_records(records(owner_id="boss"))
    assert caught.value.code is FailureCode.REJECTED
    assert "boss" in str(caught.value)


async def test_owner_who_is_none_of_ours_is_kept_as_read(house: House) -> None:
    made = await house.crm.create_lead_records(records())
    deal = house.fake.account.objects["deals"][made.work_id.removeprefix("deal_")]
    house.fake.account.change("deals", deal, {"hubspot_owner_id": "9004"})
    assert (await house.crm.get_work(made.work_id)).owner_id == "owner-9004"


async def test_no_personal_data_stands_in_a_path(house: House) -> None:
    made = await as_temporal_calls(house.crm).create_lead_records(records(of=lead(job_title="CTO")))
    await house.crm.find_contacts(matches(phone="+12025550143", name="Zoë Nuñez"))
    await house.crm.get_contact(made.contact_id)
    paths = [str((asked.path, asked.query)) for asked in house.fake.asked]
    assert not any(value in path for path in paths for value in ("zoe@", "2025550143", "Zo"))


async def test_shipped_mapping_fits_and_drift_is_named_by_field(house: House) -> None:
    schema = await house.crm.describe()
    assert drift(MAPPING, schema) == ()
    assert too_short(MAPPING, schema) == ()
    fields = {(one.crm_object, one.name): one for one in schema.fields}
    del fields["contacts", "jobtitle"]
    fields["deals", "dealstage"] = fields["deals", "dealstage"].model_copy(update={"writable": False})
    fields["tickets", "throughline_key"] = fields["tickets", "throughline_key"].model_copy(
        update={"unique": False}
    )
    fields["companies", "name"] = fields["companies", "name"].model_copy(update={"max_length": 100})
    changed = schema.model_copy(update={"fields": tuple(fields.values())})
    assert set(drift(MAPPING, changed)) == {
        "contact.job_title -> contacts.jobtitle: the CRM has no such field",
        "deal.stage -> deals.dealstage: the CRM does not let it be written",
        "ticket.key -> tickets.throughline_key: the CRM lets two records have the same value",
        "enrolment.key -> tickets.throughline_key: the CRM lets two records have the same value",
    }
    assert too_short(MAPPING, changed) == (
        "company.name -> companies.name: 500 characters may come, the CRM holds 100",
    )
