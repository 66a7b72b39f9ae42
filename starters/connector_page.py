"""`docs/connectors.md`, written from the cards of the connectors and the models of their settings."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from connectors.card import ConnectorCard

WRITE_COMMAND = "./throughline connectors write-docs"

HEAD = f"""# Connectors

Which systems can stand behind the ports, and what keeps an effect on each of them from being made twice.
Written from the code by `{WRITE_COMMAND}`; change a connector's `CARD`, not this page.

Every connector makes its effects through the store's memory of keys (`connectors/keyed.py`): a key's result
is remembered, an undone effect stays undone, and two workers do not call at once under one key. The tables
say what the system itself adds, and what is left: the *window* in which an effect can still be doubled.

After a worker is killed in the middle of a call, the same step waits up to 60 s before another worker calls:
the call may be under way at the system still, and nobody but the system knows. Meanwhile the step is
retried with `UNAVAILABLE`, "another call under the key of this ... is under way", and goes on by itself.
Where a call's answer was lost and the worker lives, it waits 10 s.
A worker that is asked to stop (SIGTERM) ends its calls first, within
`THROUGHLINE__WORKER__GRACEFUL_SHUTDOWN`, so an ordinary deploy makes no step wait.

How one is added, in an afternoon: [adding a connector](adding-a-connector.md).
"""


def cards() -> tuple[ConnectorCard, ...]:
    """The card of every connector, by port and name."""
    found = {(card.port, card.name): card for card in _declared()}
    return tuple(found[key] for key in sorted(found))


def settings_of(card: ConnectorCard) -> tuple[str, ...]:
    """The variables of a connector's own settings; those that are needed come first."""
    from connectors.settings import Connections
    from runtime.settings import variable

    area = Connections.area_of(card.name)
    fields = area.model_fields.items() if area else ()
    ordered = sorted(fields, key=lambda field: not field[1].is_required())
    return tuple(variable(card.name, name) for name, _ in ordered)


def page(found: Sequence[ConnectorCard]) -> str:
    """The whole page."""
    return "\n".join((HEAD, *(part for port in _ports(found) for part in _section(port, found))))


def _declared() -> Iterator[ConnectorCard]:
    import connectors
    from connectors.card import ConnectorCard

    for module in pkgutil.walk_packages(connectors.__path__, "connectors."):
        if ".migrations" in module.name:
            continue
        for value in vars(importlib.import_module(module.name)).values():
            found = cast(tuple[object, ...], value) if isinstance(value, tuple) else (value,)
            yield from (one for one in found if isinstance(one, ConnectorCard))


def _ports(found: Sequence[ConnectorCard]) -> list[str]:
    return list(dict.fromkeys(card.port for card in found))


def _section(port: str, found: Sequence[ConnectorCard]) -> Iterator[str]:
    of_port = [card for card in found if card.port == port]
    yield f"## {port}\n"
    yield _table(
        ("connector", "operation", "what makes a repeat harmless", "window"),
        ((f"`{card.name}`", one.name, one.means, one.window) for card in of_port for one in card.operations),
    )
    yield _table(
        ("connector", "system", "rate limit", "scopes", "settings", "not established"),
        (
            (
                f"`{card.name}`",
                card.system,
                card.rate_limit,
                card.scopes,
                " ".join(f"`{name}`" for name in settings_of(card)) or "none",
                card.not_established or "nothing",
            )
            for card in of_port
        ),
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
