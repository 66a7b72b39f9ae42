"""`connectors`: which systems can be spoken to, what that promises, and whether the CRM still fits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from starters.arguments import AsJson
from starters.console import Answer, CommandFailure, new_app, run, run_alone, table
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings, surroundings_of
from starters.watch_schedule import Every, Now, Pause, Resume, change_from, change_schedule

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


@app.command("schedule")
def schedule(
    context: typer.Context,
    *,
    every: Every = None,
    pause: Pause = False,
    resume: Resume = False,
    remove: Annotated[
        bool,
        typer.Option(
            "--remove",
            help="Take the schedule away; a worker that starts makes it again where crm.yaml maps the CRM, "
            "unless THROUGHLINE__WORKER__COMPARE_CRM_EVERY is 0.",
        ),
    ] = False,
    now: Now = False,
    as_json: AsJson = False,
) -> None:
    """Show or change how often the CRM's own schema is compared with crm.yaml.

    An operator is told of each field that the CRM cannot hold any more, once, and when all of them fit again.
    `throughline doctor` says how it stands now.

    \b
    Examples:
      throughline connectors schedule
      throughline connectors schedule --every 1h
      throughline connectors schedule --now

    Exit codes: 0 done, 2 no such span or more than one change, 4 there is no schedule, 6 Temporal does not
    answer.
    """  # noqa: D301
    change = change_from(every, pause=pause, resume=resume, remove=remove, now=now)
    around = surroundings_of(context)

    async def changed() -> Answer:
        from runtime.watch_schedules import CRM_DRIFT_WATCH

        return await change_schedule(around, CRM_DRIFT_WATCH, change)

    run(as_json, changed)


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
