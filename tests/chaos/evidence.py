"""What the store and the histories say about what happened to each guest."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import Client, WorkflowHistory

from connectors.store.engine import Store
from connectors.store.tables import approval_tasks, arrivals, effects, metadata
from contracts.ids import intake_workflow_id
from tests.chaos.fault_script import RANDOM, placed

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

PER_LEAD = (
    ("arrivals", "lead-intake#"),
    ("works", "lead-intake#create_lead_records"),
    ("tasks", "lead-intake#create_task"),
    ("notes", "lead-intake#create_note"),
    ("outbox", "lead-intake#notify_owner"),
    ("outbox", "lead-intake#save_follow_up_draft"),
    ("decisions", "lead-intake#record_decision"),
    ("outcomes", "lead-follow-through#record_outcome#report-1"),
)
"""What each lead that was handed over and closed has exactly one of: table, and key without its ids."""

TASKS = (
    "select customer_id, count(*), count(distinct subject) from tasks"
    " join accounts on accounts.id = account_id"
)

ODD = {
    "message sent twice": "select workflow_id, kind, count(*) from outbox"
    " group by workflow_id, kind, recipient_id, to_address, subject, body having count(*) > 1",
    "host in two meetings": "select one.id, other.id from bookings one join bookings other"
    " on one.id < other.id and one.host_id = other.host_id"
    " where one.starts_at < other.ends_at and other.starts_at < one.ends_at"
    " and one.created_at < coalesce(other.cancelled_at, '9999')"
    " and other.created_at < coalesce(one.cancelled_at, '9999')",
}
"""What there must be nothing of."""

UNDONE = {"effect undone": "select key, kind from effects where state <> 'done'"}
"""Nor of this, where nobody has anything undone."""


OURS = (
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
)
"""Why a workflow task may fail that no kill explains."""


KEYED_TABLES = tuple(
    table.name for table in metadata.sorted_tables if "key" in table.c and table.name != effects.name
)
"""Every table whose rows were each made under a key, tables that are not there yet included."""


class Made(NamedTuple):
    """A row that a step made, or the store's own record of an effect and how it stands."""

    where: str
    key: str
    """As it was meant, without what makes a random key random."""

    @property
    def kind(self) -> tuple[str, str]:
        """The same of every subject."""
        place = placed(self.key)
        return self.where, place[1] if place else ""


Belongings = dict[str, Counter[Made]]
"""What was made for each subject."""


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


async def belongings(store: Store) -> Belongings:
    """Reads every row that was made for somebody: effects, records, messages, approvals, arrivals."""
    queries = [f"select '{table}', key from {table}" for table in KEYED_TABLES]  # noqa: S608 - our own names
    queries += [
        "select 'effect ' || state || ': ' || kind, key from effects",
        f"select '{approval_tasks.name} ' || status, request_id || '#' from {approval_tasks.name}",  # noqa: S608
        f"select '{arrivals.name}', '{intake_workflow_id('')}' || lead_id || '#' from {arrivals.name}",  # noqa: S608
    ]
    found: Belongings = defaultdict(Counter)
    for where, key in await rows(store, " union all ".join(queries)):
        if place := placed(key):
            found[place[0]][Made(where, key.partition(RANDOM)[0])] += 1
    return found


async def oddities(store: Store, *, undone: bool = False) -> dict[str, list[tuple[Any, ...]]]:
    """What there must be nothing of, and is.

    Args:
        store: of the deployment.
        undone: whether some were to be undone, so that undone effects are not odd.
    """
    odd = ODD if undone else ODD | UNDONE
    found = {what: await rows(store, query) for what, query in odd.items()}
    return {what: lines for what, lines in found.items() if lines}


async def recovery(client: Client, store: Store, runs: Sequence[str]) -> Recovery:
    """Reads the histories of these runs."""
    histories = await asyncio.gather(*(client.get_workflow_handle(run).fetch_history() for run in runs))
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
