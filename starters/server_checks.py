"""What `doctor` asks of Temporal: whether it answers, has our search attributes, and whether workers poll."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError

from contracts.names import SEARCH_ATTRIBUTE_TYPES, TaskQueue
from runtime.deployments import dispatch_problem
from runtime.problems import SettingsProblem, TemporalUnreachable
from runtime.settings import Settings, TelemetrySettings, WorkerSettings
from runtime.temporal import connect, ensure_search_attributes
from starters.findings import Finding, ok, problem, warn
from starters.local_checks import FIX
from starters.pollers import FRESH, last_poll, pollers_of

MOST_SKEW = timedelta(seconds=5)
"""Signed decisions live for minutes; clocks that differ by more than this begin to matter."""


async def server_findings(settings: Settings, *, fix: bool) -> list[Finding]:
    """Every check that needs the server."""
    try:
        client = await connect(settings.model_copy(update={"telemetry": TelemetrySettings()}))
    except (TemporalUnreachable, SettingsProblem) as wrong:
        return [problem("temporal", str(wrong), "start it, or correct the address; then run this again")]
    found = [ok("temporal", f"{client.service_client.config.target_host}, namespace {client.namespace}")]
    try:
        if fix:
            await ensure_search_attributes(client)
        found.append(await search_attributes_finding(client))
    except RPCError as error:
        remedy = "register them as an operator of the namespace: contracts/names.py lists them"
        found.append(warn("search attributes", f"may not be asked for ({error.message})", remedy))
    found += await worker_findings(client, datetime.now(UTC))
    return [*found, *await version_findings(client, settings.worker)]


async def search_attributes_finding(client: Client) -> Finding:
    """Whether the namespace has our search attributes, with the right types."""
    answer = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    missing = [name.value for name in SEARCH_ATTRIBUTE_TYPES if name.value not in answer.custom_attributes]
    if missing:
        return problem("search attributes", f"not registered: {', '.join(missing)}", FIX)
    wrong = [
        f"{name.value} is not {kind}"
        for name, kind in SEARCH_ATTRIBUTE_TYPES.items()
        if answer.custom_attributes[name.value]
        != IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}")
    ]
    if wrong:
        return problem(
            "search attributes",
            "; ".join(wrong),
            "remove it with `temporal operator search-attribute remove`, then " + FIX,
        )
    return ok("search attributes", f"{len(SEARCH_ATTRIBUTE_TYPES)} registered")


async def worker_findings(client: Client, now: datetime) -> list[Finding]:
    """Whether workers poll each queue; and whether the server's clock is ahead of ours, as the polls show."""
    found: list[Finding] = []
    latest: datetime | None = None
    for queue in TaskQueue:
        polls = [last_poll(poller) for poller in await pollers_of(client, queue)]
        fresh = [at for at in polls if now - at <= FRESH]
        if fresh:
            found.append(ok(f"queue {queue}", f"{len(fresh)} worker{'s' if len(fresh) > 1 else ''} polling"))
        else:
            detail = "no worker polls" + (f" since {max(polls):%H:%M:%S} UTC" if polls else "")
            remedy = f"./throughline worker --queues {queue}"
            found.append(problem(f"queue {queue}", detail, remedy))
        latest = max([*fresh, latest or datetime.min.replace(tzinfo=UTC)])
    if latest and latest - now > MOST_SKEW:
        seconds = int((latest - now).total_seconds())
        found.append(
            warn("clock", f"the server's is {seconds} s ahead of ours", "synchronise both machines' clocks")
        )
    return found


async def version_findings(client: Client, settings: WorkerSettings) -> list[Finding]:
    """Whether the build of these settings gets new runs; nothing where workers are not versioned."""
    if not settings.use_versioning:
        return []
    check = f"build {settings.build_id}"
    try:
        found = await dispatch_problem(client, settings)
    except RPCError as error:
        return [warn(check, f"may not be asked for ({error.message})", "see `./throughline deploy status`")]
    return [problem(check, *found)] if found else [ok(check, "gets new runs")]
