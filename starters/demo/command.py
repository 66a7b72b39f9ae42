"""The `demo` command: finds ports and a state folder, and becomes the demo in an environment of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from starters.arguments import AsJson, optional_choice
from starters.console import CommandFailure, complain
from starters.exit_codes import ExitCode

PORT, UI_PORT = 7233, 8233

PROFILE = "temporal.toml"
STORE = "store.db"
ENVIRONMENT_FILE = "env"

# Whoever works with Temporal Cloud has these set, and a local server understands none of them.
FOREIGN = (
    *(f"TEMPORAL_{name}" for name in ("ADDRESS", "NAMESPACE", "API_KEY", "PROFILE", "CONFIG_FILE", "TLS")),
    *(
        f"TEMPORAL_TLS_{part}_{kind}"
        for part in ("CLIENT_CERT", "CLIENT_KEY", "SERVER_CA_CERT")
        for kind in ("PATH", "DATA")
    ),
    "TEMPORAL_TLS_SERVER_NAME",
    "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION",
    "THROUGHLINE__IDENTITY__SIGNING_KEYS",
    "THROUGHLINE__TELEMETRY__PROMETHEUS",
    "THROUGHLINE__WORKER__HEALTH_FILE",
)


class Systems(StrEnum):
    """What can stand behind the ports in place of our own store."""

    COUNTERPARTS = "counterparts"


def demo(
    *,
    exit_: Annotated[
        bool, typer.Option("--exit", help="Decide everything by script, check the result, and end.")
    ] = False,
    as_json: AsJson = False,
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=1, max=65535, help="Of the Temporal server.")
    ] = PORT,
    ui_port: Annotated[
        int, typer.Option("--ui-port", metavar="PORT", min=1, max=65535, help="Of its Web UI.")
    ] = UI_PORT,
    any_port: Annotated[bool, typer.Option("--any-port", help="Take free ports, whatever they are.")] = False,
    processes: Annotated[
        int, typer.Option("--processes", metavar="N", min=1, max=16, help="Worker processes.")
    ] = 2,
    with_: Annotated[
        str | None,
        typer.Option(
            "--with",
            metavar="counterparts",
            help="Servers of others behind the ports: Tryton, Slack, SMTP, a model, Stripe, SCIM, CalDAV. "
            "They are installed on first use, and read back at the end.",
        ),
    ] = None,
    drop_every: Annotated[
        int | None,
        typer.Option(
            "--drop-every",
            metavar="N",
            min=2,
            help="With counterparts: every Nth answer is lost after the server has acted. Takes minutes.",
        ),
    ] = None,
) -> None:
    """Send the shipped example leads through a Temporal server and workers of its own.

    It shows each lead moving, asks you for one approval, and stays up until Ctrl-C, so that you can look
    around in the Web UI. Everything it keeps is in .throughline/demo, made anew each time.

    \b
    Examples:
      throughline demo
      throughline demo --any-port
      throughline demo --exit --json > result.json
      throughline demo --with counterparts
      throughline demo --with counterparts --drop-every 5 --exit

    Exit codes: 0 every lead ended as examples/expected.json says, 1 one did not, 6 a counterpart cannot be
    installed or started, 8 a port is taken, 130 stopped by Ctrl-C before the end.
    """  # noqa: D301
    from runtime.setting_types import ROOT, STATE

    with_counterparts = optional_choice("--with", with_, Systems) is not None
    try:
        _refuse_losses_at_home(drop_every, with_counterparts=with_counterparts)
        ports = _ports(port, ui_port, any_port=any_port)
        state = STATE / ("demo" if ports[0] == PORT else f"demo-{ports[0]}")
        # Where servers of others are reached is said in the policies, so that demo has its own.
        policies = (state if with_counterparts else ROOT) / "policies"
        settings = demo_settings(state, address=f"127.0.0.1:{ports[0]}", policies=policies)
        make_afresh(state, settings)
    except CommandFailure as failure:
        complain(failure.line())
        raise typer.Exit(failure.code) from failure
    flags = [*(["--exit"] if exit_ else []), *(["--json"] if as_json else [])]
    flags += ["--with-counterparts", "--drop-every", str(drop_every or 0)] if with_counterparts else []
    options = ["--state", str(state), "--port", str(ports[0]), "--ui-port", str(ports[1])]
    become(settings, ["-m", "starters.demo", *options, "--processes", str(processes), *flags])


def _refuse_losses_at_home(drop_every: int | None, *, with_counterparts: bool) -> None:
    if drop_every and not with_counterparts:
        raise CommandFailure(
            ExitCode.USAGE,
            "--drop-every is about the way to servers of others",
            where="demo",
            remedy="add `--with counterparts`",
        )


def demo_settings(state: Path, *, address: str, policies: Path) -> dict[str, str]:
    """The environment of everything that belongs to one local stack."""
    return {
        "THROUGHLINE__TEMPORAL__CONFIG_FILE": str(state / PROFILE),
        "THROUGHLINE__TEMPORAL__PROFILE": "default",
        "THROUGHLINE__TEMPORAL__ADDRESS": address,
        "THROUGHLINE__TEMPORAL__NAMESPACE": "default",
        "THROUGHLINE__STORE__URL": f"sqlite+aiosqlite:///{state / STORE}",
        # The store is made before the workers start.
        "THROUGHLINE__STORE__MIGRATE": "false",
        "THROUGHLINE__IDENTITY__KEY_FILE": str(state / "identity.key"),
        "THROUGHLINE__POLICIES__DIRECTORY": str(policies),
        "THROUGHLINE__WORKER__USE_VERSIONING": "false",
        "THROUGHLINE__WORKER__GRACEFUL_SHUTDOWN": "2",
    }


def become(settings: dict[str, str], arguments: list[str]) -> None:
    """Replaces this process by Python with these settings; child processes inherit them."""
    sys.stdout.flush()
    sys.stderr.flush()
    # `env` adds to the environment without anybody here having to read it.
    changes = [
        *(part for name in FOREIGN for part in ("-u", name)),
        *(f"{k}={v}" for k, v in settings.items()),
    ]
    from runtime.setting_types import ROOT

    os.chdir(ROOT)
    os.execvp("env", ["env", *changes, sys.executable, "-P", *arguments])  # noqa: S606


def _ports(port: int, ui_port: int, *, any_port: bool) -> tuple[int, int]:
    from runtime.ports import free_ports, holder_of, is_taken

    if any_port:
        first, second = free_ports(2)
        return first, second
    for one, what in ((port, "Temporal"), (ui_port, "its Web UI")):
        if is_taken(one):
            holder = holder_of(one)
            raise CommandFailure(
                ExitCode.MISCONFIGURED,
                f"port {one} for {what} is taken" + (f" by {holder}" if holder else ""),
                where="demo",
                remedy="end that process, or run `./throughline demo --any-port`",
            )
    return port, ui_port


def make_afresh(state: Path, settings: dict[str, str]) -> None:
    """An empty folder with what a second terminal needs to work on the same stack."""
    import shutil

    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    address = settings["THROUGHLINE__TEMPORAL__ADDRESS"]
    (state / PROFILE).write_text(f'[profile.default]\naddress = "{address}"\nnamespace = "default"\n')
    add_to_environment(state, settings)


def add_to_environment(state: Path, settings: Mapping[str, str]) -> None:
    """Tells a second terminal these settings."""
    import shlex

    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in settings.items()]
    with (state / ENVIRONMENT_FILE).open("a", encoding="utf-8") as file:
        file.writelines(lines)
