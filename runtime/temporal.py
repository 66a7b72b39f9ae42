"""The one door to Temporal: how every client, worker, replayer and test connects and runs workflows."""

import asyncio
import functools
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypedDict

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer, WorkerDeploymentConfig
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from contracts.names import SEARCH_ATTRIBUTE_TYPES
from runtime.problems import SettingsProblem, TemporalUnreachable
from runtime.sandbox import workflow_runner
from runtime.settings import Settings, TemporalSettings, WorkerSettings
from workflows.saga import FAILURES

DEFAULT_ADDRESS = "127.0.0.1:7233"

PATIENCE_SECONDS = 10
"""How long a server that does not answer at all is waited for."""

DATA_CONVERTER = pydantic_data_converter
"""Pydantic models in payloads; failures stay readable, since their texts carry no personal data."""

CORE_LOGGER = logging.getLogger("temporalio.core")
"""Where the SDK's native part logs to."""


class WorkerOptions(TypedDict):
    """Arguments that every `temporalio.worker.Worker` of this code gets."""

    workflow_runner: SandboxedWorkflowRunner
    workflow_failure_exception_types: Sequence[type[BaseException]]
    max_cached_workflows: int
    max_concurrent_workflow_tasks: int
    max_concurrent_local_activities: int
    max_concurrent_activities: int
    sticky_queue_schedule_to_start_timeout: timedelta
    graceful_shutdown_timeout: timedelta
    deployment_config: WorkerDeploymentConfig | None


async def connect(settings: Settings) -> Client:
    """Connects as settings, the environment and the `temporal` profile say, in this order.

    Raises:
        SettingsProblem: the profile or its file does not exist or cannot be read.
        TemporalUnreachable: nobody answers there, or the namespace does not exist.
    """
    config = connect_config(settings.temporal)
    address, namespace = str(config["target_host"]), str(config["namespace"])
    try:
        # The client's own timeout ends with the TCP connection, and a wrong port may accept and never answer.
        async with asyncio.timeout(PATIENCE_SECONDS):
            client = await Client.connect(
                **config,
                data_converter=DATA_CONVERTER,
                runtime=process_runtime(settings.telemetry.prometheus),
            )
            request = DescribeNamespaceRequest(namespace=namespace)
            await client.workflow_service.describe_namespace(request)
    except ValueError:
        raise SettingsProblem(f"the address of the Temporal profile, {address}, is no host:port") from None
    except TimeoutError:
        raise TemporalUnreachable(_no_answer(address, "no answer in time")) from None
    except RuntimeError as error:
        raise TemporalUnreachable(_no_answer(address, _reason(error))) from None
    except RPCError as error:
        raise TemporalUnreachable(_refusal(error, address, namespace)) from None
    return client


def connect_config(settings: TemporalSettings) -> dict[str, Any]:
    """The arguments of `Client.connect`; `target_host` and `namespace` are always among them.

    Raises:
        SettingsProblem: the profile or its file does not exist or cannot be read.
    """
    file = settings.config_file
    if file and not file.is_file():
        raise SettingsProblem(f"THROUGHLINE__TEMPORAL__CONFIG_FILE: there is no file {file}")
    try:
        profile = ClientConfig.load_client_connect_config(
            settings.profile, config_file=str(file) if file else None
        )
    except RuntimeError as error:
        # Further lines of the text quote the file, which may hold an API key.
        raise SettingsProblem(
            f"the Temporal profile cannot be read ({str(error).splitlines()[0]}). "
            "Check THROUGHLINE__TEMPORAL__PROFILE, THROUGHLINE__TEMPORAL__CONFIG_FILE and the file itself."
        ) from None
    config: dict[str, Any] = {"target_host": DEFAULT_ADDRESS, "namespace": "default", **profile}
    if settings.address:
        config["target_host"] = settings.address
    if settings.namespace:
        config["namespace"] = settings.namespace
    return config


async def ensure_search_attributes(client: Client) -> None:
    """Registers our search attributes in the client's namespace; those that exist stay as they are.

    On Temporal Cloud this takes an operator's credentials: register them there once.
    """
    types = {
        name.value: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}")
        for name, kind in SEARCH_ATTRIBUTE_TYPES.items()
    }
    await client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(namespace=client.namespace, search_attributes=types)
    )


def worker_options(settings: WorkerSettings) -> WorkerOptions:
    """What settings mean for a worker of any queue."""
    return WorkerOptions(
        workflow_runner=workflow_runner(DATA_CONVERTER, versioned=settings.use_versioning),
        workflow_failure_exception_types=FAILURES,
        max_cached_workflows=settings.max_cached_workflows,
        max_concurrent_workflow_tasks=settings.max_concurrent_workflow_tasks,
        max_concurrent_local_activities=settings.max_concurrent_local_activities,
        max_concurrent_activities=settings.max_concurrent_activities,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=settings.sticky_timeout),
        graceful_shutdown_timeout=timedelta(seconds=settings.graceful_shutdown),
        deployment_config=_deployment(settings),
    )


def replayer(workflows: Sequence[type]) -> Replayer:
    """Replays histories as the workers would."""
    return Replayer(
        workflows=workflows,
        workflow_runner=workflow_runner(DATA_CONVERTER),
        workflow_failure_exception_types=FAILURES,
        data_converter=DATA_CONVERTER,
    )


@functools.cache
def process_runtime(prometheus: str | None) -> Runtime:
    """The native runtime: one a process, since it holds the threads and the metrics port.

    It does not live through a fork: processes are started, never forked (`workers/supervisor.py`).

    Raises:
        SettingsProblem: metrics cannot be served at that address.
    """
    logs = LogForwardingConfig(
        CORE_LOGGER,
        append_target_to_name=False,
        prepend_target_on_message=False,
        append_log_fields_to_message=False,
    )
    metrics = (
        PrometheusConfig(
            bind_address=prometheus, counters_total_suffix=True, unit_suffix=True, durations_as_seconds=True
        )
        if prometheus
        else None
    )
    logging_config = LoggingConfig(TelemetryFilter(core_level="WARN", other_level="ERROR"), forwarding=logs)
    try:
        return Runtime(telemetry=TelemetryConfig(logging=logging_config, metrics=metrics))
    except ValueError as error:
        # It wants an IP address, and a port that nobody has.
        raise SettingsProblem(f"THROUGHLINE__TELEMETRY__PROMETHEUS: {error}") from None


def _deployment(settings: WorkerSettings) -> WorkerDeploymentConfig | None:
    if not settings.use_versioning or settings.build_id is None:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(settings.deployment_name, settings.build_id),
        use_worker_versioning=True,
    )


def _no_answer(address: str, reason: str) -> str:
    return (
        f"no Temporal server answers at {address} ({reason}). Start one with `./throughline demo` or "
        "`temporal server start-dev`, or set THROUGHLINE__TEMPORAL__ADDRESS."
    )


_REASONS = {
    "Connection refused": "connection refused",
    "dns error": "the host name is unknown",
    "code: Unauthenticated": "it refuses our credentials",
    "code: PermissionDenied": "it refuses our credentials",
    "call error after connection": "something else listens there",
    "certificate": "its TLS certificate is not accepted",
}
"""What the native error holds, and what that means; looked through in this order."""


def _reason(error: RuntimeError) -> str:
    return next((words for known, words in _REASONS.items() if known in str(error)), "the connection failed")


def _refusal(error: RPCError, address: str, namespace: str) -> str:
    if error.status is RPCStatusCode.NOT_FOUND:
        return (
            f"the Temporal server at {address} has no namespace {namespace}. Create it with "
            f"`temporal operator namespace create {namespace}`, or set THROUGHLINE__TEMPORAL__NAMESPACE."
        )
    if error.status in (RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.PERMISSION_DENIED):
        return (
            f"the Temporal server at {address} refuses our credentials for namespace {namespace}. Check the "
            "profile's API key or certificate (`temporal config list`)."
        )
    return f"the Temporal server at {address} does not work: {error.message}. Try again, or look at its log."
