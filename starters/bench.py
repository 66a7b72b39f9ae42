"""The `bench` command: measures lead intake on a server, a store and workers of its own."""

from __future__ import annotations

from typing import Annotated

import typer

from starters.arguments import AsJson
from starters.demo.command import become, demo_settings, make_afresh

MODULE = "benchmarks.lead_intake"


def bench(
    *,
    leads: Annotated[
        int, typer.Option("--leads", metavar="N", min=10, max=500, help="Leads of the throughput run.")
    ] = 200,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Few leads and open runs: says that it works, not how fast."),
    ] = False,
    processes: Annotated[
        int, typer.Option("--processes", metavar="N", min=1, max=16, help="Worker processes.")
    ] = 2,
    as_json: AsJson = False,
) -> None:
    """Measure what lead intake costs on this machine, and how it recovers from killed workers.

    Throughput and latency with one lead and with many in flight, CPU of server and workers, activities,
    history events and billable actions of each path, and the time that open runs need once every worker was
    killed. It takes about two minutes; nothing else should run meanwhile.

    \b
    Examples:
      throughline bench
      throughline bench --leads 500 --processes 4 --json > bench.json

    Exit codes: 0 measured, 1 a lead did not end as it should.
    """  # noqa: D301
    from runtime.ports import free_ports
    from runtime.setting_types import ROOT, STATE

    (port,) = free_ports(1)
    state = STATE / f"bench-{port}"
    settings = demo_settings(state, address=f"127.0.0.1:{port}", policies=ROOT / "policies")
    make_afresh(state, settings)
    options = ["--state", str(state), "--port", str(port), "--processes", str(processes)]
    options += ["--leads", str(leads), *(["--quick"] if quick else []), *(["--json"] if as_json else [])]
    become(settings, ["-m", MODULE, *options])
