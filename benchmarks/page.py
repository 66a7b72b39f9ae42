"""What was measured, as a page for people."""

from typing import Any

from rich.console import Console
from rich.table import Table

HOW_COUNTED = (
    "Latency runs from the submission to the end of intake, when the owner has the lead. CPU covers a lead's intake "
    "and its follow-through until that waits. Billable actions: each start of a run or child (a child counts in its "
    "parent too), attempt of an activity, signal, update, timer and search attribute upsert, and one for each workflow "
    "task that has local activities."
)


def show_page(document: dict[str, Any]) -> None:
    """Prints everything."""
    console = Console()
    for name, what in document["on"].items():
        console.print(f"[bold]{name}[/]: {what}", highlight=False)
    console.print()
    console.print(_load(document))
    console.print()
    console.print(_paths(document["paths"]))
    recovery = document["recovery"]
    console.print(
        f"\n[bold]Recovery[/]: {recovery['open_runs']} open runs, all {recovery['killed_processes']} worker processes "
        f"killed and started again: the first run ended {recovery['first_ended_after_s']} s after the kill, the last "
        f"{recovery['all_ended_after_s']} s.",
        highlight=False,
    )
    console.print(f"\n[dim]{HOW_COUNTED}[/]")


def _load(document: dict[str, Any]) -> Table:
    table = Table(title="Simple leads", title_justify="left", box=None, pad_edge=False)
    table.add_column("in flight", justify="right")
    for name in ("leads", "leads/s", "p50", "p99", "CPU of server a lead", "CPU of workers a lead"):
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


def _paths(paths: dict[str, dict[str, Any]]) -> Table:
    table = Table(title="One lead of each path", title_justify="left", box=None, pad_edge=False)
    table.add_column("path")
    for name in ("activities", "local activities", "history events", "billable actions"):
        table.add_column(name, justify="right")
    table.add_column("of these")
    for path, cost in paths.items():
        table.add_row(
            path,
            str(cost["activities"]),
            str(cost["local_activities"]),
            str(cost["history_events"]),
            str(cost["billable_actions"]),
            ", ".join(f"{count} {kind}" for kind, count in cost["billable_by_kind"].items()),
        )
    return table
