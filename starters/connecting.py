"""A client for one command, or the one line that says why there is none."""

from __future__ import annotations

from temporalio.client import Client

from runtime.problems import SettingsProblem, TemporalUnreachable
from runtime.settings import Settings, TelemetrySettings
from runtime.temporal import connect
from starters.console import CommandFailure
from starters.exit_codes import ExitCode
from starters.refusals import unreachable


async def connected(settings: Settings) -> Client:
    """A client of the deployment that the settings name.

    Raises:
        CommandFailure: UNREACHABLE or MISCONFIGURED.
    """
    try:
        # The metrics port of the settings belongs to workers; a command must not take it from them.
        return await connect(settings.model_copy(update={"telemetry": TelemetrySettings()}))
    except SettingsProblem as problem:
        raise CommandFailure(ExitCode.MISCONFIGURED, str(problem), where="temporal") from problem
    except TemporalUnreachable as error:
        raise unreachable(str(error)) from error
