"""Answers many parked runs, one after another at a bounded rate, and says what became of each."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import typer

from starters.console import Answer, CommandFailure, complain
from starters.exit_codes import ExitCode
from starters.in_flight import MAX_IN_FLIGHT
from starters.metering import Pace, Rate
from starters.progress import Progress, progress_of

STOPS_THE_GROUP = (ExitCode.UNREACHABLE, ExitCode.MISCONFIGURED)
"""Failures that the next run would meet as well."""

MOST_SILENT = 5
"""Runs in a row that give no answer: one may be broken by itself, with so many no worker is there."""

SHOWN_REFUSALS = 20


class Became(StrEnum):
    """What became of one run."""

    TAKEN = "taken"
    """It took the answer and goes on."""
    LEFT = "left"
    """Nothing was to be done: it is no longer parked for this, somebody answered it before."""
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    """It may have taken it or not; asking again is safe."""


@dataclass(frozen=True)
class AnsweredRun:
    """One run, and what became of it."""

    workflow_id: str
    became: Became
    reason: str = ""


@dataclass
class GroupReport:
    """What became of every run so far."""

    total: int
    runs: list[AnsweredRun] = field(default_factory=list)
    stopped_by: CommandFailure | None = None

    def count(self, became: Became) -> int:
        """How many runs it became so."""
        return sum(one.became is became for one in self.runs)

    def words(self) -> str:
        """The counts, for people."""
        counts = ", ".join(f"{self.count(one):,} {_WORDS[one]}" for one in Became)
        return f"{len(self.runs):,} of {self.total:,} runs: {counts}"

    @property
    def silent_at_last(self) -> bool:
        """Whether the last ones gave no answer at all."""
        last = self.runs[-MOST_SILENT:]
        return len(last) == MOST_SILENT and all(one.became is Became.NO_ANSWER for one in last)


_WORDS = {
    Became.TAKEN: "taken",
    Became.LEFT: "no longer parked for it",
    Became.REFUSED: "refused",
    Became.NO_ANSWER: "without an answer",
}


@dataclass(frozen=True)
class GroupWork:
    """What is done to each run of a group."""

    answer: Callable[[str], Awaitable[None]]
    """Answers the run with this id."""
    has_left: Callable[[str], Awaitable[bool]]
    """Whether a run that refused is no longer parked for what was to be answered."""
    rate: Rate


async def answer_group(workflow_ids: Sequence[str], work: GroupWork, report: GroupReport) -> None:
    """Answers each run; what becomes of it stands in the report, even where this is interrupted.

    A run that is refused does not keep the others from their answer.
    """
    pace, slots = Pace(work.rate), asyncio.Semaphore(MAX_IN_FLIGHT)
    with progress_of("parked runs", report.total, doing="answering") as progress:
        async with asyncio.TaskGroup() as answers:
            for workflow_id in workflow_ids:
                await slots.acquire()
                await pace.turn()
                if report.stopped_by:
                    return
                answers.create_task(_answer_one(workflow_id, work, report, slots, progress))


async def _answer_one(
    workflow_id: str, work: GroupWork, report: GroupReport, slots: asyncio.Semaphore, progress: Progress
) -> None:
    try:
        report.runs.append(await _became(workflow_id, work))
    except CommandFailure as failure:
        report.stopped_by = report.stopped_by or failure
    else:
        if report.silent_at_last:
            report.stopped_by = report.stopped_by or _nobody_answers(report)
    finally:
        slots.release()
        progress.report(len(report.runs), report)


async def _became(workflow_id: str, work: GroupWork) -> AnsweredRun:
    try:
        await work.answer(workflow_id)
    except CommandFailure as failure:
        if failure.code is ExitCode.REFUSED_BY_RUN and await _left(workflow_id, work):
            return AnsweredRun(workflow_id, Became.LEFT)
        if failure.code is ExitCode.NO_ANSWER:
            return AnsweredRun(workflow_id, Became.NO_ANSWER, failure.what)
        if failure.code in STOPS_THE_GROUP:
            raise
        return AnsweredRun(workflow_id, Became.REFUSED, failure.what)
    return AnsweredRun(workflow_id, Became.TAKEN)


async def _left(workflow_id: str, work: GroupWork) -> bool:
    try:
        return await work.has_left(workflow_id)
    except CommandFailure as failure:
        if failure.code in STOPS_THE_GROUP:
            raise
        return False


def _nobody_answers(report: GroupReport) -> CommandFailure:
    return CommandFailure(
        ExitCode.NO_ANSWER,
        f"{MOST_SILENT} runs in a row gave no answer",
        where=report.runs[-1].workflow_id,
        remedy="start workers: ./throughline worker, then run this again to go on with what is left",
    )


async def answered(
    workflow_ids: Sequence[str], work: GroupWork, head: dict[str, object], left: Sequence[str] = ()
) -> Answer:
    """Answers a group and reports on it.

    Args:
        workflow_ids: whom to answer, in this order.
        work: how.
        head: what the document begins with.
        left: runs that were meant as well, and are known to be no longer parked for it.

    Raises:
        CommandFailure: UNREACHABLE, MISCONFIGURED or NO_ANSWER where that ended it early.
    """
    report = GroupReport(len(workflow_ids) + len(left), [AnsweredRun(one, Became.LEFT) for one in left])
    try:
        await answer_group(workflow_ids, work, report)
    finally:
        _tell(report)
    if report.stopped_by:
        raise report.stopped_by
    refused, silent = report.count(Became.REFUSED), report.count(Became.NO_ANSWER)
    counts = {one.value: report.count(one) for one in Became}
    document = {**head, "rate": str(work.rate), **counts, "runs": report.runs}
    code = ExitCode.REFUSED_BY_RUN if refused else ExitCode.NO_ANSWER if silent else ExitCode.OK
    return Answer(document, report.words(), code)


def _tell(report: GroupReport) -> None:
    """Names on stderr what was not answered; one that was stopped says how to go on."""
    bad = [one for one in report.runs if one.became in (Became.REFUSED, Became.NO_ANSWER)]
    for one in bad[:SHOWN_REFUSALS]:
        complain(f"{_WORDS[one.became]}, {one.workflow_id}: {one.reason}")
    if (more := len(bad) - SHOWN_REFUSALS) > 0:
        complain(f"{more} more were not answered: --json names each")
    if len(report.runs) < report.total:
        complain(f"stopped after {report.words()}: run this again to go on with what is left")


def confirm(question: str, *, yes: bool) -> None:
    """Asks whoever is at a terminal; a script is not asked.

    Raises:
        typer.Abort: they do not want it.
    """
    if not yes and at_a_terminal():
        # Nothing else runs on this loop while somebody makes up their mind.
        typer.confirm(question, abort=True, err=True)


def at_a_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()
