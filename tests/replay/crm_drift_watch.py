"""Comparisons of the CRM's schema with the policy: one that has something to tell, and one that has not."""

from collections.abc import Mapping

from tests.crm_schemas import MAPPING, schema
from tests.replay.scenario import Scenario
from tests.workflows.crm_comparisons import crm_holds, scheduled
from tests.workflows.house import MAPPED_CRM, House, Run
from tests.workflows.policies import house_rules


async def field_is_gone(house: House) -> Mapping[str, Run]:
    crm_holds(house, schema(("deals", "title")))
    return {
        "crm_drift_watch/drifted": await scheduled(house),
        "crm_drift_watch/known": await scheduled(house),
    }


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        field_is_gone,
        {
            "crm_drift_watch/drifted": "A comparison finds a field that is gone, and tells the operator.",
            "crm_drift_watch/known": "The next one knows what the one before told, and is silent.",
        },
        house_rules(crm={MAPPED_CRM: MAPPING}),
    ),
)
