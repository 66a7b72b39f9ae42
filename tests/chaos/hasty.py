"""Shorter timeouts and pauses, so that a dead worker is noticed within seconds and its steps taken again."""

import dataclasses
from datetime import timedelta
from typing import Any

from temporalio.client import Client, OutboundInterceptor, StartWorkflowInput, WorkflowHandle
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.common import RetryPolicy
from temporalio.worker import (
    Interceptor,
    StartActivityInput,
    StartChildWorkflowInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle, ChildWorkflowHandle

ATTEMPT = timedelta(seconds=45)
"""How long an attempt of a step may take: the calls here take milliseconds, or are held."""

SILENCE = timedelta(seconds=5)
"""After so long without a sign of life an attempt has died; the fault layer gives these signs."""

LOCAL_ATTEMPT = timedelta(seconds=5)
"""A local activity gives no signs of life."""

TASK = timedelta(seconds=8)
"""How long a workflow task may take."""

PAUSE = timedelta(seconds=8)
"""The longest pause between two attempts."""


def hastened(client: Client) -> Client:
    """The client, of which workers and starts have short timeouts."""
    config = client.config()
    config["interceptors"] = [*config["interceptors"], Hasty()]
    return Client(**config)


class Hasty(ClientInterceptor, Interceptor):
    """Shortens what is started by a client, and what is started inside the workflows of its workers."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        return _HastyStarts(next)

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        return _HastyRuns


class _HastyStarts(OutboundInterceptor):
    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        input.task_timeout = TASK
        return await super().start_workflow(input)


class _HastyRuns(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_HastySteps(outbound))


class _HastySteps(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:
        input.start_to_close_timeout, input.heartbeat_timeout = ATTEMPT, SILENCE
        input.retry_policy = _impatient(input.retry_policy)
        return super().start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> ActivityHandle[Any]:
        input.start_to_close_timeout = LOCAL_ATTEMPT
        input.retry_policy = _impatient(input.retry_policy)
        return super().start_local_activity(input)

    async def start_child_workflow(self, input: StartChildWorkflowInput) -> ChildWorkflowHandle[Any, Any]:
        input.task_timeout = TASK
        return await super().start_child_workflow(input)


def _impatient(policy: RetryPolicy | None) -> RetryPolicy | None:
    """With short pauses, and without a cap: here, most attempts of some steps die with their workers."""
    if policy is None:
        return None
    longest = min(policy.maximum_interval or PAUSE, PAUSE)
    return dataclasses.replace(policy, maximum_interval=longest, maximum_attempts=0)
