"""The sandbox that workflows run in, which catches clocks, randomness and I/O."""

from collections.abc import Callable, Mapping

from temporalio.converter import DataConverter, StorageDriverStoreContext
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from runtime.unversioned import UnversionedRunner

PASSED_THROUGH = (
    # Frozen messages and pure functions. A linter bans clocks, randomness and I/O in them, which is what the
    # sandbox would catch; loading them anew for every run costs milliseconds and megabytes.
    "contracts",
    "rules",
    # Workflows only name activities and never run one, so a clock in there can't reach a workflow.
    "activities",
    # What rules import. Both keep tables behind a lock, and the sandbox has no locks.
    "phonenumbers",
    "rapidfuzz",
    # Pydantic and email-validator import these late, so that every run would import them anew.
    "email_validator",
    "idna",
    "dns",
    # zoneinfo reads zones from this package where the machine has none.
    "tzdata",
    # Loggers are made by import; bare structlog in a workflow is banned, since replay would repeat its lines.
    "structlog",
    # The sandbox loads its runner by name, for each run.
    "runtime.unversioned",
)
"""Modules that every workflow shares with its worker. Never `workflows`: that would turn the sandbox off."""


_UNASKED: Mapping[str, Callable[[object], object]] = {
    "get_serialization_context": lambda _command: None,
    "get_external_store_context": lambda _command: StorageDriverStoreContext(target=None),
}
"""What an instance is asked for each payload, and an answer by which the converter is used as it is."""


class ContextFreeSandbox(SandboxedWorkflowRunner):
    """The sandbox where neither a codec nor a storage asks what a payload belongs to.

    The SDK (1.35) enters the sandbox several times for every payload to learn that, whether somebody asks or
    not: an eighth of what workers take of the processor.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Makes a run's instance."""
        instance = super().create_instance(det)
        for question, answer in _UNASKED.items():
            setattr(instance, question, answer)
        return instance


def workflow_runner(converter: DataConverter, *, versioned: bool = False) -> SandboxedWorkflowRunner:
    """The sandbox for workers whose payloads go through this converter."""
    is_asked = converter.payload_codec is not None or converter.external_storage is not None
    sandbox = SandboxedWorkflowRunner if is_asked else ContextFreeSandbox
    return sandbox(
        runner_class=UnsandboxedWorkflowRunner if versioned else UnversionedRunner,
        restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH),
    )
