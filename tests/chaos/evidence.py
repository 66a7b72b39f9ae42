"""What the store and the histories say about what happened to each customer."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import Client, WorkflowHistory

from connectors.store.engine import Store
from contracts.ids import approval_workflow_id

SYSTEM = "test"

PER_CUSTOMER = {
    "account": "select customer_id, count(*), sum(stage = 'live') from accounts",
    "billing customer": "select customer_id, count(*), sum(closed_at is null) from billing_customers",
    "subscription": "select customer_id, count(*), sum(cancelled_at is null) from subscriptions"
    " join billing_customers on billing_customers.id = billing_customer_id",
    "workspace": "select customer_id, count(*), sum(deleted_at is null) from workspaces",
    "administrator": "select customer_id, count(*), sum(revoked_at is null) from invitations"
    " join workspaces on workspaces.id = workspace_id",
    "booking": "select customer_id, count(*), sum(cancelled_at is null) from bookings",
    "welcome": "select customer_id, count(*), sum(status = 'sent') from outbox"
    " join onboardings using (workflow_id) where kind = 'customer_welcome'",
    "invitation": "select customer_id, count(*), sum(status = 'sent') from outbox"
    " join onboardings using (workflow_id) where kind = 'customer_invitation'",
    "handover note": "select customer_id, count(*), count(distinct body) from notes"
    " join accounts on accounts.id = account_id",
    "handover": "select customer_id, count(*), sum(status = 'approved') from approval_tasks"
    " join onboardings on request_id = workflow_id || '/approval'",
    "record": "select customer_id, count(*), sum(outcome = 'onboarded') from onboardings",
}
"""What each customer has exactly one of. All rows count, those that were undone as well, and then those that
stand: of an effect that was made twice and taken back once, a count of what stands would say nothing."""

TASKS = (
    "select customer_id, count(*), count(distinct subject) from tasks"
    " join accounts on accounts.id = account_id"
)

ODD = {
    "message sent twice": "select workflow_id, kind, count(*) from outbox"
    " group by workflow_id, kind, recipient_id, to_address, subject, body having count(*) > 1",
    "host in two meetings": "select one.id, other.id from bookings one join bookings other"
    " on one.id < other.id and one.host_id = other.host_id"
    " where one.starts_at < other.ends_at and other.starts_at < one.ends_at",
    "effect undone": "select key, kind from effects where state <> 'done'",
}
"""What there must be nothing of."""


OURS = (
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
)
"""Why a workflow task may fail that no kill explains."""


class Recovery(NamedTuple):
    """What the kills met, as the histories tell it."""

    steps_retried: int
    """Steps whose worker died, so that they were taken again."""
    found_done: int
    """Of these, the ones whose effect was there already: made, and never reported."""
    tasks_lost: int
    """Workflow tasks whose worker died."""
    stumbles: int
    """Workflow tasks that failed in our own code or in its replay."""


async def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    """What a query finds."""
    async with store.reading(SYSTEM) as connection:
        return [tuple(row) for row in await connection.exec_driver_sql(query)]


async def per_customer(store: Store, query: str) -> dict[str, tuple[int, int]]:
    """How many rows each customer has, and how many of these stand."""
    found = await rows(store, f"{query} group by customer_id")
    return {customer_id: (count, standing) for customer_id, count, standing in found}


async def oddities(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """What there must be nothing of, and is."""
    found = {what: await rows(store, query) for what, query in ODD.items()}
    return {what: lines for what, lines in found.items() if lines}


async def recovery(client: Client, store: Store, runs: Sequence[str]) -> Recovery:
    """Reads the histories of these onboardings and of their approvals."""
    everyone = [*runs, *map(approval_workflow_id, runs)]
    histories = await asyncio.gather(*(client.get_workflow_handle(run).fetch_history() for run in everyone))
    made_at = {
        key: datetime.fromisoformat(at).replace(tzinfo=UTC)
        for key, at in await rows(store, "select key, created_at from effects")
    }
    again = [one for history in histories for one in _taken_again(history)]
    events = [event for history in histories for event in history.events]
    kinds = Counter(event.event_type for event in events)
    causes = Counter(event.workflow_task_failed_event_attributes.cause for event in events)
    return Recovery(
        steps_retried=len(again),
        found_done=sum(key in made_at and made_at[key] < began for key, began in again),
        tasks_lost=kinds[EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT],
        stumbles=sum(causes[cause] for cause in OURS),
    )


def _taken_again(history: WorkflowHistory) -> Iterator[tuple[str | None, datetime]]:
    """The key of each step that was taken more than once, and when its last attempt began."""
    keys: dict[int, str | None] = {}
    for event in history.events:
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            payloads = event.activity_task_scheduled_event_attributes.input.payloads
            keys[event.event_id] = json.loads(payloads[0].data).get("key")
        elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
            started = event.activity_task_started_event_attributes
            if started.attempt > 1:
                yield keys[started.scheduled_event_id], event.event_time.ToDatetime(UTC)
