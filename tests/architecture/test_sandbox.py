"""Workflow files load in the sandbox that production uses, and load little."""

import dataclasses
import sys
import warnings

import pytest
from temporalio import workflow
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from temporalio.workflow import SandboxImportNotificationPolicy as Policy

from runtime.sandbox import workflow_runner
from runtime.temporal import DATA_CONVERTER
from tests.architecture.careless_workflow import CarelessWorkflow
from tests.architecture.source_tree import classes_of

WORKFLOWS = [cls for cls in classes_of("workflows") if hasattr(cls, "__temporal_workflow_definition")]


@pytest.fixture
def runner() -> SandboxedWorkflowRunner:
    made = workflow_runner(DATA_CONVERTER)
    assert isinstance(made, SandboxedWorkflowRunner), "the sandbox is the only run-time guard of determinism"
    return made


def loaded_anew(runner: SandboxedWorkflowRunner, cls: type) -> set[str]:
    """The modules that every run of this workflow loads for itself, beside the standard library.

    Each costs CPU and memory a run: contracts, rules and activities are passed through, and what is left is
    the workflow's own room.
    """
    noisy = runner.restrictions.with_import_notification_policy(Policy.WARN_ON_UNINTENTIONAL_PASSTHROUGH)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        definition = workflow._Definition.must_from_class(cls)
        dataclasses.replace(runner, restrictions=noisy).prepare_workflow(definition)
    named = {
        str(item.message).split()[1] for item in caught if "not intentionally passed" in str(item.message)
    }
    return {name for name in named if name.partition(".")[0] not in sys.stdlib_module_names}


def test_there_are_workflows_to_test() -> None:
    assert WORKFLOWS


@pytest.mark.parametrize("cls", WORKFLOWS, ids=lambda cls: cls.__name__)
async def test_workflow_loads_in_the_sandbox_with_nothing_but_its_own_room(
    runner: SandboxedWorkflowRunner, cls: type
) -> None:
    strangers = {name for name in loaded_anew(runner, cls) if name.partition(".")[0] != "workflows"}
    assert not strangers, (
        f"import these inside `workflow.unsafe.imports_passed_through()`: {sorted(strangers)}"
    )


async def test_careless_import_is_noticed(runner: SandboxedWorkflowRunner) -> None:
    assert "yaml" in loaded_anew(runner, CarelessWorkflow)


def test_workflow_room_itself_stays_under_the_sandbox(runner: SandboxedWorkflowRunner) -> None:
    restrictions = runner.restrictions
    assert not restrictions.passthrough_all_modules
    passed = {name.partition(".")[0] for name in restrictions.passthrough_modules}
    assert "workflows" not in passed, "a workflow that is passed through may read the clock unnoticed"


def test_unfinished_handlers_fail_a_test() -> None:
    for category in (workflow.UnfinishedSignalHandlersWarning, workflow.UnfinishedUpdateHandlersWarning):
        with pytest.raises(category):
            warnings.warn_explicit("left unfinished", category, "workflow.py", 1)
