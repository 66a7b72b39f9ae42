"""Who polls a task queue, as the server remembers it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo
from temporalio.api.taskqueue.v1 import TaskQueue as TaskQueueName
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from contracts.names import TaskQueue

FRESH = timedelta(seconds=90)
"""A worker's poll lasts a minute at most; the server remembers a worker for minutes after its death."""


async def pollers_of(client: Client, queue: TaskQueue) -> list[PollerInfo]:
    """The pollers of a queue, those that the server still remembers among them."""
    kind = (
        TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
        if queue is TaskQueue.WORKFLOWS
        else TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
    )
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace, task_queue=TaskQueueName(name=queue), task_queue_type=kind
        )
    )
    return list(answer.pollers)


def last_poll(poller: PollerInfo) -> datetime:
    """When it last asked for work."""
    return poller.last_access_time.ToDatetime(tzinfo=UTC)
