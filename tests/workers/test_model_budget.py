"""A model whose budget of the day is spent is not called: in a real run, the text is read by words."""

import asyncio
from collections.abc import Callable

import httpx
import pytest
from pydantic import SecretStr
from temporalio.client import Client

from connectors.connections.models import AnthropicSettings
from connectors.lexical import MODEL
from connectors.settings import ConnectorSettings
from connectors.store.engine import Store
from connectors.store.model_spend import SqlModelSpend
from contracts.failure_policy import FailureAnswer
from contracts.failures import ServiceFailure
from contracts.ids import intake_workflow_id
from contracts.lead_intake import LeadIntakeStatus
from contracts.names import TaskQueue
from contracts.states import Lane
from rules.failures import cell_for, table_of
from rules.identity import lead_id_for
from runtime.settings import Settings
from tests.connectors.conformance.test_readers import asked
from tests.connectors.model_wires import INTERFACES, KEY, Interface
from tests.rules.policy_samples import shipped
from tests.running import running_workers
from tests.starters.standins import NOW
from tests.workflows.leads import a_lead
from workers.wiring import wire
from workflows.lead_intake import LeadIntakeWorkflow

TEXT = "We want to roll out and go live in March and request a quote for the implementation."


def never(request: httpx.Request) -> httpx.Response:
    raise AssertionError("the model was called")


@pytest.mark.parametrize("interface", INTERFACES, ids=str)
async def test_spent_budget_is_answered_by_the_table_at_once_with_words(
    interface: Interface, settings: Settings
) -> None:
    async with await Store.open(settings.store.url.get_secret_value()) as store:
        spend = SqlModelSpend(store, lambda: NOW)
        reader = interface.over(
            httpx.MockTransport(never), spend, input_price=1, output_price=5, daily_budget=0.000001
        )
        with pytest.raises(ServiceFailure) as spent:
            await reader.classify(asked(TEXT))
    cell = cell_for("classify_lead", spent.value.code, table_of(shipped()))
    assert cell is not None
    assert (cell.then, cell.retry.total_seconds()) == (FailureAnswer.FALL_BACK, 0)
    assert spent.value.system == interface.settings_name
    assert not spent.value.asked


@pytest.fixture
def spent_settings(settings: Settings) -> Settings:
    """A deployment whose model may not cost a thing any more, and could not be reached anyway."""
    model = AnthropicSettings(
        model="claude-test",
        base_url="http://127.0.0.1:9",
        api_key=SecretStr(KEY),
        input_price=1,
        output_price=5,
        daily_budget=0,
    )
    chosen = ConnectorSettings(classifier="anthropic")
    return settings.model_copy(update={"anthropic": model, "connectors": chosen})


async def test_lead_goes_on_by_words_where_the_budget_is_spent(
    spent_settings: Settings, client: Client
) -> None:
    lead = a_lead(service_interest=None, entry_kind="site_inquiry", message=TEXT)
    lead_id = lead_id_for(lead)
    async with wire(spent_settings) as wiring, running_workers(client, wiring):
        run = await client.start_workflow(
            LeadIntakeWorkflow.run, lead, id=intake_workflow_id(lead_id), task_queue=TaskQueue.WORKFLOWS
        )
        status = await until_it_rests(lambda: run.query(LeadIntakeWorkflow.get_status))
    assert status.category == "implementation"
    assert status.model_calls == ()
    assert not status.parked
    history = await run.fetch_history()
    names = [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    assert names.index("classify_lead") < names.index("classify_by_words")
    assert f'"model":"{MODEL}"' in str(history.events).replace("\\", "").replace(" ", "")


async def until_it_rests(status: Callable[[], object]) -> LeadIntakeStatus:
    """How the run stands once it waits for a person or has ended."""
    async with asyncio.timeout(45):
        while True:
            found: LeadIntakeStatus = await status()  # type: ignore[misc]
            if found.lane is not Lane.RUNNING:
                return found
            await asyncio.sleep(0.2)
