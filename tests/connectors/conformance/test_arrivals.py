"""Conformance of `Arrivals`: a later lead sees the earlier one of the same person until that is decided."""

import asyncio
from datetime import timedelta

from contracts.failures import FailureCode
from contracts.matching import FindMatchesInput
from contracts.ports import Arrivals, Ledger
from tests.connectors.examples import MONDAY_NINE, Refused, decision, matches

WINDOW = 600.0


def arrival(lead_id: str, minute: float = 0, **changed: object) -> FindMatchesInput:
    return matches(lead_id, arrived_at=MONDAY_NINE + timedelta(minutes=minute), **changed)


async def test_first_lead_of_a_person_sees_nobody(arrivals: Arrivals) -> None:
    report = await arrivals.register(arrival("lead-1"), WINDOW)
    assert (report.in_flight, report.recent_arrivals) == ((), 1)


async def test_later_lead_sees_the_earlier_one_with_what_it_said(arrivals: Arrivals) -> None:
    await arrivals.register(arrival("lead-1", name="Zoë", category="audit"), WINDOW)
    report = await arrivals.register(arrival("lead-2", 1, email="ZOE+x@acme.example"), WINDOW)
    (other,) = report.in_flight
    assert (other.lead_id, other.matched_on, other.name, other.category) == (
        "lead-1",
        "email",
        "Zoë",
        "audit",
    )
    assert other.arrived_at == MONDAY_NINE
    assert report.recent_arrivals == 2


async def test_earlier_lead_does_not_see_the_later_one_whenever_it_registers(arrivals: Arrivals) -> None:
    await arrivals.register(arrival("lead-2", 1), WINDOW)
    assert (await arrivals.register(arrival("lead-1", 0), WINDOW)).in_flight == ()
    (other,) = (await arrivals.register(arrival("lead-2", 1), WINDOW)).in_flight
    assert other.lead_id == "lead-1"


async def test_at_the_same_instant_the_id_decides(arrivals: Arrivals) -> None:
    await arrivals.register(arrival("lead-b"), WINDOW)
    assert (await arrivals.register(arrival("lead-a"), WINDOW)).in_flight == ()
    (other,) = (await arrivals.register(arrival("lead-b"), WINDOW)).in_flight
    assert other.lead_id == "lead-a"


async def test_shared_address_says_more_than_shared_number(arrivals: Arrivals) -> None:
    await arrivals.register(arrival("lead-1", phone="+1202"), WINDOW)
    await arrivals.register(arrival("lead-2", 1, email=None, phone="+1202"), WINDOW)
    report = await arrivals.register(arrival("lead-3", 2, phone="+1202"), WINDOW)
    assert [(one.lead_id, one.matched_on) for one in report.in_flight] == [
        ("lead-1", "email"),
        ("lead-2", "phone"),
    ]


async def test_given_key_is_what_addresses_are_compared_by(arrivals: Arrivals) -> None:
    await arrivals.register(arrival("lead-1", email="a@x.example", email_key="same"), WINDOW)
    report = await arrivals.register(arrival("lead-2", 1, email="b@x.example", email_key="same"), WINDOW)
    assert len(report.in_flight) == 1


async def test_registering_again_changes_nothing(arrivals: Arrivals) -> None:
    await arrivals.register(arrival("lead-1"), WINDOW)
    reports = await asyncio.gather(*(arrivals.register(arrival("lead-2", 1), WINDOW) for _ in range(10)))
    assert len(set(reports)) == 1
    assert reports[0].recent_arrivals == 2
    assert len((await arrivals.register(arrival("lead-3", 2), WINDOW)).in_flight) == 2


async def test_of_many_at_once_each_but_the_first_finds_one_before_it(arrivals: Arrivals) -> None:
    requests = [arrival(f"lead-{n}", n / 60) for n in range(10)]
    await asyncio.gather(*(arrivals.register(request, WINDOW) for request in requests))
    seen = [len((await arrivals.register(request, WINDOW)).in_flight) for request in requests]
    assert seen == list(range(10))


async def test_completed_lead_is_known_by_what_it_has_now(arrivals: Arrivals) -> None:
    await arrivals.register(arrival("lead-1", email="typo@acme.example"), WINDOW)
    await arrivals.register(arrival("lead-1", email="zoe@acme.example"), WINDOW)
    assert len((await arrivals.register(arrival("lead-2", 1), WINDOW)).in_flight) == 1
    wrong = arrival("lead-3", 2, email="typo@acme.example")
    assert (await arrivals.register(wrong, WINDOW)).in_flight == ()


async def test_decided_lead_is_in_flight_no_more_and_still_counts(arrivals: Arrivals, ledger: Ledger) -> None:
    await arrivals.register(arrival("lead-1"), WINDOW)
    await ledger.record_decision(decision("lead-1"))
    late = await arrivals.register(arrival("lead-1"), WINDOW)
    report = await arrivals.register(arrival("lead-2", 1), WINDOW)
    assert late.recent_arrivals == 1
    assert (report.in_flight, report.recent_arrivals) == ((), 2)


async def test_decision_that_is_refused_leaves_the_lead_in_flight(arrivals: Arrivals, ledger: Ledger) -> None:
    await arrivals.register(arrival("lead-1"), WINDOW)
    await ledger.record_decision(decision("lead-0", key="taken"))
    with Refused(FailureCode.CONFLICT):
        await ledger.record_decision(decision("lead-0", key="another"))
    assert len((await arrivals.register(arrival("lead-2", 1), WINDOW)).in_flight) == 1


async def test_arrivals_are_counted_by_sender_and_by_identity_inside_the_window(arrivals: Arrivals) -> None:
    await arrivals.register(arrival("lead-1", 0, email="a@x.example", sender="s1"), WINDOW)
    await arrivals.register(arrival("lead-2", 5, email="b@x.example", sender="s1"), WINDOW)
    await arrivals.register(arrival("lead-3", 6, email="a@x.example", sender="s2"), WINDOW)
    await arrivals.register(arrival("lead-4", 6, email="c@x.example", sender="s3"), WINDOW)
    report = await arrivals.register(arrival("lead-5", 9.9, email="a@x.example", sender="s1"), WINDOW)
    later = await arrivals.register(arrival("lead-6", 15.5, email="a@x.example", sender="s1"), WINDOW)
    assert report.recent_arrivals == 4
    assert later.recent_arrivals == 3


async def test_lead_without_identity_claims_nothing(arrivals: Arrivals) -> None:
    for number in range(3):
        report = await arrivals.register(arrival(f"lead-{number}", number, email=None), WINDOW)
        assert (report.in_flight, report.recent_arrivals) == ((), 1)
