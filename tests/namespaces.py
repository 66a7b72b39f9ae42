"""Namespaces of a test's own, on the server of the session."""

from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

ONE_DAY = Duration(seconds=86_400)
TRIES = 3
DROPPED = (RPCStatusCode.CANCELLED, RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED)
"""What a server says that is too busy to answer; it may have done it."""


async def in_new_namespace(client: Client, name: str) -> Client:
    """Registers a namespace, without our search attributes, and returns a client of it."""
    request = RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=ONE_DAY)
    for attempt in range(1, TRIES + 1):
        try:
            await client.workflow_service.register_namespace(request)
            break
        except RPCError as error:
            if attempt > 1 and error.status is RPCStatusCode.ALREADY_EXISTS:
                break
            if attempt == TRIES or error.status not in DROPPED:
                raise
    config = client.config()
    config["namespace"] = name
    return Client(**config)
