"""What the demo says of what the servers hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from starters.demo.counterparts.read_back import Holding


def document(holdings: Iterable[Holding], drop_every: int) -> dict[str, object]:
    """Everything, for `--json`."""
    return {
        "drop_every": drop_every,
        "servers": [
            {
                "server": one.server,
                "holds": one.what,
                "effects": one.effects,
                "undone": one.undone,
                "found": one.found,
                "doubled": one.doubled,
                "missing": one.missing,
                "unasked": one.unasked,
                "unheard": one.unheard,
                "calls": one.calls,
                "answers_lost": one.lost,
            }
            for one in holdings
        ],
    }


def print_holdings(console: Console, holdings: Sequence[Holding], drop_every: int) -> None:
    """What every server holds, for people, and whether that is right."""
    table = Table(title="What the servers hold", box=None, title_justify="left", pad_edge=False)
    for heading in ("server", "holds"):
        table.add_column(heading)
    for heading in ("due", "found", "twice", "calls", "lost"):
        table.add_column(heading, justify="right")
    for one in holdings:
        lossy = (str(one.calls), str(one.lost)) if one.calls else ("", "")
        table.add_row(one.server, one.what, str(one.effects), str(one.found), str(len(one.doubled)), *lossy)
    console.print()
    console.print(table)
    wrong = [difference for one in holdings for difference in one.differences]
    for difference in wrong:
        console.print(f"[red]{escape(difference)}[/]")
    if not wrong:
        network = f", although every {drop_every}th answer was lost" if drop_every else ""
        console.print(f"[green]Every effect stands once on its server{network}.[/]")
