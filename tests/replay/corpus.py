"""The recorded histories: where they lie, what the manifest says of them, and how they are kept plain.

A history is named `process/branch`, and never written over by itself (README.md).
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, TypeAdapter
from temporalio.client import WorkflowHistory

from tests.architecture.source_tree import ROOT

HERE = Path(__file__).parent
HISTORIES = HERE / "histories"
MANIFEST = HERE / "manifest.json"

WORKER = "worker"
"""Stands for whoever ran a step; the recorder's host and process are nobody's business."""

LEFT_OUT = frozenset({"stackTrace", "links", "requestId"})
"""Fields of events that replay does not look at: paths of the recorder's machine, random ids."""

Transition = str
"""A process, and two of its states that followed each other in a run: `approval > asking > closing`."""


class Rerecording(BaseModel):
    """Why a history was written over; the only ways are in README.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: date
    reason: str


class Entry(BaseModel):
    """What the manifest says of one history."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workflow_type: str
    covers: str
    """The branch, in plain words."""
    transitions: tuple[Transition, ...]
    """What the run went through, as measured in replay."""
    events: int
    release: str
    """The version of the code that it was recorded with."""
    recorded_on: date
    sha256: str
    rerecorded: tuple[Rerecording, ...] = ()
    kept: str = ""
    """Why it is kept although no scenario yields it any more: runs of today go another way."""


def transition(process: str, current: str, target: str) -> Transition:
    """One move of a process."""
    return f"{process} > {current} > {target}"


_MANIFEST = TypeAdapter(dict[str, Entry])


def recorded_names() -> list[str]:
    """The name of every history that lies in the folder."""
    return sorted(
        path.relative_to(HISTORIES).with_suffix("").as_posix() for path in HISTORIES.rglob("*.json")
    )


def path_of(name: str) -> Path:
    """The file of a history."""
    return HISTORIES / f"{name}.json"


def digest_of(name: str) -> str:
    """The SHA-256 of a history's file."""
    return hashlib.sha256(path_of(name).read_bytes()).hexdigest()


def read_manifest() -> dict[str, Entry]:
    """What is known of each history, by name; nothing where there is no manifest yet."""
    return _MANIFEST.validate_json(MANIFEST.read_bytes()) if MANIFEST.exists() else {}


def write_manifest(entries: Mapping[str, Entry]) -> None:
    """Writes the manifest, in the order of names."""
    plain = {name: entries[name].model_dump(mode="json", exclude_defaults=True) for name in sorted(entries)}
    MANIFEST.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


def read_history(name: str) -> WorkflowHistory:
    """A recorded history, ready for replay; one file is read once."""
    return _read_history(name, digest_of(name))


@lru_cache(maxsize=512)
def _read_history(name: str, _digest: str) -> WorkflowHistory:
    events = cast("list[dict[str, Any]]", json.loads(path_of(name).read_text(encoding="utf-8"))["events"])
    workflow_id = events[0]["workflowExecutionStartedEventAttributes"]["workflowId"]
    return WorkflowHistory.from_json(workflow_id, {"events": events})


def write_history(name: str, history: WorkflowHistory) -> None:
    """Keeps a history: an event a line, without what tells of the machine that it was recorded on."""
    lines = [json.dumps(_plain(event), ensure_ascii=False) for event in history.to_json_dict()["events"]]
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"events": [\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")


def release() -> str:
    """The version of the code."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def workflow_type_of(history: WorkflowHistory) -> str:
    """The type of the workflow that ran."""
    return history.events[0].workflow_execution_started_event_attributes.workflow_type.name


def _plain(part: Any) -> Any:
    if isinstance(part, list):
        return [_plain(one) for one in part]
    if not isinstance(part, dict):
        return part
    fields = cast("dict[str, Any]", part)
    kept = {name: _plain(value) for name, value in fields.items() if name not in LEFT_OUT}
    if "identity" in kept:
        kept["identity"] = WORKER
    if kept.get("kind") == "TASK_QUEUE_KIND_STICKY":
        kept["name"] = f"{WORKER}-sticky"
    return kept
