"""Asking whoever sits there before something is changed for everybody."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]


def confirmed(question: str, *, yes: bool) -> bool:
    """Whether it is to be done; a script says `--yes`.

    Raises:
        typer.BadParameter: nobody sits there to be asked.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise typer.BadParameter("nobody can be asked here; say --yes to do it", param_hint="--yes")
    return typer.confirm(question, err=True)
