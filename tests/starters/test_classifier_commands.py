"""`classifier eval` and `classifier spend`, over a real store, with the embedded classifier and a model."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from connectors.store.engine import Store
from connectors.store.model_spend import SqlModelSpend
from contracts.classification import ClassifyRequest, ModelAnswer, ModelCall
from contracts.failures import FailureCode, ServiceFailure
from contracts.policy import PolicyBundle
from contracts.ports import Classifier
from runtime.setting_types import ROOT
from runtime.settings import Settings, StoreSettings
from starters.exit_codes import ExitCode
from tests.connectors.model_wires import ANTHROPIC, MESSAGES, Wire, reading_of
from tests.rules.policy_samples import shipped
from tests.starters.conftest import Run
from tests.starters.standins import NOW, StandInSurroundings, hermetic_settings, intake_status
from tests.starters.test_commands import decision_record

EXAMPLES = ROOT / "examples" / "labelled_leads.csv"
HEADER = "text,category,intent,risk\n"


class Around(StandInSurroundings):
    """Surroundings with the shipped policy, a store, and whatever classifier a test stands in."""

    def __init__(self, folder: Path, store_url: str) -> None:
        super().__init__(folder)
        self.store_url = store_url
        self.stand_in: Classifier | None = None

    def settings(self) -> Settings:
        return hermetic_settings(store=StoreSettings(url=SecretStr(self.store_url)), anthropic=MESSAGES)

    def policy(self) -> PolicyBundle:
        return shipped()

    def classifier(self, name: str) -> AbstractAsyncContextManager[Classifier]:
        return given(self.stand_in) if self.stand_in else super().classifier(name)


@asynccontextmanager
async def given(classifier: Classifier) -> AsyncGenerator[Classifier]:
    yield classifier


class Failing:
    """A classifier that always answers with one failure."""

    def __init__(self, code: FailureCode) -> None:
        self._code = code
        self.asked = 0

    async def classify(self, request: ClassifyRequest) -> ModelAnswer:
        self.asked += 1
        raise ServiceFailure(self._code, "acme", "it did not work")


class OverWire:
    """The connector to one interface, over its strict wire with a model that reads what it is asked."""

    def __init__(self, store_url: str, wire: Wire) -> None:
        self._store_url = store_url
        self._wire = wire

    async def classify(self, request: ClassifyRequest) -> ModelAnswer:
        self._wire.read = reading_of(request)
        async with await Store.open(self._store_url) as store:
            spend = SqlModelSpend(store, lambda: NOW)
            transport = httpx.MockTransport(self._wire)
            reader = ANTHROPIC.over(transport, spend, input_price=1, output_price=5, daily_budget=1)
            return await reader.classify(request)


@pytest.fixture
def around(tmp_path: Path, store_url: str) -> Around:
    return Around(tmp_path, store_url)


def test_shipped_examples_are_evaluated_with_the_embedded_classifier(run_cli: Run) -> None:
    outcome = run_cli("classifier", "eval", EXAMPLES)
    assert outcome.code is ExitCode.OK, outcome.err
    for part in (
        "accuracy:",
        "PRECISION",
        "RECALL",
        "SAYS",
        "IS RIGHT",
        "COVERAGE",
        "latency:",
        "few examples",
    ):
        assert part in outcome.out
    document = run_cli("classifier", "eval", EXAMPLES, "--json").document
    report = document["report"]
    assert document["classifier"] == "lexical"
    assert report["examples"] == 40
    assert report["now"]["threshold"] == shipped().reading.confidence_floor
    assert report["best"]["cost"] <= report["now"]["cost"]
    assert report["cost_micros"] is None


def test_stated_costs_lead_to_another_floor_and_the_change_is_named(run_cli: Run) -> None:
    dear = run_cli("classifier", "eval", EXAMPLES, "--cost-of-wrong", 500, "--json").document
    cheap = run_cli("classifier", "eval", EXAMPLES, "--cost-of-asking", 500, "--json").document
    assert dear["report"]["best"]["threshold"] > cheap["report"]["best"]["threshold"]
    change = dear["policy_change"]
    assert (change["field"], change["from"]) == ("reading.confidence_floor", 0.55)
    shown = run_cli("classifier", "eval", EXAMPLES, "--cost-of-wrong", 500).out
    assert f"confidence_floor: 0.55 -> {change['to']:g}" in shown


def test_model_is_evaluated_with_its_cost_and_the_day_counts_it(
    run_cli: Run, around: Around, store_url: str
) -> None:
    around.stand_in = OverWire(store_url, ANTHROPIC.wire())
    document = run_cli("classifier", "eval", EXAMPLES, "--classifier", "anthropic", "--json").document
    assert document["classifier"] == "anthropic"
    assert document["report"]["cost_micros"] == 40 * (1000 + 500)
    assert document["report"]["input_tokens"] == 40_000
    spent = run_cli("classifier", "spend", "--json").document
    (day,) = spent["days"]
    assert (day["model"], day["calls"], day["cost_micros"]) == ("anthropic/claude-test", 40, 60_000)
    assert day["held_micros"] == 0
    assert "0.060000" in run_cli("classifier", "spend").out


def test_nothing_spent_is_said_so(run_cli: Run) -> None:
    assert run_cli("classifier", "spend").out == "no model was called\n"


def test_json_lines_are_read_and_blank_lines_passed_over(run_cli: Run, tmp_path: Path) -> None:
    file = tmp_path / "leads.jsonl"
    rows = [
        {"text": "Please unsubscribe me.", "category": "mailing-preferences"},
        {"text": "x", "category": "support"},
    ]
    file.write_text("\n\n".join(map(json.dumps, rows)))
    document = run_cli("classifier", "eval", file, "--json").document
    assert document["report"]["examples"] == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        (HEADER, "there are no examples in it"),
        ("message,label\nx,y\n", "names no column text or category"),
        (f"{HEADER}planted7f3a,vip,,\n", "line 2: category: must be one of careers"),
        (f"{HEADER}planted7f3a,support,vip,\n", "line 2: intent: must be one of"),
        (f"{HEADER}planted7f3a,support,,medium\n", "line 2: risk: must be one of high, low"),
        (f"{HEADER},support,,\n", "line 2: text: must not be empty"),
        (f'{HEADER}"planted7f3a,support,,\n', "line 2: row: opens a quote"),
        ("text,category,owner\nplanted7f3a,support,x\n", "owner: is no field of a labelled example"),
        (HEADER + "planted7f3a,vip,,\n" * 5, "and 2 more"),
    ],
)
def test_file_that_cannot_be_used_is_refused_line_by_line(
    run_cli: Run, around: Around, tmp_path: Path, text: str, said: str
) -> None:
    asked = around.stand_in = Failing(FailureCode.REJECTED)
    file = tmp_path / "leads.csv"
    file.write_text(text)
    outcome = run_cli("classifier", "eval", file)
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert said in outcome.err
    assert outcome.err.count("\n") == 1
    assert "planted7f3a" not in outcome.err
    assert asked.asked == 0


def test_line_of_json_that_is_none_is_named(run_cli: Run, tmp_path: Path) -> None:
    file = tmp_path / "leads.jsonl"
    file.write_text('{"text": "x", "category": "support"}\n{"text": \n[1]\n')
    outcome = run_cli("classifier", "eval", file)
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert "line 2: labelled example: is not JSON" in outcome.err
    assert "line 3: labelled example: must be an object" in outcome.err


@pytest.mark.parametrize(
    ("code", "exit_code", "asked"),
    [
        (FailureCode.REJECTED, ExitCode.NO_ANSWER, 40),
        (FailureCode.MALFORMED, ExitCode.NO_ANSWER, 40),
        (FailureCode.FORBIDDEN, ExitCode.MISCONFIGURED, None),
    ],
)
def test_classifier_that_never_answers_ends_the_command(
    run_cli: Run, around: Around, code: FailureCode, exit_code: ExitCode, asked: int | None
) -> None:
    failing = around.stand_in = Failing(code)
    outcome = run_cli("classifier", "eval", EXAMPLES)
    assert outcome.code is exit_code
    assert outcome.err.count("\n") == 1
    # Whoever may not ask stops at once, with only those under way.
    assert failing.asked == asked if asked else failing.asked <= 8


def test_classifier_without_settings_says_which_are_needed(run_cli: Run) -> None:
    outcome = run_cli("classifier", "eval", EXAMPLES, "--classifier", "openai_compatible")
    assert outcome.code is ExitCode.MISCONFIGURED
    assert "THROUGHLINE__OPENAI_COMPATIBLE__MODEL" in outcome.err
    assert run_cli("classifier", "eval", EXAMPLES, "--classifier", "oracle").code is ExitCode.USAGE


def test_model_that_read_a_lead_is_shown_with_what_it_took(run_cli: Run, around: Around) -> None:
    call = ModelCall(
        model="claude-test-1", prompt="classify.v1", input_tokens=1200, output_tokens=80, cost_micros=1600
    )
    lead = intake_status().lead_id
    around.door.intakes[lead] = [intake_status(model_calls=(call,))]
    shown = run_cli("lead", "status", lead).out
    assert "claude-test-1 by classify.v1, 1,200 tokens in, 80 out, cost 0.001600" in shown
    del around.door.intakes[lead]
    around.store.decisions[lead] = decision_record().model_copy(update={"summary_call": call})
    assert "claude-test-1 by classify.v1" in run_cli("lead", "status", lead).out
    document = run_cli("lead", "status", lead, "--json").document
    assert document["decision"]["model_calls"][0]["cost_micros"] == 1600


def test_classifier_of_the_settings_is_opened_over_the_store(around: Around) -> None:
    async def opened() -> str:
        async with around.classifier("anthropic") as classifier:
            return type(classifier).__name__

    assert asyncio.run(opened()) == "ModelReader"
