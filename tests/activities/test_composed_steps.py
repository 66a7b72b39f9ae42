"""The few steps that put several answers together."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.matching import MatchingActivities
from activities.reading import ReadingActivities
from connectors.extractive import ExtractiveSummariser
from connectors.store.arrivals import SqlArrivals
from connectors.store.crm import SqlCrm
from connectors.store.engine import Store
from contracts.classification import ClassifyLeadInput, ModelAnswer, SummariseTranscriptInput
from contracts.crm import CreateLeadRecordsInput
from contracts.failures import FailureCode, ServiceFailure
from contracts.lead import EntryKind, NormalisedLead
from contracts.matching import FindMatchesInput
from contracts.policy import PolicyBundle
from contracts.routing import LeadPath
from tests.faults import Faults, faulty
from tests.workflows.policies import house_rules

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Bundles:
    """A library that has one bundle under every hash."""

    async def pin_active(self) -> Any:
        raise NotImplementedError

    async def load(self, policy_hash: str) -> PolicyBundle:
        return house_rules()


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    async with await Store.open(store_url) as opened:
        yield opened


@pytest.fixture
def faults() -> Faults:
    return Faults()


def question(lead_id: str = "c1", **fields: Any) -> FindMatchesInput:
    parts: dict[str, Any] = {
        "lead_id": lead_id,
        "policy_hash": "h",
        "arrived_at": NOW,
        "email": "ann@acme.example",
    }
    return FindMatchesInput(**(parts | fields))


def matching(store: Store, faults: Faults) -> MatchingActivities:
    crm = SqlCrm(store, lambda: NOW)
    return MatchingActivities(faulty(crm, faults), faulty(SqlArrivals(store), faults), Bundles())


async def known_contact(store: Store) -> None:
    lead = NormalisedLead(
        lead_id="c0",
        entry_kind=EntryKind.LANDING_FORM,
        source="website",
        name="Ann Lee",
        email="ann@acme.example",
        company="Acme",
        company_domain="acme.example",
        occurred_at=NOW,
        received_at=NOW,
    )
    request = CreateLeadRecordsInput(
        key="k", lead=lead, path=LeadPath.SALES, stage="new", title="A request", owner_id="o-ada"
    )
    await SqlCrm(store, lambda: NOW).create_lead_records(request)


async def test_matches_hold_contacts_account_and_runs_in_flight(store: Store, faults: Faults) -> None:
    await known_contact(store)
    steps = matching(store, faults)
    run = ActivityEnvironment().run
    await run(steps.find_matches, question("c1", arrived_at=NOW - timedelta(minutes=1)))
    found = await run(steps.find_matches, question("c2", company_domain="acme.example"))
    assert [contact.email for contact in found.contacts] == ["ann@acme.example"]
    assert found.account is not None
    assert found.account.owner_id == "o-ada"
    assert [other.lead_id for other in found.in_flight] == ["c1"]
    assert found.recent_arrivals == 2


async def test_lead_is_claimed_before_the_crm_is_read(store: Store, faults: Faults) -> None:
    faults.fail("find_contacts", FailureCode.UNAVAILABLE, calls=(1,))
    steps = matching(store, faults)
    with pytest.raises(ServiceFailure):
        await ActivityEnvironment().run(steps.find_matches, question("c1"))
    later = question("c2", arrived_at=NOW + timedelta(minutes=1))
    found = await ActivityEnvironment().run(steps.find_matches, later)
    assert [other.lead_id for other in found.in_flight] == ["c1"]


async def test_lead_without_a_company_asks_for_no_account(store: Store, faults: Faults) -> None:
    await ActivityEnvironment().run(matching(store, faults).find_matches, question())
    assert faults.count("find_account") == 0


async def test_repeated_question_claims_once(store: Store, faults: Faults) -> None:
    steps = matching(store, faults)
    first = await ActivityEnvironment().run(steps.find_matches, question())
    assert await ActivityEnvironment().run(steps.find_matches, question()) == first


class Overconfident:
    """A model that answers what nobody asked for."""

    async def classify(self, request: Any) -> ModelAnswer:
        return ModelAnswer(category="world-peace", confidence=7.0, evidence=("secret plans",), model="m-1")


async def test_answer_of_a_model_is_never_taken_as_it_is() -> None:
    reading = ReadingActivities(Overconfident(), ExtractiveSummariser(), Bundles())
    request = ClassifyLeadInput(key="k", policy_hash="h", text="Good morning")
    trusted = await ActivityEnvironment().run(reading.classify_lead, request)
    assert (trusted.category, trusted.evidence, trusted.needs_person) == (None, (), True)
    assert 0 <= trusted.confidence <= 1


async def test_summary_is_made_of_sentences_of_the_source() -> None:
    text = "Hello there. We need a crm pipeline by March. Goodbye."
    reading = ReadingActivities(Overconfident(), ExtractiveSummariser(), Bundles())
    request = SummariseTranscriptInput(key="k", policy_hash="h", transcript=text)
    summary = await ActivityEnvironment().run(reading.summarise_transcript, request)
    assert summary.sentences
    assert all(text[one.start : one.end] == one.text for one in summary.sentences)
