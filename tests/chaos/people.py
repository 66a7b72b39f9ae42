"""Customers who order and choose a kickoff, and a success team that takes them over, whatever is down."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

from connectors.store.engine import Store
from connectors.store.provisioning import SqlProvisioning
from contracts.approval import Decision, Verdict
from contracts.ids import onboarding_workflow_id
from contracts.names import Step
from contracts.onboarding import KickoffChoice, OnboardingStatus
from contracts.onboarding_states import OnboardingState
from contracts.order import OnboardingOrder, PartyContact
from contracts.states import Lane
from runtime.settings import Settings
from starters.console import CommandFailure
from starters.doors import Doors
from starters.exit_codes import ExitCode
from starters.identity import vouch
from starters.runs import RunFilter, StartedRun
from tests.chaos.policies import HOSTS
from tests.workflows.onboarding import COMPLETE

SELLER = "p-tomas"
SUCCESS_TEAM = ("p-marek", "p-dana", "p-ines")

ANSWER_WITHIN = timedelta(seconds=8)
"""Then a command is given up and repeated: a worker that was killed may have taken it along."""

LOOK_EVERY_SECONDS = 0.5
ORDERED_WITHIN_SECONDS = 10.0
LONGEST_THOUGHT_SECONDS = 5.0
"""People take their time, so that kills meet runs at every step."""

REPEATED = (ExitCode.NO_ANSWER, ExitCode.REFUSED_BY_RUN, ExitCode.NOT_FOUND)
"""Nobody answers, it was taken already, or nobody has been asked yet: whoever wants it says it again."""

FOR_PEOPLE = (
    OnboardingState.AWAITING_KICKOFF_CHOICE,
    OnboardingState.KICKOFF_OVERDUE,
    OnboardingState.IN_HANDOVER,
)


def order_of(number: int) -> OnboardingOrder:
    """A complete order of a customer like no other, on terms that need nobody's agreement."""
    domain = f"customer-{number}.example"
    details = {
        "company": f"Customer {number}",
        "company_domain": domain,
        "contract_reference": f"C-{number}",
        "region": list(HOSTS)[number % len(HOSTS)],
        "billing_contact": PartyContact(name="Bill Payer", email=f"billing@{domain}"),
        "technical_contact": PartyContact(name="Tess Admin", email=f"tess@{domain}"),
    }
    return OnboardingOrder(
        customer_id=f"cust-{number}",
        seller_id=SELLER,
        ordered_at=datetime.now(UTC),
        details=COMPLETE.model_copy(update=details),
    )


class People:
    """Everybody outside of the workers. They use the doors, and repeat what was not taken."""

    def __init__(self, count: int, doors: Doors, settings: Settings, store: Store, random: Random) -> None:
        self._count = count
        self._doors = doors
        self._settings = settings
        self._product = SqlProvisioning(store, lambda: datetime.now(UTC))
        self._random = random
        self._all_ordered = asyncio.Event()
        self.repeated: Counter[str] = Counter()
        """Commands that were not taken, by reason."""

    async def order(self) -> dict[str, str]:
        """Every customer orders, some time soon; returns them by the ids of their runs."""
        orders = list(map(order_of, range(self._count)))
        started = await asyncio.gather(*map(self._order, orders))
        self._all_ordered.set()
        return {run.workflow_id: order.customer_id for run, order in zip(started, orders, strict=True)}

    async def see_through(self) -> None:
        """Does what people do until every onboarding has ended."""
        busy: dict[str, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                runs = await self._doors.onboarding.runs(RunFilter(limit=2 * self._count))
                for run in runs:
                    assert run.lane != Lane.BLOCKED, f"{run.workflow_id} is parked"
                    assert run.run in ("running", "completed"), f"{run.workflow_id} has {run.run}"
                    if run.stage in FOR_PEOPLE and run.id not in busy:
                        busy[run.id] = group.create_task(self._act(run.id))
                busy = {run: task for run, task in busy.items() if not task.done()}
                if sum(run.run == "completed" for run in runs) == self._count:
                    break
                await asyncio.sleep(LOOK_EVERY_SECONDS)
            for task in busy.values():
                task.cancel()

    async def _order(self, order: OnboardingOrder) -> StartedRun:
        await asyncio.sleep(self._random.uniform(0, ORDERED_WITHIN_SECONDS))
        return await self._doors.onboarding.start(order)

    async def _act(self, onboarding_id: str) -> None:
        await asyncio.sleep(self._random.uniform(0, LONGEST_THOUGHT_SECONDS))
        try:
            status = await self._doors.onboarding.status(onboarding_id)
            if status.kickoff:
                await self._choose(onboarding_id, status)
            elif status.state == OnboardingState.IN_HANDOVER:
                # None ends before all have begun: that many are open at a time.
                await self._all_ordered.wait()
                await self._take_over(status)
        except CommandFailure as failure:
            if failure.code not in REPEATED:
                raise
            self.repeated[failure.code.name] += 1

    async def _choose(self, onboarding_id: str, status: OnboardingStatus) -> None:
        assert status.kickoff is not None
        slot = self._random.choice(status.kickoff.slots)
        run = onboarding_workflow_id(onboarding_id)
        actor = vouch(self._settings, status.customer_id, run, datetime.now(UTC))
        await self._doors.onboarding.choose_kickoff(
            onboarding_id, KickoffChoice(actor=actor, slot_id=slot.id)
        )

    async def _take_over(self, status: OnboardingStatus) -> None:
        assert status.approval_id is not None
        (workspace,) = (made.external_id for made in status.effects if made.step == Step.CREATE_WORKSPACE)
        await self._product.record_use(workspace, datetime.now(UTC))
        person = self._random.choice(SUCCESS_TEAM)
        actor = vouch(self._settings, person, status.approval_id, datetime.now(UTC))
        await self._doors.decide(
            Decision(request_id=status.approval_id, verdict=Verdict.APPROVE, actor=actor)
        )
