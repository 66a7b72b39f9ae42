"""`connectors list` and `connectors write-docs`: which systems can be spoken to, and what that promises."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import AsJson
from starters.console import Answer, CommandFailure, new_app, run, run_alone, table
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings

if TYPE_CHECKING:
    pass

app = new_app("Connectors: the systems that stand behind the ports.")


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List the connectors: the port each serves, its settings, and which are in use.

    \b
    Examples:
      throughline connectors list
      throughline connectors list --json

    Exit codes: 0 listed, 8 the settings are wrong.
    """  # noqa: D301
    run(as_json, lambda: list_connectors(Surroundings()))


@app.command("write-docs")
def write_docs(
    *,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="Where to; docs/connectors.md of the checkout if unset."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the page about connectors, from what each of them declares.

    \b
    Examples:
      throughline connectors write-docs
      throughline connectors write-docs /tmp/connectors.md

    Exit codes: 0 written, 1 the file cannot be written, 8 this is no checkout and no file was named.
    """  # noqa: D301
    run(as_json, lambda: write_page(file))


async def list_connectors(around: Surroundings) -> Answer:
    """Every connector, those in use marked."""
    from starters.connector_page import cards, settings_of

    chosen = around.settings().chosen_connectors()
    found = cards()
    rows = [
        (card.port, card.name, "yes" if card.name in chosen.get(card.port, ()) else "", card.system)
        for card in found
    ]
    document = [
        {
            "port": card.port,
            "name": card.name,
            "in_use": card.name in chosen.get(card.port, ()),
            "system": card.system,
            "settings": settings_of(card),
        }
        for card in found
    ]
    return Answer({"connectors": document}, table(("PORT", "CONNECTOR", "IN USE", "SYSTEM"), rows))


async def write_page(file: Path | None) -> Answer:
    """Makes the page say what the connectors declare."""
    from starters.connector_page import cards, page

    path, found = file or page_of_checkout(), cards()
    path.write_text(page(found), encoding="utf-8", newline="\n")
    return Answer({"file": str(path), "connectors": len(found)}, f"written  {path}")


def page_of_checkout() -> Path:
    """Where the checkout keeps the page.

    Raises:
        CommandFailure: MISCONFIGURED where the code was installed without its docs.
    """
    from runtime.setting_types import ROOT

    docs = ROOT / "docs"
    if not docs.is_dir():
        raise CommandFailure(
            ExitCode.MISCONFIGURED, "this is no checkout", where=str(ROOT), remedy="name the file to write to"
        )
    return docs / "connectors.md"


if __name__ == "__main__":
    run_alone(list_)
