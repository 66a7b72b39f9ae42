"""What each command about access requests asks of the runs, and how it says what came back."""

from datetime import timedelta

import pytest

from contracts.access_request import AccessRequest
from contracts.ids import access_request_workflow_id
from contracts.states import Lane
from contracts.status import ParkedStep, Resolution, ResolutionAnswer
from starters.exit_codes import ExitCode
from starters.runs import RunFilter
from tests.bundles import small_bundle
from tests.starters.conftest import Run
from tests.starters.onboarding_standins import REQUEST, access_status
from tests.starters.outcome import Outcome
from tests.starters.standins import NOW, StandInSurroundings
from tests.starters.test_commands import verifies
from tests.starters.test_onboarding_commands import listed

RUN = access_request_workflow_id(REQUEST)


def asked(run_cli: Run, *more: str, person: str = "o-ben") -> Outcome:
    return run_cli(
        "access", "request", "--id", REQUEST, "--for", person, "--system", "billing", "--role", "reader",
        "--reason", "invoices", *more,
    )  # fmt: skip


def test_a_request_is_started_once(run_cli: Run, around: StandInSurroundings) -> None:
    first, again = asked(run_cli, "--days", "3", "--json"), asked(run_cli, "--json")
    assert first.document == {"request_id": REQUEST, "workflow_id": RUN, "already_known": False}
    assert again.document == first.document | {"already_known": True}
    assert again.code is ExitCode.OK
    assert "./throughline access status it-1042" in asked(run_cli).out
    asked(run_cli, "--days", "3", person="m-eve")
    assert around.door.access.started[REQUEST] == AccessRequest(
        request_id=REQUEST,
        person_id="m-eve",
        system="billing",
        role="reader",
        reason="invoices",
        days=3,
        requested_at=NOW,
    )


def test_a_request_without_an_id_is_one_a_day(run_cli: Run, around: StandInSurroundings) -> None:
    def asked_for(role: str) -> Outcome:
        return run_cli(
            "access", "request", "--for", "o-ben", "--system", "billing", "--role", role, "--reason", "why",
            "--json",
        )  # fmt: skip

    first, again, other = asked_for("reader"), asked_for("reader"), asked_for("writer")
    around.at = NOW + timedelta(days=1)
    tomorrow = asked_for("reader")
    assert again.document == first.document | {"already_known": True}
    assert [one.document["already_known"] for one in (first, other, tomorrow)] == [False] * 3


def test_nobody_unknown_gets_access(run_cli: Run, around: StandInSurroundings) -> None:
    outcome = asked(run_cli, person="o-nobody")
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert "the policy knows no such person, --for o-nobody" in outcome.err
    assert around.door.access.started == {}


def test_a_policy_that_says_nothing_of_access_starts_nothing(
    run_cli: Run, around: StandInSurroundings
) -> None:
    around.bundle = small_bundle(access=None)
    outcome = asked(run_cli)
    assert outcome.code is ExitCode.MISCONFIGURED
    assert "the policy says nothing about access" in outcome.err
    assert around.door.access.started == {}


def test_status_says_who_gets_what_and_until_when(run_cli: Run, around: StandInSurroundings) -> None:
    around.door.access.statuses[REQUEST] = access_status(lasts_until=NOW + timedelta(days=7))
    outcome = run_cli("access", "status", RUN)
    assert outcome.code is ExitCode.OK
    lines = [" ".join(line.split()) for line in outcome.out.splitlines()]
    assert {
        "person: o-ben",
        "system: billing",
        "role: reader",
        f"approval: {RUN}/approval",
        "lasts until: 2026-11-28 09:00 UTC",
    } <= set(lines)
    assert run_cli("access", "status", REQUEST, "--json").document["person_id"] == "o-ben"
    missing = run_cli("access", "status", "it-nobody")
    assert missing.code is ExitCode.NOT_FOUND


def test_list_shows_runs_by_lane(run_cli: Run, around: StandInSurroundings) -> None:
    assert run_cli("access", "list", "--lane", "blocked").out == "no runs\n"
    around.door.access.listed = (listed(RUN, REQUEST),)
    assert run_cli("access", "list").out.splitlines()[1].split()[0] == REQUEST
    assert run_cli("access", "list", "--json").document["runs"][0]["workflow_id"] == RUN
    assert around.door.access.filters == [RunFilter(Lane.BLOCKED), RunFilter(), RunFilter()]


@pytest.mark.parametrize("answer", ResolutionAnswer)
def test_resolve_answers_the_parked_step(
    run_cli: Run, around: StandInSurroundings, answer: ResolutionAnswer
) -> None:
    parked = ParkedStep(step="grant_access", code="CONFLICT", message="m", who_must_act="w", since=NOW)
    around.door.access.statuses[REQUEST] = access_status(parked=(parked,), lane=Lane.BLOCKED)
    shown = run_cli("access", "status", REQUEST).out
    assert f"./throughline access resolve {RUN} retry|abandon --step grant_access" in shown
    outcome = run_cli("access", "resolve", RUN, answer, "--as", "m-eve")
    assert outcome.code is ExitCode.OK, outcome.err
    ((workflow_id, resolution),) = [one for one in around.door.commands if isinstance(one, tuple)]
    assert isinstance(resolution, Resolution)
    assert (workflow_id, resolution.step, resolution.answer) == (RUN, "grant_access", answer)
    assert verifies(around, "m-eve", resolution.actor.assertion, RUN)
