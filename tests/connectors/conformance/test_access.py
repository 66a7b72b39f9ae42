"""Conformance of `AccessControl`: a role is held once, from when it is granted to when it ends."""

from datetime import timedelta

from contracts.crm import UndoInput
from contracts.failures import FailureCode
from contracts.onboarding_ports import AccessControl
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import MONDAY_NINE, Refused
from tests.connectors.onboarding_examples import all_at_once, granting

MOMENT = timedelta(microseconds=1)


async def test_role_is_held_from_its_granting_until_it_runs_out(access: AccessControl) -> None:
    request = granting()
    await access.grant(request)
    times = (MONDAY_NINE - MOMENT, MONDAY_NINE, request.until - MOMENT, request.until)
    held = [tuple(await access.held_by("ali", at)) for at in times]
    assert held == [(), ("billing:reader",), ("billing:reader",), ()]
    assert tuple(await access.held_by("kim", MONDAY_NINE)) == ()


async def test_roles_are_named_in_their_order(access: AccessControl) -> None:
    for system, role in (("crm", "editor"), ("billing", "reader"), ("billing", "admin")):
        await access.grant(granting(key=f"{system}-{role}", system=system, role=role))
    held = await access.held_by("ali", MONDAY_NINE)
    assert tuple(held) == ("billing:admin", "billing:reader", "crm:editor")


async def test_role_that_was_revoked_is_held_no_more_and_was_held_before(
    access: AccessControl, clock: SettableClock
) -> None:
    await access.grant(granting())
    clock.advance(hours=1)
    await access.revoke(UndoInput(key=granting().key))
    assert tuple(await access.held_by("ali", clock.now)) == ()
    assert tuple(await access.held_by("ali", MONDAY_NINE)) == ("billing:reader",)


async def test_role_that_somebody_has_is_not_granted_again(access: AccessControl) -> None:
    first = await access.grant(granting())
    with Refused(FailureCode.CONFLICT):
        await access.grant(granting(key="again", until=MONDAY_NINE + timedelta(days=90)))
    assert await access.grant(granting()) == first
    for number, other in enumerate(({"role": "admin"}, {"system": "crm"}, {"person_id": "kim"})):
        await access.grant(granting(key=f"other-{number}", **other))


async def test_of_ten_grants_of_one_role_at_once_one_is_made(access: AccessControl) -> None:
    made, refused = await all_at_once(access.grant, [granting(key=f"run-{n}") for n in range(10)])
    assert len(made) == 1
    assert refused == [FailureCode.CONFLICT] * 9


async def test_role_that_has_run_out_can_be_granted_anew(access: AccessControl, clock: SettableClock) -> None:
    old = granting()
    await access.grant(old)
    clock.now = old.until
    requests = [granting(key=f"run-{n}", until=old.until + timedelta(days=30)) for n in range(10)]
    made, refused = await all_at_once(access.grant, requests)
    assert len(made) == 1
    assert refused == [FailureCode.CONFLICT] * 9


async def test_late_revoking_of_a_grant_that_ran_out_leaves_its_successor_alone(
    access: AccessControl, clock: SettableClock
) -> None:
    old = granting()
    await access.grant(old)
    clock.now = old.until
    await access.grant(granting(key="anew", until=old.until + timedelta(days=30)))
    clock.advance(hours=1)
    assert (await access.revoke(UndoInput(key=old.key))).undone
    assert tuple(await access.held_by("ali", clock.now)) == ("billing:reader",)
    assert tuple(await access.held_by("ali", old.until - MOMENT)) == ("billing:reader",)
