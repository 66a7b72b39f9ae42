"""What the list of runs of a real server answers to the question which runs are overdue."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from contracts.failures import FailureCode, ServiceFailure
from contracts.limbo import RunLine
from contracts.limbo_policy import LimboPolicy
from contracts.names import Process
from contracts.processes import PROCESSES
from contracts.states import Lane
from rules.limbo import run_question
from runtime.run_watch import TemporalRunWatch, always
from tests.namespaces import in_new_namespace
from tests.workflows.house import eventually
from workflows import search_attributes

NOW = datetime.now(UTC)
INTAKE, FOLLOWED = Process.LEAD_INTAKE, Process.LEAD_FOLLOW_THROUGH
POLICY = LimboPolicy()
TYPES = {INTAKE: "LeadIntakeWorkflow", FOLLOWED: "LeadFollowThroughWorkflow"}


async def stands(
    client: Client, process: Process, lane: Lane, stage: str, *, ago: timedelta, owner: str | None = None
) -> str:
    """Starts a run that shows where it stands since when, on a queue that nobody serves."""
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(search_attributes.LANE, lane.value),
        SearchAttributePair(search_attributes.STAGE, stage),
        SearchAttributePair(search_attributes.STATE_SINCE, NOW - ago),
    ]
    if owner:
        pairs.append(SearchAttributePair(search_attributes.OWNER_ID, owner))
    run = await client.start_workflow(
        TYPES[process],
        id=f"{process}/{stage}-{ago.total_seconds():.0f}",
        task_queue="nobody",
        search_attributes=TypedSearchAttributes(pairs),
    )
    return run.id


async def overdue(
    client: Client, process: Process, at: datetime = NOW, **policy: object
) -> dict[str, RunLine]:
    question = run_question(process, POLICY.model_copy(update=policy), at)
    page = await TemporalRunWatch(always(client)).overdue(question, cursor="", limit=100)
    assert page.cursor == ""
    return {line.workflow_id: line for line in page.lines}


async def listed(client: Client, count: int) -> None:
    await eventually(lambda: client.count_workflows("ExecutionStatus='Running'"), lambda n: n.count == count)


async def test_runs_past_the_budget_of_their_state_are_found_and_no_others(client: Client) -> None:
    day = timedelta(days=1)
    late = [
        await stands(client, INTAKE, Lane.WAITING, "in_review", ago=8 * day),
        await stands(client, INTAKE, Lane.BLOCKED, "parked", ago=timedelta(hours=5), owner="o-ada"),
        await stands(client, INTAKE, Lane.RUNNING, "routing", ago=timedelta(minutes=11)),
    ]
    for lane, stage, ago in (
        (Lane.WAITING, "in_review", 6 * day),
        (Lane.BLOCKED, "parked", timedelta(hours=3)),
        (Lane.RUNNING, "routing", timedelta(minutes=9)),
    ):
        await stands(client, INTAKE, lane, stage, ago=ago)
    await stands(client, FOLLOWED, Lane.WAITING, "awaiting_outcome", ago=46 * day)
    await listed(client, 7)
    found = await overdue(client, INTAKE)
    assert sorted(found) == sorted(late)
    parked = found[late[1]]
    assert (parked.lane, parked.stage, parked.owner_id) == (Lane.BLOCKED, "parked", "o-ada")
    assert parked.since == NOW - timedelta(hours=5)
    assert sorted(await overdue(client, FOLLOWED)) == ["lead-follow-through/awaiting_outcome-3974400"]


async def test_run_that_no_worker_has_taken_up_is_found_by_when_it_started(client: Client) -> None:
    run = await client.start_workflow(TYPES[INTAKE], id=f"{INTAKE}/waits", task_queue="nobody")
    await listed(client, 1)
    assert await overdue(client, INTAKE) == {}
    found = await overdue(client, INTAKE, datetime.now(UTC) + timedelta(minutes=6))
    (line,) = found.values()
    assert (line.workflow_id, line.taken_up, line.lane) == (run.id, False, None)


async def test_pages_follow_one_another(client: Client) -> None:
    for hours in range(5, 12):
        await stands(client, INTAKE, Lane.BLOCKED, "parked", ago=timedelta(hours=hours))
    await listed(client, 7)
    watch, question = TemporalRunWatch(always(client)), run_question(INTAKE, POLICY, NOW)
    seen, cursor, pages = list[str](), "", 0
    while pages == 0 or cursor:
        page = await watch.overdue(question, cursor=cursor, limit=3)
        seen, cursor, pages = [*seen, *(line.workflow_id for line in page.lines)], page.cursor, pages + 1
    assert (len(set(seen)), len(seen)) == (7, 7)
    assert pages <= 4


@pytest.mark.parametrize("process", [declared.process for declared in PROCESSES])
async def test_server_understands_the_question_for_every_process(client: Client, process: Process) -> None:
    assert await overdue(client, process) == {}


async def test_client_is_connected_once_and_only_when_it_is_needed(client: Client) -> None:
    connected = 0

    async def connect() -> Client:
        nonlocal connected
        connected += 1
        return client

    watch = TemporalRunWatch(connect)
    assert connected == 0
    question = run_question(INTAKE, POLICY, NOW)
    await asyncio.gather(*(watch.overdue(question, cursor="", limit=1) for _ in range(5)))
    assert connected == 1


async def test_namespace_without_our_search_attributes_is_a_failure_that_says_so(
    server_client: Client,
) -> None:
    bare = await in_new_namespace(server_client, "without-attributes")
    with pytest.raises(ServiceFailure, match="doctor --fix") as refused:
        await overdue(bare, INTAKE)
    assert refused.value.code is FailureCode.REJECTED
