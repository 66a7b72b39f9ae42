"""Pipedrive: a search that lags, what people wrote, what the connector asks for, and its mapping."""

import asyncio
from collections.abc import Mapping

import pytest
from pydantic import SecretStr

from connectors.connections.crm import PipedriveSettings
from connectors.keyed import RemoteEffects
from connectors.pipedrive import Pipedrive, pipedrive_system
from connectors.remote_crm.keyless import KeylessRecords, Row
from connectors.remote_crm.records import Kind
from connectors.remote_crm.translation import Owners, Translation
from connectors.store.effect_memory import SqlEffectMemory
from connectors.store.engine import Store
from contracts.crm import CreateNoteInput, UndoInput, UpdateContactInput
from contracts.failures import FailureCode, ServiceFailure
from rules.crm_drift import drift, too_short
from tests.connectors.conformance.hubspot_world import shipped_mapping
from tests.connectors.conformance.pipedrive_world import opened
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import lead, matches, records
from tests.connectors.pipedrive.conftest import House
from tests.fakes.pipedrive.routes import TOKEN, FakePipedrive
from tests.fakes.pipedrive.schema import code

MAPPING = shipped_mapping("pipedrive")


async def test_person_is_found_among_the_newest_while_the_search_lags_and_by_search_later(
    house: House,
) -> None:
    made = await house.crm.create_lead_records(records())
    (found,) = await house.crm.find_contacts(matches())
    assert found.contact_id == made.contact_id
    house.fake.company.settle()
    for number in range(201):
        house.fake.company.create("persons", {"name": f"Person {number}"})
    again = await house.crm.create_lead_records(records("lead-2"))
    assert (again.contact_id, again.contact_created) == (made.contact_id, False)


async def test_key_in_another_field_or_in_capitals_is_not_taken_for_ours(house: House) -> None:
    made = await house.crm.create_lead_records(records())
    person = made.contact_id.removeprefix("contact_")
    ours = code("persons", "throughline_key")
    key = house.fake.company.get("persons", person)["custom_fields"][ours]
    await house.crm.delete_lead_records(UndoInput(key=records().key))
    stray = {"name": "Stray", "custom_fields": {code("persons", "throughline_job_title"): key}}
    house.fake.company.create("persons", stray)
    house.fake.company.create("persons", {"name": "Other", "custom_fields": {ours: key.upper()}})
    house.fake.company.settle()
    assert (await house.crm.create_lead_records(records("lead-2"))).contact_created


class Hesitating(Pipedrive):
    """Takes its time between the look for a key and the write."""

    async def newest(self, crm_object: str, on: Mapping[str, str]) -> list[Row]:
        rows = await super().newest(crm_object, on)
        await asyncio.sleep(0.1)
        return rows


async def test_between_look_and_write_no_other_worker_gets_in(
    fake: FakePipedrive, url: str, store: Store, clock: SettableClock
) -> None:
    async with pipedrive_system(PipedriveSettings(token=SecretStr(TOKEN), url=url)) as system:
        crm, effects = Hesitating(system), RemoteEffects(SqlEffectMemory(store, clock, "crm"))
        records_of = KeylessRecords(crm, Translation(MAPPING, Owners({}, {}, crm.owners)), effects)
        calls = [records_of.create(Kind.CONTACT, "email:zoe@acme.example", {"name": "Zoë"}) for _ in range(2)]
        ended = await asyncio.gather(*calls, return_exceptions=True)
    refused = [one.code for one in ended if isinstance(one, ServiceFailure)]
    assert (refused, fake.count("persons")) == ([FailureCode.UNAVAILABLE], 1)


async def test_contact_that_somebody_entered_by_hand_is_taken_up_by_any_of_its_addresses(
    house: House,
) -> None:
    emails = [{"value": "z@home.example", "primary": True}, {"value": "Zoe@Acme.example", "primary": False}]
    by_hand = house.fake.company.create("persons", {"name": "Z", "emails": emails})
    made = await house.crm.create_lead_records(records())
    assert (made.contact_id, made.contact_created) == (f"contact_{by_hand['id']}", False)
    assert (await house.crm.get_contact(made.contact_id)).name == "Z"
    assert [way["value"] for way in by_hand["emails"]] == ["z@home.example", "Zoe@Acme.example"]


async def test_other_numbers_of_a_person_stay_when_one_is_changed(house: House) -> None:
    made = await house.crm.create_lead_records(records())
    person = house.fake.company.get("persons", made.contact_id.removeprefix("contact_"))
    person["phones"].append({"value": "+12025550199", "primary": False, "label": "home"})
    read = await house.crm.get_contact(made.contact_id)
    await house.crm.update_contact(
        UpdateContactInput(key="e", contact_id=read.id, expected_version=read.version, phone="+12025550111")
    )
    assert person["phones"] == [
        {"value": "+12025550111", "primary": True, "label": "work"},
        {"value": "+12025550199", "primary": False, "label": "home"},
    ]


async def test_deal_that_people_have_won_in_any_stage_is_won(house: House) -> None:
    made = await house.crm.create_lead_records(records())
    house.fake.company.change("deals", made.work_id.removeprefix("deal_"), {"stage_id": 3, "status": "won"})
    assert (await house.crm.get_work(made.work_id)).stage == "closed_won"


async def test_lists_are_read_page_by_page(house: House) -> None:
    house.fake.page = 2
    made = [await house.crm.create_lead_records(records(f"lead-{number}")) for number in range(5)]
    note = CreateNoteInput(key="note", body="Reasons", contact_id=made[0].contact_id)
    await house.crm.create_note(note)
    (found,) = await house.crm.find_contacts(matches())
    assert {work.id for work in found.open_work} == {one.work_id for one in made}


async def test_owner_whom_pipedrive_does_not_know_is_refused_by_name_of_the_person(house: House) -> None:
    with pytest.raises(ServiceFailure, match="boss") as caught:
        await house.crm.create_lead_records(records(owner_id="boss"))
    assert caught.value.code is FailureCode.REJECTED


async def test_wrong_token_is_for_the_site_engineer(url: str, store: Store, clock: SettableClock) -> None:
    async with opened(url, store, clock, token="s3cret") as world:
        with pytest.raises(ServiceFailure) as caught:
            await world.crm.describe()
    assert caught.value.code is FailureCode.FORBIDDEN
    assert "s3cret" not in str(caught.value)


async def test_field_that_is_not_there_is_named_when_it_is_written(house: House) -> None:
    house.fake.gone.add("throughline_step")
    with pytest.raises(ServiceFailure, match=r"persons\.throughline_step: there is no such field") as caught:
        await house.crm.create_lead_records(records())
    assert caught.value.code is FailureCode.REJECTED
    assert house.counted() == [0, 0, 0]


async def test_failures_hold_no_value_of_anybody(house: House) -> None:
    with pytest.raises(ServiceFailure) as caught:
        await house.crm.create_lead_records(records(of=lead(name="Secretary " * 40)))
    assert caught.value.code is FailureCode.REJECTED
    assert not any(value in str(caught.value) for value in ("Secretary", "zoe", "Zo", "555"))


async def test_shipped_mapping_fits_and_drift_is_named_by_field(house: House) -> None:
    schema = await house.crm.describe()
    assert drift(MAPPING, schema) == ()
    assert too_short(MAPPING, schema) == ()
    left = [one for one in schema.fields if one.name != "throughline_job_title"]
    left = [one for one in left if one.crm_object != "notes"]
    changed = schema.model_copy(update={"fields": tuple(left)})
    assert drift(MAPPING, changed) == (
        "contact.job_title -> persons.throughline_job_title: the CRM has no such field",
        "note -> notes: the CRM has no such object, or does not let us see it",
    )


async def test_fields_may_be_mapped_by_their_codes(house: House) -> None:
    schema = await house.crm.describe()
    contact = MAPPING.contact.model_copy(update={"key": code("persons", "throughline_key")})
    assert drift(MAPPING.model_copy(update={"contact": contact}), schema) == ()
