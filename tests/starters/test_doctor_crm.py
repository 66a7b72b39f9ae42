"""`doctor` asks a CRM of others for its schema, and says field by field what does not fit."""

from collections.abc import Generator

import pytest
from pydantic import SecretStr

from connectors.connections.crm import HubSpotSettings, TrytonSettings
from connectors.settings import ConnectorSettings
from runtime.settings import Settings
from starters.findings import Verdict
from starters.local_checks import mapping_findings
from tests.bundles import small_bundle
from tests.connectors.conformance.hubspot_world import shipped_mapping
from tests.fakes.hubspot.routes import TOKEN, FakeHubSpot
from tests.fakes.server import served

MAPPING = shipped_mapping("hubspot")


@pytest.fixture
def url() -> Generator[str]:
    with served(FakeHubSpot()) as at:
        yield at


def chosen(url: str, token: str = TOKEN) -> Settings:
    return Settings(
        connectors=ConnectorSettings(crm="hubspot"), hubspot=HubSpotSettings(token=SecretStr(token), url=url)
    )


async def test_crm_that_holds_every_field_is_well(url: str) -> None:
    (finding,) = await mapping_findings(chosen(url), small_bundle(crm={"hubspot": MAPPING}))
    assert (finding.verdict, finding.detail) == (Verdict.OK, "hubspot holds every field of crm.yaml")


async def test_field_that_is_not_there_is_a_problem_with_its_name(url: str) -> None:
    note = MAPPING.note.model_copy(update={"fields": {"body": "hs_note_bdy", "at": "hs_timestamp"}})
    drifted = MAPPING.model_copy(update={"note": note})
    (finding,) = await mapping_findings(chosen(url), small_bundle(crm={"hubspot": drifted}))
    assert finding.verdict is Verdict.PROBLEM
    assert finding.detail == "note.body -> notes.hs_note_bdy: the CRM has no such field"


async def test_crm_of_which_the_policy_says_nothing_or_that_lets_nobody_in_is_a_problem(url: str) -> None:
    (silent,) = await mapping_findings(chosen(url), small_bundle())
    (locked,) = await mapping_findings(chosen(url, "pat-wrong"), small_bundle(crm={"hubspot": MAPPING}))
    assert (silent.verdict, silent.detail) == (Verdict.PROBLEM, "crm.yaml says nothing about hubspot")
    assert locked.verdict is Verdict.PROBLEM
    assert "pat-wrong" not in locked.detail


async def test_crm_that_nothing_is_mapped_to_is_well() -> None:
    tryton = TrytonSettings(url="http://127.0.0.1:9", database="db", key=SecretStr("k"))
    settings = Settings(connectors=ConnectorSettings(crm="tryton"), tryton=tryton)
    (finding,) = await mapping_findings(settings, small_bundle())
    assert finding.verdict is Verdict.OK
    assert "tryton" in finding.detail
