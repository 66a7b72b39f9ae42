"""Measures lead intake end to end on a local server with a file store. `./throughline bench` runs it."""

import argparse
import asyncio
import contextlib
import hashlib
import itertools
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from temporalio.client import Client

from benchmarks import machine
from benchmarks.measures import Cost, cost_of, cpu_seconds, family_of, percentile, together
from benchmarks.page import show_page
from contracts.approval import ApprovalState, ApprovalStatus, Decision, Verdict
from contracts.ids import approval_workflow_id, intake_workflow_id
from contracts.lead import ContactDetails, EntryKind, LeadSubmission
from contracts.lead_intake import IntakeState, LeadIntakeResult
from runtime.dev_clock import DevClock
from runtime.dev_server import DevServer
from runtime.entrypoint import run_main
from runtime.temporal import connect
from starters.console import CommandFailure, as_document, show
from starters.demo.stack import Workers, server_and_store
from starters.demo.story import load_story
from starters.doors import Doors
from starters.identity import prove
from starters.surroundings import Surroundings
from workflows.known import known

IN_FLIGHT = 32
PATIENCE = 120.0
ENDED_BEFORE_THE_KILL = 11
"""One in so many leads has ended when the workers are killed."""


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    warm_up: int
    alone: int
    leads: int
    open_runs: int

    @property
    def started_before_the_kill(self) -> int:
        """So many that the open runs are left once the first ones have ended."""
        return -(-self.open_runs * ENDED_BEFORE_THE_KILL // (ENDED_BEFORE_THE_KILL - 1))


QUICK = Scale(warm_up=2, alone=3, leads=10, open_runs=20)

PATHS: Sequence[tuple[str, str, IntakeState]] = (
    ("sales", "sales-small-company", IntakeState.HANDED_OVER),
    ("sales, read", "sales-mail-about-training", IntakeState.HANDED_OVER),
    ("sales, reviewed", "review-ask-at-the-terminal", IntakeState.HANDED_OVER),
    ("nurture", "nurture-whitepaper", IntakeState.HANDED_OVER),
    ("support", "support-fixed-choice", IntakeState.HANDED_OVER),
    ("disqualified", "disqualified-competitor", IntakeState.DISQUALIFIED),
    ("spam", "spam-honeypot", IntakeState.DISQUALIFIED),
    ("merged", "duplicate-of-open-deal", IntakeState.MERGED),
)
"""One shipped example for each path, in an order in which the last repeats the first."""


class Bench:
    """Measures one running stack."""

    def __init__(self, doors: Doors, client: Client, server: DevServer, workers: Workers) -> None:
        self._doors = doors
        self._client = client
        self._server = server
        self._workers = workers

    async def load(self, leads: Sequence[LeadSubmission], in_flight: int) -> dict[str, Any]:
        """Latency, throughput and CPU of these leads, so many of them at once."""
        slots = asyncio.Semaphore(in_flight)
        latencies: list[float] = []

        async def one(lead: LeadSubmission) -> None:
            async with slots:
                began = time.perf_counter()
                await self.hand_over(lead)
                latencies.append(time.perf_counter() - began)

        server, workers = family_of(self._server.pid), family_of(self._workers.pid)
        cpu, began = (cpu_seconds(server), cpu_seconds(workers)), time.perf_counter()
        await asyncio.gather(*map(one, leads))
        seconds = time.perf_counter() - began
        return {
            "leads": len(leads),
            "in_flight": in_flight,
            "leads_a_second": round(len(leads) / seconds, 2),
            "p50_ms": round(percentile(latencies, 50) * 1000, 1),
            "p99_ms": round(percentile(latencies, 99) * 1000, 1),
            "server_cpu_ms_a_lead": round((cpu_seconds(server) - cpu[0]) / len(leads) * 1000, 1),
            "worker_cpu_ms_a_lead": round((cpu_seconds(workers) - cpu[1]) / len(leads) * 1000, 1),
        }

    async def hand_over(self, lead: LeadSubmission) -> str:
        """Submits a lead and waits for the end of its intake; returns its id."""
        started = await self._doors.start_lead(lead)
        await self._end_of(started.lead_id, IntakeState.HANDED_OVER)
        return started.lead_id

    async def cost(self, lead: LeadSubmission, end: IntakeState, around: Surroundings) -> dict[str, Cost]:
        """What one lead costs: its intake, its approval, and its follow-through until that waits."""
        started = await self._doors.start_lead(lead)
        async with asyncio.TaskGroup() as group:
            deciding = group.create_task(self._approve(started.workflow_id, around))
            await self._end_of(started.lead_id, end)
            deciding.cancel()
        result = await self._doors.intake_status(started.lead_id)
        runs = {"intake": started.workflow_id}
        if result.approval_id:
            runs["approval"] = result.approval_id
        if result.follow_through_id:
            runs["follow_through"] = result.follow_through_id
            await DevClock(self._client).settle(self._client.get_workflow_handle(result.follow_through_id))
        handles = {name: self._client.get_workflow_handle(run) for name, run in runs.items()}
        return {name: cost_of(await handle.fetch_history()) for name, handle in handles.items()}

    async def recovery(self, leads: Sequence[LeadSubmission]) -> dict[str, Any]:
        """Kills every worker while these leads are under way, starts others, and waits for all to end."""
        started = await asyncio.gather(*map(self._doors.start_lead, leads))
        ends = [asyncio.create_task(self._end_of(one.lead_id, IntakeState.HANDED_OVER)) for one in started]
        family = family_of(self._workers.pid)
        # When the first ones end, the others stand at every step.
        for first in itertools.islice(asyncio.as_completed(ends), len(leads) // ENDED_BEFORE_THE_KILL):
            await first
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        killed_at = datetime.now(UTC)
        await self._workers.ended()
        restarted_at = datetime.now(UTC)
        await self._workers.start()
        await asyncio.gather(*ends)
        # By the server's record, since the end of a run can be known here only after the kill.
        closed_at = await asyncio.gather(*(self._closed_at(one.workflow_id) for one in started))
        waits = [(at - killed_at).total_seconds() for at in closed_at if at > restarted_at]
        if not waits:
            raise RuntimeError("every lead had ended before the workers were killed: nothing to recover")
        return {
            "open_runs": len(waits),
            "killed_processes": len(family),
            "first_ended_after_s": round(min(waits), 1),
            "all_ended_after_s": round(max(waits), 1),
        }

    async def _closed_at(self, workflow_id: str) -> datetime:
        closed_at = (await self._client.get_workflow_handle(workflow_id).describe()).close_time
        return known(closed_at, f"the end of {workflow_id}")

    async def _end_of(self, lead_id: str, end: IntakeState) -> None:
        handle = self._client.get_workflow_handle(intake_workflow_id(lead_id), result_type=LeadIntakeResult)
        async with asyncio.timeout(PATIENCE):
            result: LeadIntakeResult = await handle.result()
        if result.outcome is not end:
            raise RuntimeError(f"lead {lead_id} ended {result.outcome}, not {end}")

    async def _approve(self, workflow_id: str, around: Surroundings) -> None:
        """Approves as soon as somebody is asked, if somebody is."""
        request_id = approval_workflow_id(workflow_id)
        run = self._client.get_workflow_handle(request_id)
        approval: ApprovalStatus | None = None
        while approval is None or approval.state != ApprovalState.AWAITING_DECISION:
            await asyncio.sleep(0.2)
            with contextlib.suppress(CommandFailure):
                approval = await self._doors.approval_status(request_id)
        await DevClock(self._client).settle(run)
        person = approval.approvers[-1]
        actor = prove(around.settings(), around.policy(), person, request_id, around.now())
        await self._doors.decide(Decision(request_id=request_id, verdict=Verdict.APPROVE, actor=actor))


def simple_leads(count: int, series: str) -> list[LeadSubmission]:
    """Simple leads: complete, of nobody known, with a fixed choice; half for each of two pools."""
    return [
        LeadSubmission(
            received_at=datetime.now(UTC),
            event_id=f"bench-{series}-{number}",
            entry_kind=EntryKind.LANDING_FORM,
            source="website",
            service_interest="consulting",
            employees=600 if number % 2 else 60,
            contact=ContactDetails(
                name=f"{_word(series, number, 'first')} {_word(series, number, 'last')}",
                email=f"person-{number}@{series}-{number}.example",
                company=_word(series, number, "company"),
            ),
        )
        for number in range(count)
    ]


def _word(*about: object) -> str:
    """A word like no other, so that nobody is taken for somebody else."""
    digest = hashlib.sha256(repr(about).encode()).digest()
    return "".join(chr(ord("a") + byte % 26) for byte in digest[:12]).title()


async def measure(arguments: argparse.Namespace, say: Callable[[str], None]) -> dict[str, Any]:
    """Runs all measurements on a stack of their own."""
    scale = QUICK if arguments.quick else Scale(warm_up=10, alone=30, leads=arguments.leads, open_runs=100)
    state: Path = arguments.state
    around, story = Surroundings(), load_story(datetime.now(UTC))
    document: dict[str, Any] = {"on": machine.description() | {"worker processes": str(arguments.processes)}}
    async with (
        server_and_store(
            around.settings(), state, port=arguments.port, ui_port=None, database=state / "temporal.db"
        ) as server,
        Workers(arguments.processes, state / "workers.log") as workers,
        around.doors(PATIENCE) as doors,
    ):
        bench = Bench(doors, await connect(around.settings()), server, workers)
        say("warming up")
        await bench.load(simple_leads(scale.warm_up, "warm"), 2)
        say(f"{scale.alone} leads, one after the other")
        document["alone"] = await bench.load(simple_leads(scale.alone, "alone"), 1)
        say(f"{scale.leads} leads, {IN_FLIGHT} in flight")
        document["together"] = await bench.load(simple_leads(scale.leads, "together"), IN_FLIGHT)
        say("one lead of each path")
        document["paths"] = {}
        for name, example, end in PATHS:
            lead = story.leads[example].model_copy(update={"received_at": datetime.now(UTC)})
            costs = await bench.cost(lead, end, around)
            document["paths"][name] = {
                "together": together(costs.values()).document(),
                **{run: cost.document() for run, cost in costs.items()},
            }
        say(f"{scale.open_runs} leads, and every worker killed in their middle")
        document["recovery"] = await bench.recovery(simple_leads(scale.started_before_the_kill, "open"))
    return document


async def run(arguments: argparse.Namespace) -> int:
    """Measures and shows what came of it."""
    began = time.monotonic()

    def say(text: str) -> None:
        sys.stderr.write(f"bench: {text}\n")
        sys.stderr.flush()

    document = await measure(arguments, say)
    took = timedelta(seconds=round(time.monotonic() - began))
    document["took_s"] = took.total_seconds()
    if arguments.json:
        show(as_document(document))
    else:
        show_page(document)
    shutil.rmtree(arguments.state, ignore_errors=True)
    return 0


def main() -> NoReturn:
    """Measures with the arguments of this process."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lead_intake")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--leads", type=int, default=200)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    run_main(lambda: run(arguments))


if __name__ == "__main__":
    main()
