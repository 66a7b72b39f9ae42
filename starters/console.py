"""How commands speak: results on stdout, failures in one line on stderr, exit codes for scripts."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TextIO

import typer
from typer.exceptions import TyperException

from starters.exit_codes import MEANINGS, ExitCode

PROGRAM = "throughline"
TRACEBACK = "--traceback"
HELP_EPILOG = "\n".join(
    [
        # The first character tells the help formatter to keep the lines as they are.
        "\b",
        "Exit codes:",
        *(f"  {code:<4} {MEANINGS[code]}" for code in ExitCode),
        "",
        f"`{PROGRAM} {TRACEBACK} COMMAND` shows where an unexpected error came from.",
    ]
)


@dataclass(frozen=True)
class Answer:
    """What a command found out: a document for scripts and a text for people."""

    document: object
    """Contracts, mappings, sequences and scalars; `--json` prints it."""
    text: str
    code: ExitCode = ExitCode.OK


class CommandFailure(Exception):
    """A command that could not do what it was asked: what, where, and what to do."""

    def __init__(
        self,
        code: ExitCode,
        what: str,
        *,
        where: str = "",
        remedy: str = "",
        details: Sequence[object] | None = None,
    ) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.where = where
        self.remedy = remedy
        self.details = details
        """What one line cannot hold, for `--json`."""

    def __str__(self) -> str:
        return self.line()

    def line(self) -> str:
        """The one line that a person reads."""
        where = f", {self.where}" if self.where else ""
        remedy = f": {self.remedy}" if self.remedy else ""
        return f"{self.what}{where}{remedy}"

    def document(self) -> dict[str, object]:
        """The same for a script."""
        return {
            "error": {
                "code": int(self.code),
                "name": self.code.name.lower(),
                "what": self.what,
                "where": self.where,
                "remedy": self.remedy,
                "details": self.details,
            }
        }


def new_app(help_text: str | None, epilog: str | None = None, *, alone: bool = False) -> typer.Typer:
    """A group of commands with the house's plain help; one that stands alone does something by itself."""
    return typer.Typer(
        help=help_text,
        epilog=epilog,
        no_args_is_help=not alone,
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    )


def run(as_json: bool, command: Callable[[], Coroutine[Any, Any, Answer]]) -> NoReturn:
    """Run one command to its end, show what came of it, and leave with its exit code."""
    try:
        answer = asyncio.run(command())
    except CommandFailure as failure:
        if as_json:
            show(as_document(failure.document()))
        complain(failure.line())
        raise typer.Exit(failure.code) from failure
    show(as_document(answer.document) if as_json else answer.text)
    raise typer.Exit(answer.code)


def invoke(
    app: typer.Typer, arguments: Sequence[str], *, name: str = PROGRAM, surroundings: object = None
) -> ExitCode:
    """Run one command line and return its exit code; every failure is one line on stderr.

    Args:
        surroundings: what stands in for the real settings, Temporal and store; tests give their own.
    """
    with_traceback = list(arguments[:1]) == [TRACEBACK]
    try:
        code = app(
            list(arguments[1:] if with_traceback else arguments),
            prog_name=name,
            standalone_mode=False,
            obj=surroundings,
        )
    except TyperException as wrong:
        complain_of_usage(wrong, name)
        return ExitCode.USAGE
    except (typer.Abort, KeyboardInterrupt):
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever read has gone, as `| head` does; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except OSError as error:
        complain(f"{error.strerror or error}, {error.filename or name}: check disk and permissions")
        return ExitCode.FAILED
    except Exception as error:  # noqa: BLE001 - the last line of defence: one line, and the trace on demand
        if with_traceback:
            traceback.print_exc()
        complain(
            f"unexpected {type(error).__name__}, {str(error) or 'no text'}: "
            f"this is a defect; report it with what `{name} {TRACEBACK} ...` prints"
        )
        return ExitCode.FAILED
    if code == ExitCode.INTERRUPTED:
        complain("stopped")
    return ExitCode(code or ExitCode.OK)


def leave(code: ExitCode) -> NoReturn:
    """End the process with this code, without the interpreter's own shutdown.

    Threads of Temporal's native core may still run then, and take the process down with another code.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def run_alone(*commands: Callable[..., object]) -> NoReturn:
    """Be the whole program: what a command's module does when it is run by itself."""
    app = new_app("One command of Throughline by itself.")
    for command in commands:
        app.command()(command)
    spec = sys.modules["__main__"].__spec__
    leave(invoke(app, sys.argv[1:], name=f"python -m {spec.name}" if spec else PROGRAM))


def complain_of_usage(wrong: TyperException, name: str) -> None:
    """Say what is wrong with a command line; a command group without a command shows its help."""
    context = getattr(wrong, "ctx", None)
    path = getattr(context, "command_path", None) or name
    message = wrong.format_message()
    if "\n" in message:
        sys.stderr.write(message + "\n")
        return
    complain(f"{message.rstrip('.')}, {path}: see `{path} --help`")


def show(text: str) -> None:
    """Put a result on stdout."""
    _write(sys.stdout, printable(text))


def complain(message: str) -> None:
    """Put one line on stderr."""
    _write(sys.stderr, f"{PROGRAM}: {one_line(message)}")


def _write(stream: TextIO, line: str) -> None:
    encoding = stream.encoding or "utf-8"
    # A terminal that knows no umlauts gets question marks, not a traceback.
    stream.write(line.encode(encoding, "replace").decode(encoding) + "\n")
    stream.flush()


def as_document(value: object) -> str:
    """JSON of contracts, mappings, sequences and scalars."""
    from pydantic_core import to_jsonable_python

    return json.dumps(to_jsonable_python(value), indent=2)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Aligned columns, never cut off: fit for reading, `grep` and `awk`."""
    lines = [
        tuple(headings),
        *(tuple("-" if cell in (None, "") else str(cell) for cell in row) for row in rows),
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """One `name: value` line for each pair that has a value."""
    present = [(f"{name}:", str(value)) for name, value in pairs if value not in (None, "", ())]
    width = max((len(name) for name, _ in present), default=0)
    # A value of several lines begins below its name.
    return "\n".join(
        name + value if value.startswith("\n") else f"{name:<{width}} {value}" for name, value in present
    )


def one_line(text: str) -> str:
    """The text without line ends, so that an error stays one line."""
    return printable(" ".join(text.split()))


def printable(text: str) -> str:
    """The text without what a terminal would obey: leads may hold escape sequences and worse."""
    return "".join(
        char if char in "\n\t" or char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text
    )
