"""`process write-docs`: the pages of `docs/processes/`, written from the declarations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from starters.arguments import AsJson
from starters.console import Answer, CommandFailure, run, run_alone
from starters.exit_codes import ExitCode


def write_docs(
    *,
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Where to; docs/processes of the checkout if unset."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the page of each process, its diagram included; pages of processes that are gone are removed.

    \b
    Examples:
      throughline process write-docs
      throughline process write-docs /tmp/pages --json

    Exit codes: 0 written, 1 the folder cannot be written, 8 this is no checkout and no folder was named.
    """  # noqa: D301
    run(as_json, lambda: write_pages(directory))


async def write_pages(directory: Path | None) -> Answer:
    """Make a folder's pages say what the declarations say; pages that people wrote stay as they are."""
    from contracts.processes import PROCESSES
    from rules.process_pages import PageFault, page_faults, pages

    folder, expected = directory or folder_of_checkout(), pages(PROCESSES)
    faults = page_faults(pages_in(folder), expected)
    written = [name for name, fault in faults.items() if fault is not PageFault.STALE]
    removed = [name for name, fault in faults.items() if fault is PageFault.STALE]
    put_right(folder, {name: expected[name] for name in written}, removed)
    document = {"directory": str(folder), "written": written, "removed": removed}
    lines = [
        *(f"written  {folder / name}" for name in written),
        *(f"removed  {folder / name}" for name in removed),
    ]
    return Answer(document, "\n".join(lines) or f"{len(expected)} pages in {folder} are as declared")


def folder_of_checkout() -> Path:
    """Where the checkout keeps the pages.

    Raises:
        CommandFailure: MISCONFIGURED where the code was installed without its docs.
    """
    from runtime.setting_types import ROOT

    docs = ROOT / "docs"
    if not docs.is_dir():
        raise CommandFailure(
            ExitCode.MISCONFIGURED,
            "this is no checkout",
            where=str(ROOT),
            remedy="name the folder to write to",
        )
    return docs / "processes"


def pages_in(folder: Path) -> dict[str, str]:
    """The text of each page that is in a folder."""
    return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}


def put_right(folder: Path, texts: dict[str, str], removed: list[str]) -> None:
    """Write and remove pages."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    for name in removed:
        (folder / name).unlink()


if __name__ == "__main__":
    run_alone(write_docs)
