"""Runs as commands show them, whatever their process is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.states import Lane


@dataclass(frozen=True)
class StartedRun:
    """What has its one run, from now on or from before."""

    id: str
    workflow_id: str
    already_known: bool
    """The same came before; nothing was started."""


@dataclass(frozen=True)
class RunFilter:
    """Which runs of a process to list; None means any."""

    lane: Lane | None = None
    limit: int = 50


@dataclass(frozen=True, kw_only=True)
class ListedRun:
    """A run as the list of runs shows it, a moment late; its status asks the run itself."""

    workflow_id: str
    process: str
    run: str
    """Temporal's own status: a run that is terminated or failed keeps the lane it had."""
    lane: str | None
    stage: str | None
    owner_id: str | None
    due_at: datetime | None
    started_at: datetime


@dataclass(frozen=True, kw_only=True)
class SubjectRun(ListedRun):
    """A run by the id of what it is about."""

    id: str
