"""What each command about onboardings asks of the runs and the store, and how it says what came back."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.ids import onboarding_workflow_id
from contracts.onboarding import (
    CancelOnboarding,
    ContractSigned,
    HandOverAgain,
    KickoffChoice,
    ProvideDetails,
)
from contracts.onboarding_states import OnboardingState
from contracts.states import Lane
from contracts.status import (
    ParkedStep,
    Refusal,
    Resolution,
    StateVisit,
)
from starters.console import CommandFailure
from starters.exit_codes import ExitCode
from starters.runs import RunFilter, SubjectRun
from tests.bundles import small_bundle
from tests.starters.conftest import Run
from tests.starters.onboarding_standins import (
    BEGAN,
    CUSTOMER,
    MET,
    MISSING,
    ONBOARDING,
    SLOT,
    ended_record,
    kickoff_offer,
    onboarding_status,
)
from tests.starters.outcome import Outcome
from tests.starters.standins import NOW, StandInSurroundings
from tests.starters.test_commands import verifies

RUN = onboarding_workflow_id(ONBOARDING)

ORDER: dict[str, Any] = {
    "customer_id": CUSTOMER,
    "seller_id": "o-ada",
    "details": {"company": "Buyer Works", "plan": "team", "seats": 10, "contract_reference": "C-2026-41"},
}


@pytest.fixture(autouse=True)
def underway(around: StandInSurroundings) -> None:
    """One onboarding that is being set up."""
    around.door.onboarding.statuses[ONBOARDING] = [onboarding_status()]


def sent(around: StandInSurroundings) -> Any:
    (message,) = around.door.onboarding.commands
    return message


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


# -- start


def test_an_order_is_started_once(run_cli: Run, around: StandInSurroundings, tmp_path: Path) -> None:
    file = tmp_path / "order.json"
    file.write_bytes(as_json(ORDER))
    first = run_cli("onboarding", "start", file, "--json").document
    again = run_cli("onboarding", "start", "-", "--json", stdin=as_json(ORDER)).document
    ((onboarding_id, order),) = around.door.onboarding.started.items()
    assert order.ordered_at == NOW
    assert first == {
        "onboarding_id": onboarding_id,
        "workflow_id": onboarding_workflow_id(onboarding_id),
        "already_known": False,
    }
    assert again == first | {"already_known": True}


def test_starting_says_what_to_look_with(run_cli: Run) -> None:
    outcome = run_cli("onboarding", "start", "-", stdin=as_json(ORDER))
    assert outcome.code is ExitCode.OK
    assert outcome.err == ""
    assert "./throughline onboarding status o" in outcome.out
    again = run_cli("onboarding", "start", "-", stdin=as_json(ORDER))
    assert again.code is ExitCode.OK
    assert "already known, nothing was started" in again.out


def test_an_order_that_only_its_time_names_is_pointed_out(run_cli: Run) -> None:
    bare = {"customer_id": CUSTOMER, "seller_id": "o-ada"}
    outcome = run_cli("onboarding", "start", "-", stdin=as_json(bare))
    assert outcome.code is ExitCode.OK
    assert "no contract_reference" in outcome.err
    assert outcome.err.count("\n") == 1
    won = bare | {"lead_id": "c5zk2vwnqk3xd7yh4t6m2a9be"}
    assert run_cli("onboarding", "start", "-", stdin=as_json(won)).err == ""


REFUSED_ORDERS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "it is empty"),
    "not JSON": (b"{", "order is not JSON: line 1"),
    "an array": (as_json([ORDER]), "order must be an object"),
    "a key twice": (b'{"seller_id": "a", "seller_id": "b"}', "seller_id appears twice"),
    "an unknown key": (as_json(ORDER | {"surprise": 1}), "surprise is no field of an order"),
    "an unknown detail": (as_json(ORDER | {"details": {"sets": 1}}), "details.sets is no field of an order"),
    "no customer": (as_json({"seller_id": "o-ada"}), "customer_id is missing"),
    "an unknown seller": (
        as_json(ORDER | {"seller_id": "o-nobody"}),
        "seller_id is nobody whom the policy knows",
    ),
    "a customer who is one of ours": (
        as_json(ORDER | {"customer_id": "o-ben"}),
        "customer_id is the id of one of our own people",
    ),
    "too far off": (as_json(ORDER | {"ordered_at": "1026-01-01T00:00:00Z"}), "ordered_at must lie between"),
    "a number too many": (as_json(ORDER | {"details": {"discount_percent": 101}}), "must be at most 100"),
}


@pytest.mark.parametrize("what", REFUSED_ORDERS)
def test_an_order_that_cannot_be_used_is_named_and_starts_nothing(
    run_cli: Run, around: StandInSurroundings, what: str
) -> None:
    content, said = REFUSED_ORDERS[what]
    outcome = run_cli("onboarding", "start", "-", stdin=content)
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert outcome.err.count("\n") == 1
    assert said in outcome.err
    assert "stdin" in outcome.err
    assert around.door.onboarding.started == {}


def test_every_problem_of_an_order_is_in_the_document(run_cli: Run) -> None:
    wrong = as_json({"customer_id": 7, "seller_id": "zzsecret zz", "surprise": "zzsecret"})
    outcome = run_cli("onboarding", "start", "-", "--json", stdin=wrong)
    error = outcome.document["error"]
    assert {one["field"] for one in error["details"]} == {"customer_id", "seller_id", "surprise"}
    assert "zzsecret" not in outcome.out + outcome.err


def test_a_policy_that_says_nothing_of_onboarding_starts_nothing(
    run_cli: Run, around: StandInSurroundings
) -> None:
    around.bundle = small_bundle(onboarding=None)
    outcome = run_cli("onboarding", "start", "-", stdin=as_json(ORDER))
    assert outcome.code is ExitCode.MISCONFIGURED
    assert "the policy says nothing about onboarding, onboarding.yaml: " in outcome.err
    assert around.door.onboarding.started == {}


# -- status, list and timeline


def test_status_shows_who_must_act_and_how_far_the_plan_is(run_cli: Run, around: StandInSurroundings) -> None:
    outcome = run_cli("onboarding", "status", RUN)
    assert outcome.code is ExitCode.OK
    lines = [" ".join(line.split()) for line in outcome.out.splitlines()]
    assert "STEP PROGRESS OWNER DUE AFTER" in lines
    assert "open_account done o-ada 2026-11-20 13:00 UTC -" in lines
    assert "create_workspace running o-ben 2026-11-22 09:00 UTC open_account" in lines
    assert "finish: 2026-11-22 09:00 UTC, as it looks now" in lines
    assert "workspace: workspace_1" in lines
    assert "missing" not in outcome.out


def test_status_names_what_is_missing_from_whom(run_cli: Run, around: StandInSurroundings) -> None:
    around.door.onboarding.statuses[ONBOARDING] = [
        onboarding_status(
            state=OnboardingState.AWAITING_PREREQUISITES,
            lane=Lane.WAITING,
            next_action_owner="o-ada",
            prerequisites=(MET, MISSING),
        )
    ]
    outcome = run_cli("onboarding", "status", ONBOARDING)
    assert "  - tax_id from o-ada: the tax id is not known, and invoices in DE need one" in outcome.out


def test_status_shows_the_times_that_are_offered(run_cli: Run, around: StandInSurroundings) -> None:
    around.door.onboarding.statuses[ONBOARDING] = [onboarding_status(kickoff=kickoff_offer())]
    out = run_cli("onboarding", "status", ONBOARDING).out
    assert "until 2026-11-23 09:00 UTC, round 1" in out
    assert "  - 20261124T0900Z: Tue 24 Nov 2026, 09:00 (UTC)" in out


def test_status_quotes_the_name_of_a_parked_undo(run_cli: Run, around: StandInSurroundings) -> None:
    around.door.onboarding.statuses[ONBOARDING] = [parked_status("undo subscription")]
    out = run_cli("onboarding", "status", ONBOARDING).out
    assert f"./throughline onboarding resolve {RUN} retry|skip --step 'undo subscription'" in out


def test_status_of_one_that_was_undone_shows_nothing_that_is_gone(
    run_cli: Run, around: StandInSurroundings
) -> None:
    around.door.onboarding.statuses[ONBOARDING] = [ended_status()]
    out = run_cli("onboarding", "status", ONBOARDING).out
    assert "open_account" not in out
    assert not [one for one in ("as it looks now", "workspace_1", SLOT.id) if one in out]


def test_status_asks_the_ledger_where_the_run_is_gone(run_cli: Run, around: StandInSurroundings) -> None:
    around.door.onboarding.statuses.clear()
    around.store.onboardings[ONBOARDING] = ended_record()
    outcome = run_cli("onboarding", "status", ONBOARDING)
    assert outcome.code is ExitCode.OK
    assert "the ledger; the run is no longer kept" in outcome.out
    assert "cancelled on 2026-11-21 09:00 UTC" in outcome.out
    assert "  - workspace (kept: users)" in outcome.out
    assert "  - subscription: REJECTED" in outcome.out
    assert "  - send_welcome: a message cannot be unsent" in outcome.out
    document = run_cli("onboarding", "status", ONBOARDING, "--json").document
    assert document["status"] is None
    assert document["record"]["result"]["outcome"] == "cancelled"


def test_status_is_a_document_for_a_script(run_cli: Run) -> None:
    document = run_cli("onboarding", "status", ONBOARDING, "--json").document
    assert set(document) == {"onboarding_id", "status", "record"}
    assert document["status"]["customer_id"] == CUSTOMER
    assert [one["step"] for one in document["status"]["forecast"]["steps"]] == [
        "open_account",
        "create_workspace",
    ]


@pytest.mark.parametrize("command", ["status", "timeline"])
def test_an_onboarding_that_nobody_knows_is_not_found(run_cli: Run, command: str) -> None:
    outcome = run_cli("onboarding", command, "cnobody")
    assert outcome.code is ExitCode.NOT_FOUND
    assert "./throughline onboarding list" in outcome.err
    assert outcome.err.count("\n") == 1


def test_list_shows_runs_by_lane(run_cli: Run, around: StandInSurroundings) -> None:
    assert run_cli("onboarding", "list", "--lane", "Waiting", "--limit", "7").out == "no runs\n"
    around.door.onboarding.listed = (listed(RUN, ONBOARDING),)
    out = run_cli("onboarding", "list").out
    assert out.splitlines()[1].split() == [
        ONBOARDING, "waiting", "awaiting_contract", "o-ada", "-", "2026-11-21", "09:00", "UTC", "running"
    ]  # fmt: skip
    document = run_cli("onboarding", "list", "--json").document
    assert document["runs"][0]["id"] == ONBOARDING
    assert around.door.onboarding.filters == [RunFilter(Lane.WAITING, 7), RunFilter(), RunFilter()]


def test_timeline_shows_how_long_each_state_and_step_took(run_cli: Run) -> None:
    outcome = run_cli("onboarding", "timeline", ONBOARDING)
    lines = [" ".join(line.split()) for line in outcome.out.splitlines()]
    assert "received 2026-11-20 09:00:00Z under a second" in lines
    assert "planning 2026-11-20 09:00:00Z 2 hours 59 minutes 59 seconds" in lines
    # It is still there.
    assert "setting_up 2026-11-20 12:00:00Z 21 hours" in lines
    assert "open_account done o-ada 2026-11-20 12:00:00Z 2026-11-20 13:00:00Z 1 hour" in lines
    assert "create_workspace running o-ben 2026-11-20 13:00:00Z - -" in lines
    document = run_cli("onboarding", "timeline", ONBOARDING, "--json").document
    assert [one["seconds"] for one in document["states"]] == [0.02, 10_799.98, 75_600.0]
    assert document["steps"][1]["done_at"] is None
    assert document["result"] is None


def test_timeline_of_one_that_has_ended_has_its_result(run_cli: Run, around: StandInSurroundings) -> None:
    around.door.onboarding.statuses[ONBOARDING] = [ended_status()]
    around.store.onboardings[ONBOARDING] = ended_record()
    outcome = run_cli("onboarding", "timeline", ONBOARDING)
    assert "cancelled  2026-11-20 12:00:00Z  -" in outcome.out
    assert "cancelled on 2026-11-21 09:00 UTC" in outcome.out
    around.door.onboarding.statuses.clear()
    document = run_cli("onboarding", "timeline", ONBOARDING, "--json").document
    assert (document["states"], document["steps"]) == ([], [])
    assert document["result"]["outcome"] == "cancelled"


# -- commands that a person answers for


def test_provide_sends_what_was_named_and_who_says_so(run_cli: Run, around: StandInSurroundings) -> None:
    outcome = run_cli(
        "onboarding", "provide", ONBOARDING, "--as", "o-ada", "--reason", "they wrote",
        "--tax-id", "DE136695976", "--seats", "12", "--plan", "team", "--region", "eu",
        "--contract-reference", "C-1", "--billing-name", "Bo", "--billing-email", "bo@buyer.example",
        "--technical-name", "Tess", "--technical-email", "tess@buyer.example",
        "--street", "Main 1", "--city", "Berlin", "--address-country", "DE",
    )  # fmt: skip
    assert outcome.code is ExitCode.OK, outcome.err
    assert outcome.out.startswith("nothing is missing any more\n\n")
    message = sent(around)
    assert isinstance(message, ProvideDetails)
    assert message.details.model_dump(exclude_none=True) == {
        "tax_id": "DE136695976",
        "seats": 12,
        "plan": "team",
        "region": "eu",
        "contract_reference": "C-1",
        "billing_contact": {"name": "Bo", "email": "bo@buyer.example"},
        "technical_contact": {"name": "Tess", "email": "tess@buyer.example"},
        "billing_address": {"street": "Main 1", "city": "Berlin", "postal_code": "", "country": "DE"},
    }
    assert (message.actor.id, message.reason) == ("o-ada", "they wrote")
    assert verifies(around, "o-ada", message.actor.assertion, RUN)


def test_provide_says_what_is_still_missing(run_cli: Run, around: StandInSurroundings) -> None:
    around.door.onboarding.statuses[ONBOARDING] = [onboarding_status(prerequisites=(MISSING, MET))]
    outcome = run_cli("onboarding", "provide", ONBOARDING, "--seats", "5", "--as", "o-ada")
    assert outcome.out.startswith("still missing:\n  - tax_id from o-ada: the tax id is not known")
    document = run_cli(
        "onboarding", "provide", ONBOARDING, "--seats", "5", "--as", "o-ada", "--json"
    ).document
    assert [one["met"] for one in document["prerequisites"]] == [False, True]


def test_an_option_goes_before_the_same_field_of_the_file(run_cli: Run, around: StandInSurroundings) -> None:
    stdin = as_json({"seats": 5, "company": "Buyer Works"})
    outcome = run_cli("onboarding", "provide", ONBOARDING, "-", "--seats", "9", "--as", "o-ada", stdin=stdin)
    assert outcome.code is ExitCode.OK, outcome.err
    assert sent(around).details.model_dump(exclude_none=True) == {"seats": 9, "company": "Buyer Works"}


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (("--technical-name", "Tess"), b"", "technical_contact.email is missing, onboarding provide"),
        (("--seats", "0"), b"", "seats must be at least 1"),
        (("--plan", "no plan"), b"", "plan must have the form"),
        (("--tax-id", "a\nb"), b"", "tax_id must be one line"),
        (("-",), b'{"sets": 5}', "sets is no field of an order's details, stdin"),
        (("-",), b'{"seats": null}', "hold nothing that is known"),
        (("-",), b"[]", "order's details must be an object"),
        (("-",), b"", "it is empty"),
    ],
)
def test_a_detail_that_cannot_be_used_is_named_and_not_sent(
    run_cli: Run, around: StandInSurroundings, arguments: tuple[str, ...], stdin: bytes, said: str
) -> None:
    outcome = run_cli("onboarding", "provide", ONBOARDING, *arguments, "--as", "o-ada", stdin=stdin)
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert said in outcome.err
    assert outcome.err.count("\n") == 1
    assert around.door.onboarding.commands == []


def test_contract_signed_tells_the_run_and_shows_what_it_makes_of_it(
    run_cli: Run, around: StandInSurroundings
) -> None:
    waiting = onboarding_status(state=OnboardingState.AWAITING_CONTRACT)
    moved = onboarding_status(
        state=OnboardingState.IN_APPROVAL,
        visits=(*waiting.visits, StateVisit(state="in_approval", at=NOW)),
    )
    around.door.onboarding.statuses[ONBOARDING] = [waiting, waiting, moved]
    outcome = signed(run_cli, "--signed-at", "2026-11-20T10:00:00+01:00")
    assert outcome.code is ExitCode.OK, outcome.err
    assert outcome.out.startswith("told\n\n")
    assert "in_approval" in outcome.out
    message = sent(around)
    assert isinstance(message, ContractSigned)
    assert (message.reference, message.signed_at) == ("C-2026-41", BEGAN)
    assert verifies(around, "o-ada", message.actor.assertion, RUN)


def test_a_signature_that_nobody_waits_for_counts_from_now(run_cli: Run, around: StandInSurroundings) -> None:
    assert signed(run_cli).code is ExitCode.OK
    assert sent(around).signed_at == NOW


def test_a_signature_that_the_run_refuses_is_said_with_its_reason(
    run_cli: Run, around: StandInSurroundings
) -> None:
    earlier = Refusal(command="contract_signed", actor_id="o-ada", reason="before", at=BEGAN)
    refusal = Refusal(command="contract_signed", actor_id="o-ada", reason="it is another one", at=NOW)
    waiting = onboarding_status(state=OnboardingState.AWAITING_CONTRACT, refusals=(earlier,))
    around.door.onboarding.statuses[ONBOARDING] = [
        waiting,
        onboarding_status(state=OnboardingState.AWAITING_CONTRACT, refusals=(earlier, refusal)),
    ]
    outcome = signed(run_cli)
    assert outcome.code is ExitCode.REFUSED_BY_RUN
    assert outcome.err == f"throughline: it is another one, {RUN}\n"


def signed(run_cli: Run, *more: str) -> Outcome:
    arguments = ("--reference", "C-2026-41", "--as", "o-ada", *more)
    return run_cli("onboarding", "contract-signed", ONBOARDING, *arguments)


def test_the_customer_or_one_of_ours_chooses(run_cli: Run, around: StandInSurroundings) -> None:
    assert run_cli("onboarding", "choose", ONBOARDING, SLOT.id, "--as-customer").code is ExitCode.OK
    assert run_cli("onboarding", "choose", ONBOARDING, SLOT.id, "--as", "o-ben").code is ExitCode.OK
    choices = around.door.onboarding.commands
    assert [one.actor.id for one in choices if isinstance(one, KickoffChoice)] == [CUSTOMER, "o-ben"]
    for choice in choices:
        assert isinstance(choice, KickoffChoice)
        assert choice.slot_id == SLOT.id
        assert verifies(around, choice.actor.id, choice.actor.assertion, RUN)
        assert not verifies(around, choice.actor.id, choice.actor.assertion, "customer-onboarding/other")


def test_cancelling_has_a_reason_and_somebody_who_says_it(run_cli: Run, around: StandInSurroundings) -> None:
    outcome = run_cli("onboarding", "cancel", ONBOARDING, "--as-customer", "--reason", "budget was cut")
    assert outcome.code is ExitCode.OK
    message = sent(around)
    assert isinstance(message, CancelOnboarding)
    assert (message.actor.id, message.reason) == (CUSTOMER, "budget was cut")
    assert verifies(around, CUSTOMER, message.actor.assertion, RUN)


def test_handing_over_again_says_what_was_mended(run_cli: Run, around: StandInSurroundings) -> None:
    outcome = run_cli("onboarding", "hand-over", ONBOARDING, "--as", "m-eve", "--reason", "goals are written")
    assert outcome.code is ExitCode.OK
    message = sent(around)
    assert isinstance(message, HandOverAgain)
    assert (message.actor.id, message.reason) == ("m-eve", "goals are written")
    assert verifies(around, "m-eve", message.actor.assertion, RUN)


COMMANDS = {
    "provide": ("--seats", "5"),
    "contract-signed": ("--reference", "C-1"),
    "choose": (SLOT.id,),
    "hand-over": ("--reason", "mended"),
    "cancel": ("--reason", "no budget"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_nobody_unknown_acts(run_cli: Run, around: StandInSurroundings, command: str) -> None:
    outcome = run_cli("onboarding", command, ONBOARDING, *COMMANDS[command], "--as", "o-nobody")
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert "the policy knows no such person, --as o-nobody" in outcome.err
    assert around.door.onboarding.commands == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_refusal_of_the_run_has_its_reason_and_exit_code(
    run_cli: Run, around: StandInSurroundings, command: str
) -> None:
    around.door.onboarding.refusal = CommandFailure(ExitCode.REFUSED_BY_RUN, "wrong person", where=RUN)
    outcome = run_cli("onboarding", command, ONBOARDING, *COMMANDS[command], "--as", "o-ada", "--json")
    assert outcome.code is ExitCode.REFUSED_BY_RUN
    assert outcome.err == f"throughline: wrong person, {RUN}\n"
    assert outcome.document["error"]["what"] == "wrong person"


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "contract-signed"])
def test_what_a_command_answers_is_a_document_for_a_script(run_cli: Run, command: str) -> None:
    outcome = run_cli("onboarding", command, ONBOARDING, *COMMANDS[command], "--as", "o-ada", "--json")
    assert outcome.document["onboarding_id"] == ONBOARDING


@pytest.mark.parametrize("command", ["choose", "cancel"])
def test_no_customer_of_an_unknown_onboarding_acts(
    run_cli: Run, around: StandInSurroundings, command: str
) -> None:
    outcome = run_cli("onboarding", command, "cnobody", *COMMANDS[command], "--as-customer")
    assert outcome.code is ExitCode.NOT_FOUND
    assert around.door.onboarding.commands == []


@pytest.mark.parametrize("step", [None, "undo subscription"])
def test_resolve_answers_a_parked_undo(run_cli: Run, around: StandInSurroundings, step: str | None) -> None:
    around.door.onboarding.statuses[ONBOARDING] = [parked_status("undo subscription")]
    named = ("--step", step) if step else ()
    outcome = run_cli("onboarding", "resolve", ONBOARDING, "skip", *named, "--as", "m-eve")
    assert outcome.code is ExitCode.OK, outcome.err
    (command,) = around.door.commands
    assert isinstance(command, tuple)
    assert isinstance(command[1], Resolution)
    assert (command[0], command[1].step) == (RUN, "undo subscription")
    assert verifies(around, "m-eve", command[1].actor.assertion, RUN)


@pytest.mark.parametrize("step", ["all", "undo subscription"])
def test_an_undo_cannot_be_abandoned(run_cli: Run, around: StandInSurroundings, step: str) -> None:
    around.door.onboarding.statuses[ONBOARDING] = [parked_status("undo subscription", "undo workspace")]
    outcome = run_cli("onboarding", "resolve", ONBOARDING, "abandon", "--step", step, "--as", "m-eve")
    assert outcome.code is ExitCode.USAGE
    assert "retry it, or skip it to leave what is there" in outcome.err
    assert around.door.commands == []


def test_resolve_finds_nothing_parked(run_cli: Run, around: StandInSurroundings) -> None:
    outcome = run_cli("onboarding", "resolve", ONBOARDING, "retry", "--as", "m-eve")
    assert outcome.code is ExitCode.REFUSED_BY_RUN
    assert "nothing is parked, it is setting_up" in outcome.err


# -- what runs and ledgers say


def parked_status(*steps: str) -> Any:
    return onboarding_status(
        state="parked",
        lane=Lane.BLOCKED,
        parked=tuple(
            ParkedStep(
                step=step,
                code="REJECTED",
                message="billing says no",
                who_must_act="an operator",
                since=NOW,
                skippable=True,
            )
            for step in steps
        ),
    )


def ended_status() -> Any:
    visits = (
        StateVisit(state="received", at=BEGAN),
        StateVisit(state="cancelled", at=BEGAN + timedelta(hours=3)),
    )
    return onboarding_status(
        state=OnboardingState.CANCELLED, next_moves=(), visits=visits, kickoff=kickoff_offer()
    )


def listed(workflow_id: str, id: str) -> SubjectRun:
    return SubjectRun(
        id=id,
        workflow_id=workflow_id,
        process=workflow_id.partition("/")[0],
        run="running",
        lane="waiting",
        stage="awaiting_contract",
        owner_id="o-ada",
        due_at=None,
        started_at=NOW,
    )
