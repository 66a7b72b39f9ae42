"""One performance of the demo on a stack that is up: leads, then customers, then what came of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from connectors.store.audit import SqlAudit
from connectors.store.engine import Store
from contracts.approval import ApprovalStatus, Verdict
from runtime.dev_clock import PATIENCE_SECONDS as CLOCK_SECONDS
from runtime.dev_clock import DevClock
from runtime.dev_server import DevServer
from runtime.temporal import connect
from starters.console import as_document, complain, show
from starters.demo import report
from starters.demo.board import Board
from starters.demo.counterparts import holdings_report
from starters.demo.counterparts.read_back import Holding, read_back
from starters.demo.counterparts.rig import Rig
from starters.demo.customer_report import Customers
from starters.demo.customers import load_customers, load_customers_on_counterparts
from starters.demo.journey import Journey
from starters.demo.options import Options
from starters.demo.play import GIVE_UP_AFTER_SECONDS, Ask, Play
from starters.demo.played import leads_of
from starters.demo.prompt import ask_for_verdict
from starters.demo.stack import Workers
from starters.demo.story import Move, Story
from starters.demo.verdict import StoreVerdict, judge
from starters.demo.verdict import Verdict as LeadVerdict
from starters.surroundings import Surroundings

PATIENCE_SECONDS = 30.0
"""How long a command to a run waits: workers that are killed are back before."""

LOSSES_TAKE_SECONDS, LOSSES_DELAY_SECONDS = 600.0, 120.0
"""For all leads or customers, and for one on the move: whoever lost an answer waits until what may be under
way has ended, and a little longer each time."""


@dataclass(frozen=True)
class Stage:
    """What is up."""

    server: DevServer
    workers: Workers
    systems: Rig | None
    """Of others; None where all are embedded."""
    set_up_seconds: float


@dataclass(frozen=True)
class Ends:
    """What came of it."""

    verdicts: tuple[LeadVerdict, ...]
    store: StoreVerdict
    customers: Customers
    holdings: tuple[Holding, ...]
    problems: Sequence[str]
    play_seconds: float
    customers_seconds: float

    @property
    def as_expected(self) -> bool:
        """Whether all of it is as the examples say, and nothing was made twice."""
        return (
            report.is_as_expected(self.verdicts, self.store, self.problems)
            and self.customers.as_expected
            and not any(holding.differences for holding in self.holdings)
        )


class Performance:
    """Plays one story.

    Args:
        options: how.
        around: settings, policy and clock.
        story: the leads and what people do about them.
        stage: what it is played on.
    """

    def __init__(self, options: Options, around: Surroundings, story: Story, stage: Stage) -> None:
        self._options = options
        self._around = around
        self._story = story.on_counterparts() if stage.systems else story
        self._stage = stage
        self._leads = leads_of(story)
        self._board = Board(self._leads, around.policy().assessment.sources)

    async def given(self) -> bool:
        """Plays it, says what came of it, and returns whether that is as expected."""
        ends = await self._played()
        if self._options.as_json:
            show(as_document(self._document(ends)))
        else:
            self._print(Console(), ends)
        return ends.as_expected

    async def _played(self) -> Ends:
        began, options, around = time.monotonic(), self._options, self._around
        settings = around.settings()
        client = await connect(settings)
        losses = bool(options.drop_every)
        clock = DevClock(client, patience=LOSSES_DELAY_SECONDS if losses else CLOCK_SECONDS)
        give_up_after = LOSSES_TAKE_SECONDS if losses else GIVE_UP_AFTER_SECONDS
        async with around.doors(PATIENCE_SECONDS) as doors:
            play = Play(
                self._story,
                self._leads,
                around,
                doors,
                client,
                clock=clock,
                ask=_asker(self._board) if options.asks else None,
                give_up_after=give_up_after,
            )
            if not (options.asks or options.ends):
                options.say("nobody is at the terminal: the approval is decided by examples/decisions.json")
            async with self._board.shown(live=options.live):
                await play.to_the_end()
            played = time.monotonic() - began
            store = await Store.open(settings.store.url.get_secret_value())
            async with around.readings() as readings, store:
                verdicts, in_store = await judge(self._leads, self._story, readings, store)
                journey = Journey(
                    self._leads, around, doors, client, clock=clock, give_up_after=give_up_after
                )
                customers = await self._customers(journey)
                holdings = await self._holdings(SqlAudit(store), verdicts)
        travelled = time.monotonic() - began - played
        return Ends(verdicts, in_store, customers, holdings, play.problems, played, travelled)

    async def _customers(self, journey: Journey) -> Customers:
        if not all(lead.at_rest.is_set() for lead in self._leads.values()):
            complain("some leads have not come to rest: no customers are played")
            return Customers((), ())
        self._options.say("a won deal and two orders become customers, or do not; somebody asks for access")
        stories = load_customers_on_counterparts() if self._stage.systems else load_customers()
        return await Customers.play(journey, stories)

    async def _holdings(self, audit: SqlAudit, verdicts: Sequence[LeadVerdict]) -> tuple[Holding, ...]:
        if self._stage.systems is None:
            return ()
        self._options.say("asking every server what it holds")
        return await read_back(self._stage.systems, audit, verdicts)

    def _document(self, ends: Ends) -> dict[str, object]:
        seconds = {
            "set_up": round(self._stage.set_up_seconds, 2),
            "play": round(ends.play_seconds, 2),
            "customers": round(ends.customers_seconds, 2),
        }
        document = report.document(ends.verdicts, ends.store, ends.problems, seconds)
        document |= ends.customers.document()
        if self._stage.systems:
            document["counterparts"] = holdings_report.document(ends.holdings, self._options.drop_every)
        return document | {"as_expected": ends.as_expected}

    def _print(self, console: Console, ends: Ends) -> None:
        console.print(self._board.whole())
        report.print_summary(console, ends.verdicts, ends.store, ends.problems, ends.play_seconds)
        ends.customers.print(console)
        if self._stage.systems:
            holdings_report.print_holdings(console, ends.holdings, self._options.drop_every)
        if not self._options.ends:
            report.print_what_next(
                console,
                self._options.state,
                self._stage.server.ui_url,
                ends.verdicts,
                customer=next((one.onboarding_id for one in ends.customers.customers), ""),
                supervisor_pid=self._stage.workers.pid,
            )


def _asker(board: Board) -> Ask:
    async def ask(move: Move, approval: ApprovalStatus) -> Verdict:
        board.pause()
        try:
            return await ask_for_verdict(move, approval)
        finally:
            board.go_on()

    return ask
