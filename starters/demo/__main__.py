"""The demo itself, in the environment that `starters/demo/command.py` has made."""

from __future__ import annotations

import asyncio
import shutil
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

from contracts.failures import ServiceFailure
from contracts.policy import PolicyBundle
from runtime.entrypoint import run_main, stop_requested
from runtime.problems import CounterpartProblem
from runtime.setting_types import ROOT
from starters.console import complain
from starters.demo.command import add_to_environment
from starters.demo.counterparts.bundle import copy_of
from starters.demo.counterparts.rig import Rig, rig
from starters.demo.options import Options, options
from starters.demo.performance import Performance, Stage
from starters.demo.stack import WORKER_LOG, Workers, server_and_store
from starters.demo.story import EXAMPLES, Story, load_story
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings

NEAR_MIDNIGHT = timedelta(seconds=60)


def main() -> NoReturn:
    """Runs the demo with the arguments of this process."""
    run_main(lambda: until_stopped(options()))


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
    async with AsyncExitStack() as stack:
        try:
            systems = await _systems(stack, options, around, story) if options.with_counterparts else None
        except (CounterpartProblem, ServiceFailure) as problem:
            complain(f"demo: {problem}")
            return ExitCode.UNREACHABLE
        options.say("starting a Temporal server and a store")
        server = await stack.enter_async_context(
            server_and_store(
                around.settings(),
                options.state,
                port=options.port,
                ui_port=options.ui_port,
                crm_rules=None if systems else EXAMPLES / "crm_rules.sql",
            )
        )
        workers = Workers(
            options.processes,
            options.state / WORKER_LOG,
            environment=systems.environment if systems else None,
        )
        await stack.enter_async_context(workers)
        await _past_midnight(around.policy(), options)
        options.say(f"Temporal's Web UI is at {server.ui_url}, the demo's files are in {options.state}")
        watch = asyncio.create_task(_say_when_workers_end(workers))
        stack.callback(watch.cancel)
        stage = Stage(server, workers, systems, time.monotonic() - began)
        right = await Performance(options, around, story, stage).given()
        played.set()
        if not options.ends:
            await stop.wait()
            options.say("stopping")
    if right and options.state.name != "demo":
        shutil.rmtree(options.state, ignore_errors=True)
    return ExitCode.OK if right else ExitCode.FAILED


async def _systems(stack: AsyncExitStack, options: Options, around: Surroundings, story: Story) -> Rig:
    """Servers of others; second terminals learn of them too."""
    policies = around.settings().policies.directory
    copy_of(ROOT / "policies", policies)
    options.say("starting servers of others: Tryton, Slack, SMTP, a model, Stripe, SCIM, CalDAV")
    systems = await stack.enter_async_context(
        rig(
            options.state,
            policies,
            around.policy(),
            story.leads.values(),
            drop_every=options.drop_every,
            say=options.say,
        )
    )
    add_to_environment(options.state, systems.environment)
    return systems


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
            options.say(
                f"waiting {left.total_seconds():.0f} s for midnight in {zone}, when daily caps begin anew"
            )
            await asyncio.sleep(left.total_seconds() + 1)


if __name__ == "__main__":
    main()
