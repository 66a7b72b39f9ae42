"""What `starters/demo/command.py` hands on to the demo, and how the demo speaks."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console


@dataclass(frozen=True)
class Options:
    """How the demo is run."""

    state: Path
    port: int
    ui_port: int
    processes: int
    ends: bool
    as_json: bool
    with_counterparts: bool
    drop_every: int

    @property
    def asks(self) -> bool:
        """Whether somebody is there to be asked."""
        return not self.ends and not self.as_json and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def live(self) -> bool:
        """Whether the table can be drawn."""
        return not self.as_json and sys.stderr.isatty()

    def say(self, text: str) -> None:
        """One line on stderr, for people and for logs."""
        if self.live:
            Console(stderr=True).print(f"[dim]{text}[/]", highlight=False)
        else:
            sys.stderr.write(f"demo: {text}\n")
            sys.stderr.flush()


def options() -> Options:
    """The options of this process."""
    parser = argparse.ArgumentParser(prog="python -m starters.demo")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ui-port", type=int, required=True)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--exit", dest="ends", action="store_true")
    parser.add_argument("--json", dest="as_json", action="store_true")
    parser.add_argument("--with-counterparts", action="store_true")
    parser.add_argument("--drop-every", type=int, default=0)
    return Options(**vars(parser.parse_args()))
