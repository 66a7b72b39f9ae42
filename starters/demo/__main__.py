"""The demo itself, in the environment that `starters/demo/command.py` has made."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shutil
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

from rich.console import Console

from connectors.store.engine import Store
from contracts.approval import ApprovalStatus, Verdict
from contracts.policy import PolicyBundle
from runtime.dev_server import DevServer
from runtime.entrypoint import run_main, stop_requested
from runtime.temporal import connect
from starters.console import as_document, complain, show
from starters.demo import report
from starters.demo.board import Board
from starters.demo.customer_report import Customers
from starters.demo.journey import Journey
from starters.demo.play import Ask, Play
from starters.demo.played import leads_of
from starters.demo.prompt import ask_for_verdict
from starters.demo.stack import Workers, server_and_store
from starters.demo.story import EXAMPLES, Move, Story, load_story
from starters.demo.verdict import judge
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings

PATIENCE_SECONDS = 30.0
"""How long a command to a run waits: workers that are killed are back before."""

NEAR_MIDNIGHT = timedelta(seconds=60)


@dataclass(frozen=True)
class Options:
    """What `starters/demo/command.py` hands on."""

    state: Path
    port: int
    ui_port: int
    processes: int
    ends: bool
    as_json: bool

    @property
    def asks(self) -> bool:
        """Whether somebody is there to be asked."""
        return not self.ends and not self.as_json and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def live(self) -> bool:
        """Whether the table can be drawn."""
        return not self.as_json and sys.stderr.isatty()


def main() -> NoReturn:
    """Runs the demo with the arguments of this process."""
    parser = argparse.ArgumentParser(prog="python -m starters.demo")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ui-port", type=int, required=True)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--exit", dest="ends", action="store_true")
    parser.add_argument("--json", dest="as_json", action="store_true")
    options = Options(**vars(parser.parse_args()))
    run_main(lambda: until_stopped(options))


async def until_stopped(options: Options) -> int:
    """Runs the demo; Ctrl-C and SIGTERM take everything down in order, whenever they come."""
    played = asyncio.Event()
    async with stop_requested() as stop:
        demo = asyncio.create_task(run(options, played, stop))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait((demo, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not played.is_set():
            demo.cancel()
        try:
            return await demo
        except asyncio.CancelledError:
            complain("stopped; no process is left behind")
            return ExitCode.INTERRUPTED


async def run(options: Options, played: asyncio.Event, stop: asyncio.Event) -> int:
    """Plays the examples and says what came of it.

    Args:
        options: how.
        played: is set once all leads have come to rest.
        stop: is waited for then, so that somebody can look around.
    """
    began = time.monotonic()
    around, story = Surroundings(), load_story(datetime.now(UTC))
    settings, policy = around.settings(), around.policy()
    say(options, "starting a Temporal server and a store")
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(
            server_and_store(
                settings,
                options.state,
                port=options.port,
                ui_port=options.ui_port,
                crm_rules=EXAMPLES / "crm_rules.sql",
            )
        )
        workers = await stack.enter_async_context(Workers(options.processes, options.state / "workers.log"))
        await _past_midnight(policy, options)
        say(options, f"Temporal's Web UI is at {server.ui_url}, the demo's files are in {options.state}")
        watch = asyncio.create_task(_say_when_workers_end(workers))
        stack.callback(watch.cancel)
        set_up = time.monotonic() - began
        right = await _play(options, around, story, server, workers, set_up=set_up)
        played.set()
        if not options.ends:
            await stop.wait()
            say(options, "stopping")
    if right and options.state.name != "demo":
        shutil.rmtree(options.state, ignore_errors=True)
    return ExitCode.OK if right else ExitCode.FAILED


async def _play(
    options: Options,
    around: Surroundings,
    story: Story,
    server: DevServer,
    workers: Workers,
    *,
    set_up: float,
) -> bool:
    settings, policy = around.settings(), around.policy()
    client = await connect(settings)
    began = time.monotonic()
    async with around.doors(PATIENCE_SECONDS) as doors:
        leads = leads_of(story)
        board = Board(leads, policy.assessment.sources)
        play = Play(story, leads, around, doors, client, ask=_asker(board) if options.asks else None)
        if not (options.asks or options.ends):
            say(options, "nobody is at the terminal: the approval is decided by examples/decisions.json")
        async with board.shown(live=options.live):
            await play.to_the_end()
        played = time.monotonic() - began
        async with (
            around.readings() as readings,
            await Store.open(settings.store.url.get_secret_value()) as store,
        ):
            verdicts, in_store = await judge(leads, story, readings, store)
        say(options, "a won deal and two orders become customers, or do not; somebody asks for access")
        customers = await Customers.play(Journey(leads, around, doors, client))
    travelled = time.monotonic() - began - played
    right = report.is_as_expected(verdicts, in_store, play.problems) and customers.as_expected
    seconds = {"set_up": round(set_up, 2), "play": round(played, 2), "customers": round(travelled, 2)}
    if options.as_json:
        document = report.document(verdicts, in_store, play.problems, seconds)
        show(as_document(document | customers.document() | {"as_expected": right}))
    else:
        console = Console()
        console.print(board.whole())
        report.print_summary(console, verdicts, in_store, play.problems, played)
        customers.print(console)
        if not options.ends:
            report.print_what_next(
                console,
                options.state,
                server.ui_url,
                verdicts,
                customer=customers.customers[0].onboarding_id,
                supervisor_pid=workers.pid,
            )
    return right


def _asker(board: Board) -> Ask:
    async def ask(move: Move, approval: ApprovalStatus) -> Verdict:
        board.pause()
        try:
            return await ask_for_verdict(move, approval)
        finally:
            board.go_on()

    return ask


async def _say_when_workers_end(workers: Workers) -> None:
    how = await workers.ended()
    complain(f"the workers have ended ({how}); the leads wait. Start others with `./throughline worker`")


async def _past_midnight(policy: PolicyBundle, options: Options) -> None:
    """Waits where a midnight is near: daily caps begin anew then, and who is full would be chance."""
    now = datetime.now(UTC)
    for zone in sorted({person.zone for person in policy.people}):
        there = now.astimezone(ZoneInfo(zone))
        left = timedelta(days=1) - timedelta(hours=there.hour, minutes=there.minute, seconds=there.second)
        if left <= NEAR_MIDNIGHT:
            say(
                options,
                f"waiting {left.total_seconds():.0f} s for midnight in {zone}, when daily caps begin anew",
            )
            await asyncio.sleep(left.total_seconds() + 1)


def say(options: Options, text: str) -> None:
    """One line on stderr, for people and for logs."""
    if options.live:
        Console(stderr=True).print(f"[dim]{text}[/]", highlight=False)
    else:
        sys.stderr.write(f"demo: {text}\n")
        sys.stderr.flush()


if __name__ == "__main__":
    main()
