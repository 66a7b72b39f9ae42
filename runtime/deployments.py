"""Which build of a worker deployment gets work, as the server has it."""

from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.workflowservice.v1 import DescribeWorkerDeploymentRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from runtime.settings import WorkerSettings


async def deployment_info(client: Client, name: str) -> tuple[WorkerDeploymentInfo, bytes] | None:
    """What the server knows of a deployment, with the token that its next change has to show.

    Returns None where no versioned worker of that name ever polled.

    Raises:
        RPCError: the server does not answer, or may not be asked.
    """
    request = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=name)
    try:
        answer = await client.workflow_service.describe_worker_deployment(request)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None
    return answer.worker_deployment_info, answer.conflict_token


async def dispatch_problem(client: Client, settings: WorkerSettings) -> tuple[str, str] | None:
    """Why workers of these settings get no new runs, and what to do; None if they do, or are not versioned.

    A versioned worker that nobody has made current polls, gets nothing, and says nothing.

    Raises:
        RPCError: the server does not answer, or may not be asked.
    """
    build, name = settings.build_id, settings.deployment_name
    if not settings.use_versioning or build is None:
        return None
    found = await deployment_info(client, name)
    routing = found[0].routing_config if found else None
    current = routing.current_deployment_version.build_id if routing else ""
    ramping = routing.ramping_deployment_version.build_id if routing else ""
    remedy = f"./throughline deploy current {build}"
    if not current and ramping != build:
        return f"no build of deployment {name} is current: nothing is dispatched", remedy
    if build not in (current, ramping):
        return f"build {current} is current: build {build} gets no new runs", remedy
    return None
