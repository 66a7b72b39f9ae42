"""What was measured, as a page for people."""

from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.measures import KINDS

RUNS = ("intake", "approval", "follow_through")

HOW_COUNTED = (
    "Latency runs from the submission to the end of intake, when the owner has the lead. CPU covers intake "
    "and follow-through until that waits. Billable actions: each start of a run or child (a child counts in "
    "its parent too), attempt of an activity, signal, update, timer and upsert of search attributes, and one "
    "for each workflow task that has local activities, however many."
)


def show_page(document: dict[str, Any]) -> None:
    """Prints everything."""
    console = Console()
    for name, what in document["on"].items():
        console.print(f"[bold]{name}[/]: {what}", highlight=False)
    console.print()
    console.print(_load(document))
    console.print()
    console.print(_steps(document["paths"]))
    console.print()
    console.print(_actions(document["paths"]))
    recovery = document["recovery"]
    console.print(
        f"\n[bold]Recovery[/]: {recovery['open_runs']} open runs, all {recovery['killed_processes']} worker "
        "processes killed and started again: the first run ended "
        f"{recovery['first_ended_after_s']} s after the kill, the last {recovery['all_ended_after_s']} s.",
        highlight=False,
    )
    console.print(f"\n[dim]{HOW_COUNTED}[/]")


def _load(document: dict[str, Any]) -> Table:
    table = Table(title="Simple leads; CPU is for each", title_justify="left", box=None, pad_edge=False)
    for name in ("in flight", "leads", "leads/s", "p50", "p99", "server CPU", "worker CPU"):
        table.add_column(name, justify="right")
    for one in (document["alone"], document["together"]):
        table.add_row(
            str(one["in_flight"]),
            str(one["leads"]),
            f"{one['leads_a_second']:.1f}",
            f"{one['p50_ms']:.0f} ms",
            f"{one['p99_ms']:.0f} ms",
            f"{one['server_cpu_ms_a_lead']:.0f} ms",
            f"{one['worker_cpu_ms_a_lead']:.0f} ms",
        )
    return table


def _steps(paths: dict[str, dict[str, Any]]) -> Table:
    table = Table(title="Steps and events of one lead", title_justify="left", box=None, pad_edge=False)
    table.add_column("path", no_wrap=True)
    for name in ("activities", "local", "events", "of intake", "approval", "follow-through"):
        table.add_column(name, justify="right")
    for path, runs in paths.items():
        events = (
            runs.get(run, {}).get("history_events", "") for run in ("intake", "approval", "follow_through")
        )
        cost = runs["together"]
        cells = (cost["activities"], cost["local_activities"], cost["history_events"], *events)
        table.add_row(path, *map(str, cells))
    return table


def _actions(paths: dict[str, dict[str, Any]]) -> Table:
    table = Table(title="Billable actions of one lead", title_justify="left", box=None, padding=(0, 1, 0, 0))
    table.add_column("path", no_wrap=True)
    for name in ("all", *KINDS):
        table.add_column(name, justify="right", no_wrap=True)
    for path, runs in paths.items():
        cost = runs["together"]
        kinds = (str(cost["billable_by_kind"][kind] or "") for kind in KINDS)
        table.add_row(path, str(cost["billable_actions"]), *kinds)
    return table
