"""Conformance of `Arrivals`: whoever registers later sees the open leads before it, whatever clocks say."""

import asyncio
from datetime import timedelta

import pytest

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


async def test_lead_that_arrived_later_and_registers_first_is_seen_by_the_other(arrivals: Arrivals) -> None:
    assert (await arrivals.register(arrival("lead-2", 1), WINDOW)).in_flight == ()
    (other,) = (await arrivals.register(arrival("lead-1", 0), WINDOW)).in_flight
    assert (other.lead_id, other.arrived_at) == ("lead-2", MONDAY_NINE + timedelta(minutes=1))
    assert (await arrivals.register(arrival("lead-2", 1), WINDOW)).in_flight == ()


@pytest.mark.parametrize("minutes", [-1440, -1, 0, 1, 1440])
@pytest.mark.parametrize("second", ["lead-a", "lead-c"])
async def test_neither_clocks_nor_ids_say_who_was_first(
    arrivals: Arrivals, second: str, minutes: float
) -> None:
    await arrivals.register(arrival("lead-b"), WINDOW)
    for _ in range(2):
        report = await arrivals.register(arrival(second, minutes), WINDOW)
        assert [one.lead_id for one in report.in_flight] == ["lead-b"]
        assert (await arrivals.register(arrival("lead-b"), WINDOW)).in_flight == ()


async def test_open_leads_are_reported_in_the_order_of_registration(arrivals: Arrivals) -> None:
    for lead_id, minute in (("lead-c", 5), ("lead-a", 9), ("lead-d", 0), ("lead-a", 9)):
        await arrivals.register(arrival(lead_id, minute), WINDOW)
    report = await arrivals.register(arrival("lead-b", 7), WINDOW)
    assert [one.lead_id for one in report.in_flight] == ["lead-c", "lead-a", "lead-d"]


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


async def test_of_two_at_once_exactly_one_sees_the_other(arrivals: Arrivals) -> None:
    for turn in range(20):
        skew = (-1) ** turn
        pair = [
            arrival(f"lead-{turn}-{n}", n * skew, email=f"zoe{turn}@acme.example", phone=f"+1202{turn:02}{n}")
            for n in range(2)
        ]
        reports = await asyncio.gather(*(arrivals.register(request, WINDOW) for request in pair))
        seen = [[one.lead_id for one in report.in_flight] for report in reports]
        assert seen in ([[], [pair[0].lead_id]], [[pair[1].lead_id], []])


async def test_of_many_at_once_each_but_the_first_sees_all_before_it(arrivals: Arrivals) -> None:
    requests = [arrival(f"lead-{n}", -n / 60) for n in range(10)]
    reports = await asyncio.gather(*(arrivals.register(request, WINDOW) for request in requests))
    seen = [report.in_flight for report in reports]
    assert sorted(len(others) for others in seen) == list(range(10))
    assert [(await arrivals.register(request, WINDOW)).in_flight for request in requests] == seen


async def test_completed_lead_is_known_by_what_it_has_now(arrivals: Arrivals) -> None:
    await arrivals.register(arrival("lead-1", email="typo@acme.example"), WINDOW)
    await arrivals.register(arrival("lead-1", email="zoe@acme.example"), WINDOW)
    assert len((await arrivals.register(arrival("lead-2", 1), WINDOW)).in_flight) == 1
    wrong = arrival("lead-3", 2, email="typo@acme.example")
    assert (await arrivals.register(wrong, WINDOW)).in_flight == ()


async def test_completed_lead_keeps_its_place(arrivals: Arrivals) -> None:
    await arrivals.register(arrival("lead-1", phone="+1202", email=None), WINDOW)
    await arrivals.register(arrival("lead-2", phone="+1202"), WINDOW)
    assert (await arrivals.register(arrival("lead-1", phone="+1202"), WINDOW)).in_flight == ()
    (other,) = (await arrivals.register(arrival("lead-2", phone="+1202"), WINDOW)).in_flight
    assert (other.lead_id, other.matched_on) == ("lead-1", "email")


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
