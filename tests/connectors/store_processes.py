"""What another process does to a store: `python -m tests.connectors.store_processes WORK URL NAME COUNT`."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

from connectors.store.allocator import SqlAllocator
from connectors.store.crm import SqlCrm
from connectors.store.engine import Store
from connectors.store.outbox import SqlOutbox
from connectors.store.scheduling import SqlScheduling
from contracts.crm import CreateNoteInput
from contracts.messages import Message, MessageKind
from contracts.policy import PoolMember
from rules.allocation import choose_owner
from tests.connectors.examples import lead, records, turn
from tests.connectors.onboarding_examples import TEN, meeting, slot

MEMBERS = (
    PoolMember(person="kim", weight=3, daily_cap=300),
    PoolMember(person="sam", weight=2),
    PoolMember(person="ali", weight=1),
)
PATIENT = timedelta(seconds=40)
"""More than a store waits by default: these processes share two cores with the rest of the suite."""


def clock() -> datetime:
    return datetime.now(UTC)


async def allocate(store: Store, name: str, count: int) -> None:
    """Takes that many turns at once."""
    allocator = SqlAllocator(store, clock, choose_owner)
    await asyncio.gather(*(allocator.allocate(turn(f"{name}-{n}", MEMBERS)) for n in range(count)))


async def write_records(store: Store, name: str, count: int) -> None:
    """Makes the records of that many leads of ten people, and one lead that every process has."""
    crm = SqlCrm(store, clock)
    requests = [
        records(f"{name}-{n}", of=lead(f"{name}-{n}", email=f"person-{n % 10}@acme.example"))
        for n in range(count)
    ]
    shared = records("shared", of=lead("shared", email="person-0@acme.example"))
    await asyncio.gather(*(crm.create_lead_records(request) for request in (*requests, shared)))


async def book_meetings(store: Store, name: str, count: int) -> None:
    """Books that many half hours, each of which begins five minutes after the one before."""
    scheduling = SqlScheduling(store, clock)
    requests = [
        meeting(key=f"{name}-{n}", slot=slot(TEN + timedelta(minutes=5 * n)), workflow_id=f"{name}-{n}")
        for n in range(count)
    ]
    await asyncio.gather(*map(scheduling.book, requests))


async def write_until_killed(store: Store, name: str, count: int) -> None:
    """Writes without end, and says when it has begun."""
    crm, outbox = SqlCrm(store, clock), SqlOutbox(store, clock)

    async def one_writer(writer: int) -> None:
        number = 0
        while True:
            number += 1
            who = f"{name}-{writer}-{number}"
            made = await crm.create_lead_records(records(who, of=lead(who, email=f"{who}@acme.example")))
            await crm.create_note(CreateNoteInput(key=f"{who}#note", body="A note", work_id=made.work_id))
            await outbox.send(
                Message(
                    key=f"{who}#message",
                    kind=MessageKind.ALERT,
                    recipient_id="sam",
                    subject="A lead",
                    body="x" * 2_000,
                    workflow_id=f"lead-intake/{who}",
                )
            )
            sys.stdout.write(f"{who}\n")
            sys.stdout.flush()

    await asyncio.gather(*(one_writer(writer) for writer in range(count)))


async def main(work: str, url: str, name: str, count: int) -> None:
    async with await Store.open(url, busy_timeout=PATIENT) as store:
        await WORKS[work](store, name, count)


WORKS = {
    "allocate": allocate,
    "records": write_records,
    "bookings": book_meetings,
    "endless": write_until_killed,
}


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
