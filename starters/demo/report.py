"""What the demo says at its end: one document for scripts, or a page for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from contracts.states import Lane
from starters.demo.command import ENVIRONMENT_FILE
from starters.demo.stack import WORKER_LOG
from starters.demo.verdict import StoreVerdict, Verdict

MERGED = "merged"
"""Stands for the path of leads that were noted on another and went nowhere themselves."""


def document(
    verdicts: Sequence[Verdict], store: StoreVerdict, problems: Sequence[str], seconds: dict[str, float]
) -> dict[str, object]:
    """Everything, for `--json`."""
    return {
        "as_expected": is_as_expected(verdicts, store, problems),
        "leads": [_lead_document(verdict) for verdict in verdicts],
        "totals": {
            "leads": len(verdicts),
            "as_expected": sum(verdict.as_expected for verdict in verdicts),
            "by_lane": _counted(verdict.lead.lane for verdict in verdicts),
            "by_path": _counted(verdict.lead.path or "none" for verdict in verdicts),
            "by_state": _counted(verdict.lead.state for verdict in verdicts),
        },
        "effects": {"made": store.effects, "keys": store.keys, "doubled": store.doubled},
        "store": {"rows": store.rows, "differences": store.differences},
        "problems": list(problems),
        "seconds": seconds,
    }


def is_as_expected(verdicts: Sequence[Verdict], store: StoreVerdict, problems: Sequence[str]) -> bool:
    """Whether every lead ended as expected, and nothing was made twice."""
    return (
        all(verdict.as_expected for verdict in verdicts)
        and not store.doubled
        and not store.differences
        and not problems
    )


def _lead_document(verdict: Verdict) -> dict[str, object]:
    lead, status, decision = verdict.lead, verdict.lead.status, verdict.decision
    return {
        "id": lead.name,
        "lead_id": lead.lead_id,
        "workflow_id": lead.workflow_id,
        "source": status.source if status else None,
        "entry_kind": lead.submission.entry_kind,
        "lane": lead.lane,
        "state": lead.state,
        "path": status.path if status else None,
        "owner": status.owner_id if status else None,
        "pool": decision.allocation.pool if decision and decision.allocation else None,
        "rule": status.rule if status else None,
        "review": decision.route.review.reason
        if decision and decision.route and decision.route.review
        else None,
        "category": status.category if status else None,
        "priority": status.priority if status else None,
        "match": status.match if status else None,
        "disqualified": status.disqualify_reason if status else None,
        "merged_into": status.merged_into if status else None,
        "decided_by": decision.decided_by if decision else (),
        "reasons": status.reasons if status else (),
        "visits": [visit.state for visit in status.visits] if status else [],
        "effects": [effect._asdict() for effect in verdict.effects],
        "seconds": round(lead.seconds, 2) if lead.seconds is not None else None,
        "decided_by_hand": lead.decided_by_hand,
        "as_expected": verdict.as_expected,
        "differences": list(verdict.differences),
    }


def print_summary(
    console: Console,
    verdicts: Sequence[Verdict],
    store: StoreVerdict,
    problems: Sequence[str],
    seconds: float,
) -> None:
    """How many went where, and whether that is right."""
    lanes = (*(lane for lane in Lane if any(verdict.lead.lane == lane for verdict in verdicts)),)
    table = Table(title="Where the leads went", box=None, title_justify="left", pad_edge=False)
    table.add_column("path")
    for lane in lanes:
        table.add_column(lane, justify="right")
    for path in dict.fromkeys(verdict.lead.path or MERGED for verdict in verdicts):
        there = [verdict for verdict in verdicts if (verdict.lead.path or MERGED) == path]
        counts = Counter(verdict.lead.lane for verdict in there)
        table.add_row(path, *(str(counts[lane] or "") for lane in lanes))
    console.print()
    console.print(table)
    console.print(
        f"\n{len(verdicts)} leads in {seconds:.1f} s, {store.effects} effects under {store.keys} keys"
        f"{_records(store)}, {store.rows['outbox']} messages and drafts."
    )
    wrong = [verdict for verdict in verdicts if not verdict.as_expected]
    for verdict in wrong:
        console.print(f"[red]{escape(verdict.lead.name)}[/]: {escape('; '.join(verdict.differences))}")
    for problem in (*problems, *store.doubled, *store.differences):
        console.print(f"[red]{escape(problem)}[/]")
    if is_as_expected(verdicts, store, problems):
        console.print(
            "[green]Every lead ended as examples/expected.json says, and nothing was made twice.[/]"
        )


def print_what_next(
    console: Console,
    state: Path,
    ui_url: str | None,
    verdicts: Sequence[Verdict],
    *,
    customer: str,
    supervisor_pid: int,
) -> None:
    """What to try while everything is still up."""
    shown = next((v for v in verdicts if v.lead.state == "handed_over"), verdicts[0])
    waiting = quote("`Lane`='waiting'")
    folder = state.relative_to(Path.cwd()) if state.is_relative_to(Path.cwd()) else state
    lines = [
        ("Web UI, all runs", f"{ui_url}/namespaces/default/workflows"),
        ("  those that wait", f"{ui_url}/namespaces/default/workflows?query={waiting}"),
        ("A second terminal", f". {folder / ENVIRONMENT_FILE}"),
        ("  one lead", f"./throughline lead status {shown.lead.lead_id}"),
        ("  one customer", f"./throughline onboarding timeline {customer}"),
        ("  what people were told", "./throughline outbox list"),
        ("  what was decided by whom", "./throughline approval list --status all"),
        ("  the same leads once more", "./throughline lead submit examples/leads/sales.json"),
        (
            "Kill the workers",
            f"kill -9 {supervisor_pid}; then, after . {folder / ENVIRONMENT_FILE}: ./throughline worker",
        ),
        ("Their log", str(folder / WORKER_LOG)),
    ]
    width = max(len(name) for name, _ in lines)
    console.print("\n[bold]Everything stays up until Ctrl-C. Try:[/]")
    for name, what in lines:
        console.print(f"  {escape(name):<{width}}  {escape(what)}", soft_wrap=True, highlight=False)


def _records(store: StoreVerdict) -> str:
    """What the embedded CRM holds; nothing where another one is used."""
    contacts, works = store.rows["contacts"], store.rows["works"]
    return f", {contacts} contacts, {works} deals, tickets and enrolments" if works else ""


def _counted(values: object) -> dict[str, int]:
    return dict(sorted(Counter(map(str, values)).items()))  # type: ignore[call-overload]
