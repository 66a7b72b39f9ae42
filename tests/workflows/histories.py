"""What a run left in its history, for tests that count and for those that look for what must not be there."""

from collections import Counter
from typing import Any

from google.protobuf.json_format import MessageToDict
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from tests.workflows.house import Run


async def events_of(run: Run) -> list[HistoryEvent]:
    """The run's history."""
    return list((await run.fetch_history()).events)


def kinds(events: list[HistoryEvent]) -> Counter[str]:
    """How many events of each kind there are."""
    return Counter(EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in events)


def activities(events: list[HistoryEvent]) -> list[str]:
    """The regular activities that were scheduled, in order."""
    scheduled = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    return [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in events
        if event.event_type == scheduled
    ]


def summary_of(event: HistoryEvent) -> str:
    """The event's summary, as the Web UI shows it."""
    return event.user_metadata.summary.data.decode().strip('"')


def as_document(event: HistoryEvent) -> dict[str, Any]:
    """An event as nested plain values."""
    return MessageToDict(event)
