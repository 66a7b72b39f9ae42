"""`doctor` asks a CRM of others for its schema, and says field by field what does not fit."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Generator

import pytest
from pydantic import SecretStr

from connectors.connections.crm import HubSpotSettings, PipedriveSettings, TrytonSettings
from connectors.settings import ConnectorSettings
from connectors.tryton.cells import MODELS
from runtime.settings import Settings
from starters.findings import Finding, Verdict
from starters.local_checks import mapping_findings
from tests.bundles import small_bundle
from tests.connectors.conformance.hubspot_world import shipped_mapping
from tests.fakes.hubspot.routes import TOKEN, FakeHubSpot
from tests.fakes.pipedrive.routes import TOKEN as PIPEDRIVE_TOKEN
from tests.fakes.pipedrive.routes import FakePipedrive
from tests.fakes.server import Asked, Said, served

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


class TrytonModels:
    """Answers for the fields of models, as Tryton does of those that its modules define."""

    def __init__(self, *models: str) -> None:
        self._models = models

    def answer(self, asked: Asked) -> Said:
        domain = json.loads(urlsafe_b64decode(asked.query["d"][0]))
        return Said(200, [{"id": 1, "name": "id"}] if domain[0][2] in self._models else [])


async def trytons_findings(fake: TrytonModels) -> list[Finding]:
    """What doctor says of a Tryton with these models, by a policy that says nothing about Tryton."""
    with served(fake) as at:
        settings = Settings(
            connectors=ConnectorSettings(crm="tryton"),
            tryton=TrytonSettings(url=at, database="crm", key=SecretStr("k")),
        )
        return await mapping_findings(settings, small_bundle())


async def test_tryton_needs_no_part_of_the_policy() -> None:
    (finding,) = await trytons_findings(TrytonModels(*MODELS))
    assert (finding.verdict, finding.detail) == (
        Verdict.OK,
        "tryton has every model that records are kept in; crm.yaml needs no part for it",
    )


async def test_model_of_tryton_that_is_not_there_is_a_problem_with_its_name() -> None:
    (finding,) = await trytons_findings(TrytonModels(*MODELS[1:]))
    assert finding.verdict is Verdict.PROBLEM
    assert finding.detail == f"tryton: there is no {MODELS[0]}, or it does not let us see it"


async def test_crm_that_knows_no_unique_fields_is_asked_for_its_custom_ones_by_name() -> None:
    fake, mapping = FakePipedrive(gone={"throughline_domain"}), shipped_mapping("pipedrive")
    with served(fake) as at:
        area = PipedriveSettings(token=SecretStr(PIPEDRIVE_TOKEN), url=at)
        settings = Settings(connectors=ConnectorSettings(crm="pipedrive"), pipedrive=area)
        findings = await mapping_findings(settings, small_bundle(crm={"pipedrive": mapping}))
    assert [(one.verdict, one.detail) for one in findings] == [
        (Verdict.PROBLEM, "company.domain -> organizations.throughline_domain: the CRM has no such field")
    ]
