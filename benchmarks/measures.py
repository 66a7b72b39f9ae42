"""How things are counted: CPU from the kernel, steps and actions from histories, latencies by rank."""

import contextlib
import math
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
LOCAL_ACTIVITY_MARKER = "core_local_activity"

ACTION_OF_EVENT = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: "starts",
    EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED: "child",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: "signals",
    EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED: "signals",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: "updates",
    EventType.EVENT_TYPE_TIMER_STARTED: "timers",
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: "upserts",
}
"""Each event of these is one billable action. A child costs two: its start in the parent and its own run. An
activity costs one for each attempt; all local activities of one workflow task together cost one. Queries
and attributes that are set at the start of a run cost nothing here."""

ATTEMPTS = "tries"
LOCAL_TASKS = "local"
KINDS = ("starts", "child", ATTEMPTS, LOCAL_TASKS, "signals", "updates", "timers", "upserts")


@dataclass(frozen=True)
class Cost:
    """What one run, or several together, left in their histories."""

    activities: int
    local_activities: int
    events: int
    actions: dict[str, int]

    @property
    def billable(self) -> int:
        """All billable actions."""
        return sum(self.actions.values())

    def document(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "activities": self.activities,
            "local_activities": self.local_activities,
            "history_events": self.events,
            "billable_actions": self.billable,
            "billable_by_kind": self.actions,
        }


def cost_of(history: WorkflowHistory) -> Cost:
    """Counts what one run did."""
    actions: Counter[str] = Counter()
    activities = local = 0
    billed_task = None
    for event in history.events:
        if name := ACTION_OF_EVENT.get(event.event_type):
            actions[name] += 1
        elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            activities += 1
        elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
            actions[ATTEMPTS] += event.activity_task_started_event_attributes.attempt
        elif event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED:
            marker = event.marker_recorded_event_attributes
            if marker.marker_name == LOCAL_ACTIVITY_MARKER:
                local += 1
                if marker.workflow_task_completed_event_id != billed_task:
                    billed_task = marker.workflow_task_completed_event_id
                    actions[LOCAL_TASKS] += 1
    return Cost(activities, local, len(history.events), {kind: actions[kind] for kind in KINDS})


def together(costs: Iterable[Cost]) -> Cost:
    """The sum."""
    kept = tuple(costs)
    return Cost(
        sum(cost.activities for cost in kept),
        sum(cost.local_activities for cost in kept),
        sum(cost.events for cost in kept),
        {kind: sum(cost.actions[kind] for cost in kept) for kind in KINDS},
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent do not exceed, by nearest rank."""
    ordered = sorted(values)
    return ordered[max(math.ceil(percent / 100 * len(ordered)), 1) - 1]


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time of these processes so far, user and system."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICKS_A_SECOND


def family_of(pid: int) -> list[int]:
    """A process and all its descendants."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found
