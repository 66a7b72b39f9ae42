"""Salesforce: error answers, odd answers, lost answers, and a token that is renewed once."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from connectors.errors import ErrorRow, declared
from connectors.http import HttpSystem
from connectors.keyed import RemoteEffects
from connectors.remote_crm.accounts import RemoteAccounts
from connectors.remote_crm.crm import RemoteCrm
from connectors.remote_crm.records import Kind
from connectors.salesforce.errors import ERRORS
from connectors.salesforce.opening import salesforce, salesforce_records, salesforce_system
from connectors.salesforce.records import SalesforceRecords
from connectors.store.effect_memory import SqlEffectMemory
from connectors.store.engine import Store
from contracts.crm import CreateTaskInput, UndoInput
from contracts.failures import FailureCode, ServiceFailure
from rules.crm_drift import drift, too_short
from tests.connectors.conformance.hubspot_world import PEOPLE, shipped_mapping
from tests.connectors.conformance.salesforce_world import settings_for
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import lead, matches, records
from tests.connectors.odd_answers import ODD_ANSWERS, SOON, OddAnswer
from tests.fakes.salesforce.org import FakeSalesforce
from tests.fakes.server import Asked, served

MAPPING = shipped_mapping("salesforce")


@dataclass(frozen=True)
class House:
    """Our connector and the org that it speaks to."""

    fake: FakeSalesforce
    crm: RemoteCrm
    accounts: RemoteAccounts


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest_asyncio.fixture
async def house(store: Store, clock: SettableClock) -> AsyncGenerator[House]:
    fake = FakeSalesforce()
    with served(fake) as url:
        settings, effects = settings_for(url), RemoteEffects(SqlEffectMemory(store, clock, "crm"))
        async with salesforce_system(settings) as system:
            held = salesforce_records(system, settings, MAPPING, PEOPLE, clock)
            yield House(fake, *salesforce(held, effects, clock))


def answering(transport: httpx.MockTransport) -> SalesforceRecords:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/services/oauth2/token":
            return httpx.Response(200, json={"access_token": "t"})
        said = transport.handler(request)
        assert isinstance(said, httpx.Response)
        return said

    settings = settings_for("https://acme.my.salesforce.example")
    system = HttpSystem(
        "crm", settings.url, errors=ERRORS, transport=httpx.MockTransport(answer), within=SOON
    )
    return salesforce_records(system, settings, MAPPING, {}, lambda: datetime.now(UTC))


OPERATIONS: dict[str, Callable[[SalesforceRecords], Awaitable[Any]]] = {
    "get": lambda held: held.get(Kind.CONTACT, "003000000000000001"),
    "get_many": lambda held: held.get_many(Kind.DEAL, ["006000000000000001"]),
    "by_key": lambda held: held.by_key(Kind.DEAL, "key"),
    "by_email": lambda held: held.by_email("zoe@acme.example"),
    "create": lambda held: held.create(Kind.CONTACT, "key", {"name": "Zoë"}),
    "upsert": lambda held: held.upsert(Kind.NOTE, "key", {"body": "Note"}),
    "linked": lambda held: held.linked(Kind.CONTACT, ["003000000000000001"], Kind.DEAL),
    "search": lambda held: held.search(Kind.CONTACT, [{"phone": "+12025550143"}]),
    "describe": lambda held: held.describe(),
}
WITHOUT_BODY: dict[str, Callable[[SalesforceRecords], Awaitable[Any]]] = {
    "change": lambda held: held.change(Kind.CONTACT, "003000000000000001", {"name": "Zoë"}),
    "delete": lambda held: held.delete(Kind.CONTACT, "003000000000000001"),
    "link": lambda held: held.link(Kind.CONTACT, "003", [(Kind.COMPANY, "001")]),
}
"""Of these the status alone says that they succeeded."""


@pytest.mark.parametrize("odd", ODD_ANSWERS, ids=str)
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_odd_answer_ends_in_a_named_failure(operation: str, odd: OddAnswer) -> None:
    with pytest.raises(ServiceFailure) as caught:
        await OPERATIONS[operation](answering(odd.transport()))
    assert caught.value.code in odd.expected


@pytest.mark.parametrize("odd", [one for one in ODD_ANSWERS if one.status != 200 or one.error], ids=str)
@pytest.mark.parametrize("operation", WITHOUT_BODY)
async def test_odd_answer_to_what_reads_no_body_ends_in_a_named_failure(
    operation: str, odd: OddAnswer
) -> None:
    with pytest.raises(ServiceFailure) as caught:
        await WITHOUT_BODY[operation](answering(odd.transport()))
    assert caught.value.code in odd.expected


@pytest.mark.parametrize("row", declared(ERRORS), ids=lambda row: f"{row.status}-{row.code}")
async def test_every_error_row_means_what_the_table_says(row: ErrorRow) -> None:
    body = [{"message": "m", "errorCode": row.code or "SOME_CODE", "fields": []}]
    said = httpx.MockTransport(lambda _: httpx.Response(row.status or 400, json=body))
    with pytest.raises(ServiceFailure) as caught:
        await answering(said).upsert(Kind.NOTE, "key", {"body": "Note"})
    assert (caught.value.code, caught.value.retryable) == (row.meaning, row.retryable)
    assert caught.value.retry_after == row.wait


@pytest.mark.parametrize("row", [one for one in ERRORS.rows if one.status == 400 and one.code], ids=str)
async def test_refusal_inside_a_success_means_what_the_table_says(row: ErrorRow) -> None:
    outcome = {"success": False, "errors": [{"statusCode": row.code, "message": "m", "fields": []}]}
    said = httpx.MockTransport(lambda _: httpx.Response(200, json=[outcome]))
    with pytest.raises(ServiceFailure) as caught:
        await answering(said).upsert(Kind.NOTE, "key", {"body": "Note"})
    assert (caught.value.code, caught.value.retry_after) == (row.meaning, row.wait)


async def test_key_that_no_path_would_take_is_a_key(house: House) -> None:
    key = "lead-intake/acme.inc#100% ünï"
    task = await house.crm.create_task(CreateTaskInput(key=key, subject="Call", owner_id="sam"))
    found = await house.crm.records.by_key(Kind.TASK, key)
    assert found is not None
    assert found.id == task.id
    assert not any("acme" in part for asked in house.fake.asked for part in asked.path)


async def test_expired_token_is_renewed_once_for_all_calls(house: House) -> None:
    made = await house.crm.create_lead_records(records())
    house.fake.expire()
    assert (await house.crm.get_contact(made.contact_id)).id == made.contact_id
    assert house.fake.tokens == 2


async def test_token_that_is_refused_after_its_renewal_is_for_the_site_engineer(house: House) -> None:
    house.fake.refusing += [house.fake.expired()] * 2
    with pytest.raises(ServiceFailure) as caught:
        await house.crm.get_contact("contact_003000000000000001")
    assert caught.value.code is FailureCode.FORBIDDEN


async def test_wrong_secret_is_for_the_site_engineer_and_stands_in_no_text() -> None:
    with served(FakeSalesforce()) as url:
        settings = settings_for(url).model_copy(update={"client_secret": SecretStr("wrong-secret")})
        async with salesforce_system(settings) as system:
            held = salesforce_records(system, settings, MAPPING, {}, lambda: datetime.now(UTC))
            with pytest.raises(ServiceFailure) as caught:
                await held.describe()
    assert caught.value.code is FailureCode.FORBIDDEN
    assert "wrong-secret" not in str(caught.value)


def losing_the_nth_write(number: int) -> Callable[[Asked], bool]:
    """A gateway that loses the answer of one write, which was carried out."""
    seen = 0

    def lose(asked: Asked) -> bool:
        nonlocal seen
        is_write = asked.method != "GET" and asked.path[-1] != "composite"
        seen += is_write
        return is_write and seen == number

    return lose


COUNTED = ("Contact", "Account", "Opportunity")


@pytest.mark.parametrize("lost", range(1, 6))
async def test_records_are_made_once_whichever_answer_is_lost(
    house: House, clock: SettableClock, lost: int
) -> None:
    house.fake.losing = losing_the_nth_write(lost)
    with pytest.raises(ServiceFailure) as caught:
        await house.crm.create_lead_records(records())
    assert caught.value.outcome_unknown
    clock.advance(minutes=2)
    made = await house.crm.create_lead_records(records())
    assert [house.fake.count(name) for name in COUNTED] == [1, 1, 1]
    assert (made.contact_created, made.company_created) == (True, True)
    assert (await house.crm.delete_lead_records(UndoInput(key=records().key))).kept == ()
    assert [house.fake.count(name) for name in COUNTED] == [0, 0, 0]


@pytest.mark.parametrize("lost", range(1, 6))
async def test_undo_takes_back_what_a_lost_call_made(house: House, clock: SettableClock, lost: int) -> None:
    house.fake.losing = losing_the_nth_write(lost)
    with pytest.raises(ServiceFailure):
        await house.crm.create_lead_records(records())
    clock.advance(minutes=2)
    assert (await house.crm.delete_lead_records(UndoInput(key=records().key))).undone
    assert [house.fake.count(name) for name in COUNTED] == [0, 0, 0]


async def test_quotes_and_wildcards_in_names_are_only_text(house: House) -> None:
    name = "O'Brien\\ %' OR Name != '"
    made = await house.crm.create_lead_records(records(of=lead(name=name, email="o'brien@acme.example")))
    (found,) = await house.crm.find_contacts(matches(email="o'brien@acme.example", name=name))
    assert (found.contact_id, found.name) == (made.contact_id, name)
    assert await house.crm.find_contacts(matches(email=None, name="Somebody' OR LastName LIKE '%")) == ()


async def test_contact_without_a_name_has_none_for_us(house: House) -> None:
    made = await house.crm.create_lead_records(records(of=lead(name=None)))
    assert (await house.crm.get_contact(made.contact_id)).name is None


async def test_shipped_mapping_fits_the_schema_and_short_fields_are_named(house: House) -> None:
    schema = await house.crm.describe()
    assert drift(MAPPING, schema) == ()
    assert "deal.title -> Opportunity.Name: 500 characters may come, the CRM holds 120" in too_short(
        MAPPING, schema
    )
