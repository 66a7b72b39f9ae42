"""How the builds of a worker deployment stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.enums.v1 import WorkerDeploymentVersionStatus

from contracts.names import TaskQueue
from starters.console import CommandFailure
from starters.exit_codes import ExitCode

STATUS = "see `./throughline deploy status`"


@dataclass(frozen=True)
class Build:
    """One build of the deployment."""

    build: str
    state: str
    """current, ramping, draining (pinned runs need it), drained, or inactive (never had any)."""
    open_runs: int
    """Runs that took their latest task here."""
    pinned_runs: int
    """Those of them that end here, so that workers of it have to stay."""
    workers: int
    """Processes that poll."""
    unserved: tuple[TaskQueue, ...]
    """Queues that none of them polls."""
    since: datetime | None
    """When its part in the routing last changed."""
    last_current: datetime | None
    """When it was last made current; the build before the current one is rolled back to."""


@dataclass(frozen=True)
class Standing:
    """How a deployment stands."""

    deployment: str
    current: str | None
    previous: str | None
    """What `rollback` makes current: the build that was current before."""
    ramping: str | None
    ramp_percentage: float
    unversioned_runs: int
    """Open runs that no versioned worker has taken a task of."""
    builds: tuple[Build, ...]
    """The newest first."""

    def build(self, name: str) -> Build:
        """One of the builds.

        Raises:
            CommandFailure: NOT_FOUND.
        """
        for build in self.builds:
            if build.build == name:
                return build
        raise CommandFailure(
            ExitCode.NOT_FOUND,
            f"there is no build {name}",
            where=f"deployment {self.deployment}",
            remedy=f"a build is known once a worker of it polls; {STATUS}",
        )


_STATES = {
    WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_CURRENT: "current",
    WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_RAMPING: "ramping",
    WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINING: "draining",
    WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINED: "drained",
}


def standing_of(
    info: WorkerDeploymentInfo,
    serving: Mapping[str, Mapping[TaskQueue, set[str]]],
    unversioned: int,
    runs: Mapping[str, int],
    pinned: Mapping[str, int],
) -> Standing:
    """What the server knows of a deployment, with who polls and which runs are open."""
    routing = info.routing_config
    builds: list[Build] = []
    for summary in sorted(info.version_summaries, key=lambda one: -one.create_time.ToNanoseconds()):
        name = summary.deployment_version.build_id
        queues = serving.get(name, {})
        builds.append(
            Build(
                build=name,
                state=_STATES.get(summary.status, "inactive"),
                open_runs=runs[name],
                pinned_runs=pinned[name],
                workers=len(set[str]().union(*queues.values())),
                unserved=tuple(queue for queue in TaskQueue if queue not in queues),
                since=_instant(summary.routing_update_time),
                last_current=_instant(summary.last_current_time),
            )
        )
    current = routing.current_deployment_version.build_id or None
    return Standing(
        deployment=info.name,
        current=current,
        previous=_previous(builds, current),
        ramping=routing.ramping_deployment_version.build_id or None,
        ramp_percentage=routing.ramping_version_percentage,
        unversioned_runs=unversioned,
        builds=tuple(builds),
    )


def _previous(builds: Sequence[Build], current: str | None) -> str | None:
    before = [build for build in builds if build.last_current and build.build != current]
    latest = max(before, key=lambda build: build.last_current or NEVER, default=None)
    return latest.build if latest else None


NEVER = datetime.min.replace(tzinfo=UTC)


def _instant(at: Timestamp) -> datetime | None:
    return at.ToDatetime(tzinfo=UTC) if at.seconds else None
