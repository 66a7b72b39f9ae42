"""What the demo says of its customers: the timeline of each, and how it differs from what is expected."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from contracts.access_request import AccessRequestStatus
from contracts.processes import PROCESS_BY_NAME
from rules.state_machine import state_of
from starters.demo.customers import Access, Customer, load_access
from starters.demo.journey import Journey, Travelled

KICKOFF = "kickoff"


@dataclass(frozen=True)
class Customers:
    """All customers and access requests, come to their ends."""

    customers: tuple[Travelled, ...]
    access: tuple[tuple[Access, AccessRequestStatus], ...]

    @classmethod
    async def play(cls, journey: Journey, customers: Sequence[Customer]) -> Self:
        """Plays these customers and the examples of access requests, side by side."""
        requests = load_access()
        async with asyncio.TaskGroup() as group:
            travelled = [group.create_task(journey.travelled(customer)) for customer in customers]
            granted = [group.create_task(journey.granted(access)) for access in requests]
        ends = tuple(zip(requests, (task.result() for task in granted), strict=True))
        return cls(tuple(task.result() for task in travelled), ends)

    @property
    def as_expected(self) -> bool:
        """Whether each ended as the examples say."""
        access_is = all(status.state == access.outcome for access, status in self.access)
        return access_is and not any(differences(seen) for seen in self.customers)

    def document(self) -> dict[str, object]:
        """Everything, for `--json`."""
        return {
            "customers": documents(self.customers),
            "access_requests": [
                {"request_id": status.request_id, "state": status.state, "expected": access.outcome}
                for access, status in self.access
            ],
        }

    def print(self, console: Console) -> None:
        """Timelines for people, and whether all is right."""
        print_customers(console, self.customers)
        console.print()
        for access, status in self.access:
            asked = f"{status.person_id} asked to be {status.role} in {status.system}"
            console.print(f"Access request: {asked}; {access.approved_by} agreed; it {status.state}.")
        if self.as_expected:
            console.print("[green]Every customer ended as examples/customers.json says.[/]")


def differences(seen: Travelled) -> list[str]:
    """How the end differs from what the example says; empty where it does not."""
    expected, result, status = seen.customer.expected, seen.result, seen.status
    if status is None:
        return [*seen.problems, "it has not begun"]
    if result is None:
        parked = (f"; {one.step} is parked: {one.code}: {one.message}" for one in status.parked)
        return [*seen.problems, f"it has not ended: {status.state}{''.join(parked)}"]
    found: dict[str, tuple[object, object]] = {
        "outcome": (result.outcome, expected.outcome),
        "template": (result.template, expected.template),
        "states": (tuple(visit.state for visit in status.visits), expected.visits),
        # Tasks are given out beside other steps, so their place in the order is chance.
        "undone": (sorted(_without_time(step.what) for step in result.undone), sorted(expected.undone)),
        "left": (result.left, ()),
    }
    return [
        *seen.problems,
        *(f"{name}: {is_}, expected {wanted}" for name, (is_, wanted) in found.items() if is_ != wanted),
    ]


def _without_time(what: str) -> str:
    """A kickoff is named by when it would have been, which depends on the day."""
    return KICKOFF if what.startswith(f"{KICKOFF} ") else what


def documents(customers: Sequence[Travelled]) -> list[dict[str, object]]:
    """Everything about each customer, for `--json`."""
    return [
        {
            "name": seen.customer.name,
            "onboarding_id": seen.onboarding_id,
            "workflow_id": seen.workflow_id,
            "outcome": seen.result and seen.result.outcome,
            "template": seen.result and seen.result.template,
            "decided_by": seen.result.decided_by if seen.result else (),
            "effects": seen.result.effects if seen.result else (),
            "undone": [step.what for step in seen.result.undone] if seen.result else [],
            "irreversible": seen.result.irreversible if seen.result else (),
            "timeline": [{"at": at, "what": what} for at, what, _ in timeline(seen)],
            "differences": differences(seen),
        }
        for seen in customers
    ]


def timeline(seen: Travelled) -> Iterator[tuple[datetime, str, str]]:
    """What happened when, in order: instant, what, and what it means."""
    lines = [(at, said, "") for at, said in seen.said.values()]
    for status in (seen.lead, seen.deal, seen.status):
        if status is not None:
            process = PROCESS_BY_NAME[status.process]
            lines += [
                (visit.at, visit.state.replace("_", " "), state_of(process, visit.state).meaning)
                for visit in status.visits
            ]
    yield from sorted(lines, key=lambda line: line[0])


def print_customers(console: Console, customers: Sequence[Travelled]) -> None:
    """The timeline of each customer, for people."""
    for seen in customers:
        console.print()
        console.print(f"[bold]{escape(seen.customer.about)}[/]")
        console.print(f"[dim]{escape(seen.workflow_id)}[/]", highlight=False)
        console.print(_table(seen))
        if seen.result and seen.result.undone:
            undone = ", ".join(step.what for step in seen.result.undone)
            console.print(f"Taken back, in this order: {escape(undone)}.")
        if seen.result and seen.result.irreversible and seen.result.undone:
            console.print(f"Cannot be taken back: {escape('; '.join(seen.result.irreversible))}.")
        for difference in differences(seen):
            console.print(f"[red]{escape(difference)}[/]")


def _table(seen: Travelled) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column("at", justify="right", no_wrap=True, style="dim")
    table.add_column("what", overflow="fold")
    lines = list(timeline(seen))
    for at, what, meaning in lines:
        text = Text(what, "bold") if meaning else Text(what, "cyan")
        table.add_row(_after(lines[0][0], at), text.append(f"  {meaning}" if meaning else "", "not bold dim"))
    return table


def _after(first: datetime, at: datetime) -> str:
    """Seconds since the beginning; days, where the run's clock was moved."""
    passed = at - first
    return f"+{passed.days} d" if passed.days else f"+{passed.total_seconds():.1f} s"
