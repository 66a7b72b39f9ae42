"""All settings of every process. This is the only file that reads the environment.

A setting is `THROUGHLINE__AREA__FIELD`, in the environment or in the `.env` file at the root of the checkout;
the environment wins. `.env.example` lists them.
"""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

from dotenv import dotenv_values
from pydantic import (
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from connectors.settings import Connections, ConnectorSettings
from contracts.delivery import Channel
from contracts.names import TaskQueue
from contracts.settings import Area
from runtime.problems import SettingsProblem
from runtime.setting_types import (
    ROOT,
    Address,
    CommaSeparated,
    RootedPath,
    Seconds,
    Slots,
    StoreUrl,
    VersionName,
)

PREFIX = "THROUGHLINE__"
DELIMITER = "__"
SHORTEST_KEY = 32
"""Characters of a signing key: 32 random ones carry more than the 128 bits that the signature needs."""


class TemporalSettings(Area):
    """Where Temporal is. What stays unset comes from the `temporal` command's own profile and variables.

    `temporalio.envconfig` reads the profile, so TLS, API keys and certificates of a self-hosted cluster or
    of Temporal Cloud are configured once for this code and for the `temporal` command.
    """

    profile: str | None = None
    """Profile in the configuration file; unset means `default`."""
    config_file: RootedPath | None = None
    """Unset means the file that the `temporal` command reads."""
    address: Address | None = None
    """`host:port`. Unset means the profile's, else 127.0.0.1:7233."""
    namespace: str | None = None
    """Unset means the profile's, else `default`."""


class StoreSettings(Area):
    """The SQL store behind the embedded CRM, ledger, inbox and outbox."""

    url: StoreUrl = Field(
        default=SecretStr("sqlite+aiosqlite:///.throughline/throughline.db"), validate_default=True
    )
    """A secret, since a PostgreSQL URL holds a password. `postgresql+psycopg://user:password@host/name`."""
    migrate: bool = True
    """Workers bring the store up to date before they start; turn it off where a deploy step does that."""


class PolicySettings(Area):
    """The policy bundle that new runs are pinned to."""

    directory: RootedPath = Field(default=Path("policies"), validate_default=True)


class IdentitySettings(Area):
    """The keys that prove to a run who decides (`runtime/identity.py`)."""

    signing_keys: Annotated[tuple[SecretStr, ...], NoDecode, CommaSeparated] = ()
    """The first one signs, all are honoured; unset means the key file. Doors and workers need the same."""
    key_file: RootedPath = Field(default=Path(".throughline/identity.key"), validate_default=True)
    """One key a line, the first one signs. It is made on first use, readable by its owner only."""

    @field_validator("signing_keys")
    @classmethod
    def _long_enough(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(key.get_secret_value()) < SHORTEST_KEY for key in keys):
            raise ValueError(f"each key needs {SHORTEST_KEY} characters or more")
        return keys


class WorkerSettings(Area):
    """What a worker process takes on. Slots are fixed: a tuner that watches the machine halves neighbours."""

    queues: Annotated[tuple[TaskQueue, ...], NoDecode, CommaSeparated] = tuple(TaskQueue)
    processes: int = Field(default=1, ge=1, le=64)
    max_concurrent_workflow_tasks: Slots = 100
    max_concurrent_local_activities: Slots = 100
    max_concurrent_activities: Slots = 100
    """For each queue."""
    max_cached_workflows: int = Field(default=1000, ge=0, le=100_000)
    sticky_timeout: Seconds = 5
    """How long a run waits for a worker that died with the run's state in its memory."""
    graceful_shutdown: Seconds = 20
    """How long running activities may take to end; keep it below the orchestrator's own kill timeout."""
    health_file: RootedPath | None = None
    """Touched every few seconds while the worker polls; its age tells a probe that the process is stuck."""
    sweep_every: float = Field(default=900, ge=0, le=86_400)
    """Seconds between sweeps for work left lying, where a worker makes the schedule; with 0 none does."""
    compare_crm_every: float = Field(default=3600, ge=0, le=86_400)
    """Seconds between comparisons of crm.yaml with the schema of a CRM of others, by a schedule like that."""
    use_versioning: bool = False
    """Nothing is dispatched until the deployment's first `set-current-version`, so it is off by default."""
    deployment_name: VersionName = "throughline"
    """What versions are versions of; `./throughline deploy` acts on this one."""
    build_id: VersionName | None = None
    """Which code a worker runs, such as the commit. A build whose runs are open is never built anew."""

    @model_validator(mode="after")
    def _versioning_has_a_build(self) -> Self:
        if self.use_versioning and not self.build_id:
            raise ValueError("use_versioning needs build_id, for example the commit that was built")
        return self


class LogFormat(StrEnum):
    """How log lines look."""

    JSON = "json"
    CONSOLE = "console"


class LogLevel(StrEnum):
    """From which level on a line is written."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class LogSettings(Area):
    """Logs, written to stderr."""

    level: LogLevel = LogLevel.INFO
    format: LogFormat = LogFormat.JSON


class TelemetrySettings(Area):
    """Metrics of the SDK and our own."""

    prometheus: Address | None = None
    """`host:port` to serve /metrics at. The n-th process of a supervisor adds n to the port."""


class Settings(Connections):
    """All areas. Made without an environment it holds the defaults."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    temporal: TemporalSettings = TemporalSettings()
    store: StoreSettings = StoreSettings()
    policies: PolicySettings = PolicySettings()
    identity: IdentitySettings = IdentitySettings()
    worker: WorkerSettings = WorkerSettings()
    log: LogSettings = LogSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    connectors: ConnectorSettings = ConnectorSettings()

    def chosen_connectors(self) -> dict[str, tuple[str, ...]]:
        """The names of the connectors that stand behind each port; for messages, of those that may."""
        channels = ("outbox", *(one.value for one in Channel if getattr(self, one.value) is not None))
        chosen: dict[str, tuple[str, ...]] = {port: (name,) for port, name in self.connectors}
        return {**chosen, "notifier": channels, "correspondence": channels}

    @model_validator(mode="after")
    def _what_is_chosen_is_reached(self) -> Self:
        for port, names in self.chosen_connectors().items():
            for name in names:
                area = Connections.area_of(name)
                if area is not None and getattr(self, name) is None:
                    needed = ", ".join(needs(name))
                    raise ValueError(f"{variable('connectors', port)} is {name}, which needs {needed}")
        return self


class EnvironmentSettings(Settings, BaseSettings):
    """All areas as the environment and `.env` have them; a `.env` may hold other programs' variables."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=DELIMITER,
        env_file=ROOT / ".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
    )


def settings_of_process(settings: Settings, index: int) -> Settings:
    """What one of several processes on a machine uses: what only one of them can have gets its index."""
    host, _, port = (settings.telemetry.prometheus or "").rpartition(":")
    prometheus = f"{host}:{int(port) + index}" if port else None
    file = settings.worker.health_file
    health_file = file.with_name(f"{file.name}.{index}") if file and index else file
    return settings.model_copy(
        update={
            "telemetry": settings.telemetry.model_copy(update={"prometheus": prometheus}),
            "worker": settings.worker.model_copy(update={"health_file": health_file}),
        }
    )


def load_settings() -> Settings:
    """Reads the environment and the `.env` file.

    Raises:
        SettingsProblem: something is unknown, missing or wrong; a line for each, without the value.
    """
    try:
        if misnamed := _misnamed():
            raise SettingsProblem("\n".join(misnamed))
        found = EnvironmentSettings()
        return Settings.model_construct(**{area: getattr(found, area) for area in Settings.model_fields})
    except ValidationError as error:
        lines = [_line(dict(one)) for one in error.errors(include_input=False)]
        raise SettingsProblem("\n".join(lines)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsProblem(f"{ROOT / '.env'} cannot be read: {type(error).__name__}") from None


def variable(*parts: str) -> str:
    """The variable that holds a setting."""
    return PREFIX + DELIMITER.join(part.upper() for part in parts)


def needs(area: str) -> list[str]:
    """The variables without which a system of others cannot be reached."""
    model = Connections.area_of(area)
    fields = model.model_fields if model else {}
    return [variable(area, name) for name, field in fields.items() if field.is_required()]


def _line(error: dict[str, Any]) -> str:
    """One line for one error, under the name of the variable that has to change."""
    fields = [part for part in error["loc"] if isinstance(part, str)]
    if not fields:
        return str(error["msg"]).removeprefix("Value error, ")
    name = variable(*fields)
    if error["type"] == "extra_forbidden":
        return f"{name}: there is no such setting; .env.example lists them"
    return f"{name}: {error['msg'].removeprefix('Value error, ')}"


def _misnamed() -> list[str]:
    """Variables of areas that do not exist: the parser passes them over, somebody thinks they work."""
    areas = [area.upper() for area in Settings.model_fields]
    problems: list[str] = []
    for name in sorted({name.upper() for name in (*os.environ, *dotenv_values(_env_file()))}):
        area, _, field = name.removeprefix(PREFIX).partition(DELIMITER)
        if not name.startswith(PREFIX) or (field and area in areas):
            continue
        if area in areas:
            problems.append(f"{name}: this is an area; set its fields, as {name}{DELIMITER}FIELD")
        else:
            problems.append(f"{name}: there is no such area; there are {', '.join(areas)}")
    return problems


def _env_file() -> Path:
    return Path(str(EnvironmentSettings.model_config.get("env_file")))
