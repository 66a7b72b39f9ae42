"""What each command asks of the runs and the store, and how it says what came back."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.approval import ApprovalTask, Decision
from contracts.failures import FailureCode, ServiceFailure
from contracts.follow_through import FollowThroughOrder, LeadOutcome, OutcomeRecord, OutcomeReport
from contracts.ids import (
    access_request_workflow_id,
    approval_workflow_id,
    effect_key,
    follow_through_workflow_id,
    intake_workflow_id,
    onboarding_workflow_id,
)
from contracts.lead_intake import Amendment, IntakeState, LeadIntakeResult
from contracts.ledger import DecisionRecord
from contracts.messages import MessageKind, OutboxEntry, OutboxStatus
from contracts.names import Process
from contracts.order import OrderDetails
from contracts.routing import LeadPath
from contracts.states import Lane
from contracts.status import ParkedStep, Refusal, Resolution, ResolutionAnswer
from rules.actor_proof import HmacActorVerifier
from runtime.identity import signing_keys
from starters.console import CommandFailure
from starters.doors import LeadFilter, LeadRun
from starters.exit_codes import ExitCode
from starters.lead_runs import query_for, source_slug
from starters.reading import CODES, translated
from tests.architecture.source_tree import ROOT
from tests.starters.conftest import Run
from tests.starters.standins import (
    LEAD,
    NOW,
    REQUEST,
    StandInSurroundings,
    approval_status,
    follow_through_status,
    intake_status,
)


def parked(step: str, *, skippable: bool = False) -> ParkedStep:
    return ParkedStep(
        step=step,
        code="REJECTED",
        message="contact.name: at most 80 characters fit",
        who_must_act="an operator: amend the data, then retry",
        since=NOW,
        skippable=skippable,
    )


def decision_record(**fields: Any) -> DecisionRecord:
    """What the ledger holds about a lead that was handed over; parts that no command reads are left out."""
    order = FollowThroughOrder(
        lead_id=LEAD,
        path=LeadPath.SALES,
        policy_hash="abc",
        sla="standard",
        owner_id="o-ada",
        handed_over_at=NOW,
    )
    known: dict[str, Any] = {
        "key": effect_key(intake_workflow_id(LEAD), "record_decision"),
        "lead_id": LEAD,
        "workflow_id": intake_workflow_id(LEAD),
        "policy_hash": "abc",
        "decided_by": ("m-eve",),
        "result": LeadIntakeResult(
            lead_id=LEAD, outcome=IntakeState.HANDED_OVER, path=LeadPath.SALES, owner_id="o-ada"
        ),
        "handover": order,
        "at": NOW,
    }
    return DecisionRecord.model_construct(**(known | fields))


def verifies(around: StandInSurroundings, actor_id: str, assertion: str, audience: str) -> bool:
    verifier = HmacActorVerifier(signing_keys(around.settings().identity))
    return verifier.problem(actor_id, assertion, audience, NOW) is None


# -- status and lists


def test_status_names_what_is_parked_and_the_way_on(run_cli: Run, around: StandInSurroundings) -> None:
    around.door.intakes[LEAD] = [
        intake_status(
            state="parked",
            lane=Lane.BLOCKED,
            parked=(parked("create_task", skippable=True),),
            refusals=(Refusal(command="resolve", actor_id="o-ben", reason="not parked", at=NOW),),
        )
    ]
    outcome = run_cli("lead", "status", f"lead-intake/{LEAD}")
    assert outcome.code is ExitCode.OK
    assert "create_task since 2026-11-21 09:00 UTC: REJECTED, contact.name" in outcome.out
    assert f"lead resolve lead-intake/{LEAD} retry|skip|abandon --step create_task" in outcome.out
    assert "resolve by o-ben: not parked" in outcome.out


def test_status_asks_the_ledger_where_the_run_is_gone(run_cli: Run, around: StandInSurroundings) -> None:
    around.store.decisions[LEAD] = decision_record()
    around.door.follow_throughs[LEAD] = follow_through_status()
    outcome = run_cli("lead", "status", LEAD)
    assert outcome.code is ExitCode.OK
    assert "from the ledger" in outcome.out
    assert "awaiting_acknowledgement" in outcome.out
    document = run_cli("lead", "status", LEAD, "--json").document
    assert document["intake"] is None
    assert document["decision"]["result"]["outcome"] == "handed_over"


def test_status_of_nobody_is_not_found(run_cli: Run) -> None:
    outcome = run_cli("lead", "status", LEAD, "--json")
    assert outcome.code is ExitCode.NOT_FOUND
    assert outcome.document["error"]["name"] == "not_found"


def test_list_asks_for_what_was_named(run_cli: Run, around: StandInSurroundings) -> None:
    assert run_cli("lead", "list", "--lane", "Blocked", "--path", "sales", "--limit", "7").out == "no runs\n"
    run_cli("lead", "list", "--process", "lead-follow-through")
    assert around.door.filters == [
        LeadFilter(None, Lane.BLOCKED, LeadPath.SALES, 7),
        LeadFilter(Process.LEAD_FOLLOW_THROUGH, None, None, 50),
    ]


def test_list_shows_that_a_run_is_dead(run_cli: Run, around: StandInSurroundings) -> None:
    around.door.runs = (
        LeadRun(
            lead_id=LEAD,
            workflow_id=intake_workflow_id(LEAD),
            process="lead-intake",
            run="terminated",
            lane="running",
            stage="routing",
            path=None,
            source=None,
            owner_id=None,
            due_at=None,
            started_at=NOW,
        ),
    )
    outcome = run_cli("lead", "list")
    assert outcome.out.splitlines()[1].endswith("terminated")


@pytest.mark.parametrize(
    ("wanted", "query"),
    [
        (LeadFilter(), "WorkflowType IN ('LeadIntakeWorkflow', 'LeadFollowThroughWorkflow')"),
        (
            LeadFilter(Process.LEAD_INTAKE, Lane.WAITING, LeadPath.SALES),
            "WorkflowType IN ('LeadIntakeWorkflow') AND Lane = 'waiting' AND LeadPath = 'sales'",
        ),
    ],
)
def test_the_query_holds_nothing_but_known_words(wanted: LeadFilter, query: str) -> None:
    assert query_for(wanted) == query


@pytest.mark.parametrize(
    ("source", "slug"),
    [
        (None, "unknown"),
        ("  ", "unknown"),
        ("Website", "website"),
        ("Google Ads", "google-ads"),
        ("paid_social", "paid-social"),
        ("ann@shop.example", "other"),
        ("+49 30 1234567", "other"),
        ("49301234567", "other"),
        ("Müller", "other"),
        ("x" * 41, "other"),
        ("web' OR 1=1", "other"),
        ("web\nsite", "web-site"),
    ],
)
def test_a_source_is_shown_only_if_it_is_a_plain_name(source: str | None, slug: str) -> None:
    assert source_slug(source) == slug


# -- commands that a person answers for


def test_amend_sends_what_was_named_and_who_says_so(run_cli: Run, around: StandInSurroundings) -> None:
    around.door.intakes[LEAD] = [intake_status(state="assessing", lane=Lane.RUNNING)]
    outcome = run_cli(
        "lead",
        "amend",
        LEAD,
        "--email",
        "a@b.example",
        "--phone",
        "+4930",
        "--as",
        "m-eve",
        "--reason",
        "asked",
    )
    assert outcome.code is ExitCode.OK, outcome.err
    (sent,) = around.door.commands
    assert isinstance(sent, Amendment)
    assert sent.details.model_dump(exclude_none=True) == {"email": "a@b.example", "phone": "+4930"}
    assert (sent.actor.id, sent.reason) == ("m-eve", "asked")
    assert verifies(around, "m-eve", sent.actor.assertion, intake_workflow_id(LEAD))


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--email", "a@b.example\nBcc: c@d.example", "email must be one line"),
        ("--email", "x" * 321, "email must have at most 320 characters"),
        ("--message", "x" * 20_001, "message must have at most 20000"),
        ("--name", "a\x00b", "name must be one line"),
    ],
)
def test_a_detail_that_cannot_be_used_is_named_and_not_sent(
    run_cli: Run, around: StandInSurroundings, option: str, value: str, said: str
) -> None:
    outcome = run_cli("lead", "amend", LEAD, option, value, "--as", "m-eve")
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert said in outcome.err
    assert around.door.commands == []


SIGNED = [
    ("lead", "amend", LEAD, "--name", "B"),
    ("lead", "acknowledge", LEAD),
    ("approval", "approve", REQUEST),
    ("approval", "reject", REQUEST),
    ("approval", "token", REQUEST),
    ("outcome", "record", LEAD, "qualified"),
]


@pytest.mark.parametrize("command", SIGNED, ids=" ".join)
def test_nobody_unknown_acts(run_cli: Run, around: StandInSurroundings, command: tuple[str, ...]) -> None:
    around.store.decisions[LEAD] = decision_record()
    outcome = run_cli(*command, "--as", "o-nobody")
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert "the policy knows no such person, --as o-nobody" in outcome.err
    assert around.door.commands == []


@pytest.mark.parametrize("command", SIGNED, ids=" ".join)
def test_a_refusal_of_the_run_has_its_reason_and_exit_code(
    run_cli: Run, around: StandInSurroundings, command: tuple[str, ...]
) -> None:
    if command[1] == "token":
        return
    around.store.decisions[LEAD] = decision_record()
    around.door.refusal = CommandFailure(ExitCode.REFUSED_BY_RUN, "wrong person", where="run")
    outcome = run_cli(*command, "--as", "o-ada")
    assert outcome.code is ExitCode.REFUSED_BY_RUN
    assert outcome.err == "throughline: wrong person, run\n"


@pytest.mark.parametrize("command", SIGNED, ids=" ".join)
def test_a_broken_policy_lets_nobody_act(
    run_cli: Run, around: StandInSurroundings, command: tuple[str, ...]
) -> None:
    around.policy_problem = CommandFailure(ExitCode.MISCONFIGURED, "the policy bundle has 1 problem")
    assert run_cli(*command, "--as", "o-ada").code is ExitCode.MISCONFIGURED
    assert around.door.commands == []


def test_resolve_answers_the_one_parked_step(run_cli: Run, around: StandInSurroundings) -> None:
    around.door.intakes[LEAD] = [intake_status(parked=(parked("create_task"),))]
    outcome = run_cli("lead", "resolve", LEAD, "retry", "--as", "m-eve", "--reason", "it is back")
    assert outcome.code is ExitCode.OK, outcome.err
    ((workflow_id, resolution),) = sent_resolutions(around)
    assert workflow_id == intake_workflow_id(LEAD)
    assert (resolution.answer, resolution.step) == (ResolutionAnswer.RETRY, "create_task")
    assert verifies(around, "m-eve", resolution.actor.assertion, intake_workflow_id(LEAD))


@pytest.mark.parametrize(
    ("answer", "step", "steps"),
    [
        ("retry", "all", ["create_task", "create_note"]),
        ("abandon", "all", ["create_task"]),
        ("skip", "create_note", ["create_note"]),
    ],
)
def test_several_parked_steps_are_answered_as_named(
    run_cli: Run, around: StandInSurroundings, answer: str, step: str, steps: list[str]
) -> None:
    around.door.intakes[LEAD] = [intake_status(parked=(parked("create_task"), parked("create_note")))]
    assert run_cli("lead", "resolve", LEAD, answer, "--step", step, "--as", "m-eve").code is ExitCode.OK
    assert [resolution.step for _, resolution in sent_resolutions(around)] == steps


def test_several_parked_steps_are_not_guessed_at(run_cli: Run, around: StandInSurroundings) -> None:
    around.door.intakes[LEAD] = [intake_status(parked=(parked("create_task"), parked("create_note")))]
    outcome = run_cli("lead", "resolve", LEAD, "retry", "--as", "m-eve")
    assert outcome.code is ExitCode.USAGE
    assert "create_task, create_note" in outcome.err
    assert around.door.commands == []


@pytest.mark.parametrize("named", [LEAD, follow_through_workflow_id(LEAD)])
def test_resolve_finds_the_follow_through(run_cli: Run, around: StandInSurroundings, named: str) -> None:
    around.door.intakes[LEAD] = [intake_status(follow_through_id=follow_through_workflow_id(LEAD))]
    around.door.follow_throughs[LEAD] = follow_through_status(parked=(parked("assign_owner"),))
    assert run_cli("lead", "resolve", named, "skip", "--as", "m-eve").code is ExitCode.OK
    assert [one[0] for one in sent_resolutions(around)] == [follow_through_workflow_id(LEAD)]


def sent_resolutions(around: StandInSurroundings) -> list[tuple[str, Resolution]]:
    return [one for one in around.door.commands if isinstance(one, tuple) and isinstance(one[1], Resolution)]


def test_a_decision_carries_who_why_and_what_is_right(run_cli: Run, around: StandInSurroundings) -> None:
    category = next(iter(around.policy().assessment.categories))
    outcome = run_cli(
        "approval", "approve", REQUEST, "--as", "o-ada", "--reason", "same person", "--category", category
    )
    assert outcome.code is ExitCode.OK, outcome.err
    assert "approve by o-ada, 2026-11-21 09:00 UTC: same person" in outcome.out
    (sent,) = around.door.commands
    assert isinstance(sent, Decision)
    assert (sent.request_id, sent.verdict, sent.corrected_category) == (REQUEST, "approve", category)
    assert verifies(around, "o-ada", sent.actor.assertion, REQUEST)
    assert not verifies(around, "o-ada", sent.actor.assertion, intake_workflow_id(LEAD))


def test_an_unknown_category_is_refused_before_anything_is_sent(
    run_cli: Run, around: StandInSurroundings
) -> None:
    outcome = run_cli("approval", "approve", REQUEST, "--as", "o-ada", "--category", "cooking")
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert around.door.commands == []


def test_a_token_is_signed_and_sends_nothing(run_cli: Run, around: StandInSurroundings) -> None:
    document = run_cli("approval", "token", REQUEST, "--as", "o-ada", "--minutes", "5", "--json").document
    assert document["workflow_id"] == REQUEST
    assert document["expires_at"] == (NOW + timedelta(minutes=5)).isoformat().replace("+00:00", "Z")
    for verdict in ("approve", "reject"):
        decision = Decision.model_validate(document["signals"][verdict])
        assert decision.verdict == verdict
        assert verifies(around, "o-ada", decision.actor.assertion, REQUEST)
    assert around.door.commands == []


def test_an_outcome_carries_what_a_closed_run_needs_to_open_again(
    run_cli: Run, around: StandInSurroundings
) -> None:
    around.store.decisions[LEAD] = decision_record()
    around.store.recorded_outcomes = [
        OutcomeRecord(key="k", lead_id=LEAD, outcome=LeadOutcome.CLOSED_LOST, actor_id="o-ada", at=NOW)
    ]
    assert run_cli("outcome", "record", LEAD, "deal-created", "--as", "o-ada").code is ExitCode.OK
    ((order, report),) = reports(around)
    assert (order.reopened, order.acknowledged) == (True, True)
    assert order.previous_outcomes == (LeadOutcome.CLOSED_LOST,)
    assert verifies(around, "o-ada", report.actor.assertion, follow_through_workflow_id(LEAD))


def test_the_same_report_has_the_same_id_and_another_has_another(
    run_cli: Run, around: StandInSurroundings
) -> None:
    around.store.decisions[LEAD] = decision_record()
    for command in (
        ("no_show", "--as", "o-ada"),
        ("no_show", "--as", "o-ada"),
        ("no_show", "--as", "o-ada", "--reason", "ill"),
        ("no_show", "--as", "o-ben"),
        ("qualified", "--as", "o-ada"),
        ("no_show", "--as", "o-ada", "--id", "crm-1"),
    ):
        assert run_cli("outcome", "record", LEAD, *command).code is ExitCode.OK
    ids = [report.report_id for _, report in reports(around)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 5
    assert ids[-1] == "crm-1"


def test_a_report_that_stands_in_the_ledger_is_not_sent_again(
    run_cli: Run, around: StandInSurroundings
) -> None:
    around.store.decisions[LEAD] = decision_record()
    around.store.recorded_outcomes = [
        OutcomeRecord(
            key=effect_key(follow_through_workflow_id(LEAD), "record_outcome", "crm-1"),
            lead_id=LEAD,
            outcome=LeadOutcome.QUALIFIED,
            actor_id="o-ada",
            at=NOW,
        )
    ]
    outcome = run_cli("outcome", "record", LEAD, "qualified", "--as", "o-ada", "--id", "crm-1")
    assert (outcome.code, outcome.out) == (ExitCode.OK, "already recorded as crm-1\n")
    assert around.door.commands == []


SOLD = b'{"company": "Buyer Works", "seats": 10}'


def test_a_won_deal_is_reported_with_what_was_sold(run_cli: Run, around: StandInSurroundings) -> None:
    around.store.decisions[LEAD] = decision_record()
    started = onboarding_workflow_id(LEAD)
    around.door.follow_throughs[LEAD] = follow_through_status(state="closed", onboarding_id=started)
    won = ("outcome", "record", LEAD, "closed_won", "--as", "o-ada")
    outcome = run_cli(*won, "--order", "-", stdin=SOLD)
    assert outcome.code is ExitCode.OK, outcome.err
    assert f"{started} (`./throughline onboarding status {LEAD}`)" in outcome.out
    document = run_cli(*won, "--json").document
    assert document["follow_through"]["onboarding_id"] == started
    (_, with_order), (_, without) = reports(around)
    assert with_order.order == OrderDetails(company="Buyer Works", seats=10)
    assert without.order is None
    assert with_order.report_id != without.report_id


def test_a_won_deal_that_starts_nothing_is_not_waited_for(run_cli: Run, around: StandInSurroundings) -> None:
    around.store.decisions[LEAD] = decision_record()
    around.door.follow_throughs[LEAD] = follow_through_status(state="closed", lane=Lane.COMPLETED)
    outcome = run_cli("outcome", "record", LEAD, "closed_won", "--as", "o-ada")
    assert outcome.code is ExitCode.OK
    assert "onboarding" not in outcome.out


def test_an_order_that_cannot_be_used_reports_nothing(run_cli: Run, around: StandInSurroundings) -> None:
    around.store.decisions[LEAD] = decision_record()
    won = ("outcome", "record", LEAD, "closed_won", "--as", "o-ada", "--order", "-")
    outcome = run_cli(*won, stdin=b'{"customer_id": "cus-77"}')
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert "customer_id is no field of an order's details, stdin" in outcome.err
    assert around.door.commands == []


def test_an_outcome_of_a_merged_lead_names_where_it_went(run_cli: Run, around: StandInSurroundings) -> None:
    result = LeadIntakeResult(lead_id=LEAD, outcome=IntakeState.MERGED, merged_into="c-other")
    around.store.decisions[LEAD] = decision_record(handover=None, result=result)
    outcome = run_cli("outcome", "record", LEAD, "qualified", "--as", "o-ada")
    assert outcome.code is ExitCode.REFUSED_BY_RUN
    assert "ended as merged" in outcome.err
    assert "record the outcome on c-other" in outcome.err


def reports(around: StandInSurroundings) -> list[tuple[FollowThroughOrder, OutcomeReport]]:
    return [
        one for one in around.door.commands if isinstance(one, tuple) and isinstance(one[1], OutcomeReport)
    ]


# -- approvals and outbox


def task(number: int, *, approvers: tuple[str, ...] = ("o-ada",), status: str = "open") -> ApprovalTask:
    return ApprovalTask(
        request_id=f"lead-intake/c{number}/approval",
        subject_id=f"lead-intake/c{number}",
        approval="review",
        reason="near-duplicate",
        question="Is it the same person?",
        approvers=approvers,
        opened_at=NOW,
        due_at=NOW + timedelta(hours=number),
        status=status,
    )


def test_approvals_are_listed_by_status_and_person(run_cli: Run, around: StandInSurroundings) -> None:
    around.store.approval_tasks = [task(1), task(2, approvers=("o-ben",)), task(3, status="approved")]

    def listed(*arguments: str) -> list[str]:
        document = run_cli("approval", "list", *arguments, "--json").document
        return [one["request_id"].split("/")[1] for one in document["approvals"]]

    assert listed() == ["c1", "c2"]
    assert listed("--status", "all") == ["c1", "c2", "c3"]
    assert listed("--status", "approved") == ["c3"]
    assert listed("--for", "o-ben", "--limit", "1") == ["c2"]
    assert "Is it the same person?" in run_cli("approval", "list").out


def test_an_approval_is_shown_from_the_run_else_from_the_inbox(
    run_cli: Run, around: StandInSurroundings
) -> None:
    assert run_cli("approval", "show", REQUEST).code is ExitCode.NOT_FOUND
    around.store.approval_tasks = [task(1).model_copy(update={"request_id": REQUEST, "status": "expired"})]
    assert "expired (from the inbox" in run_cli("approval", "show", REQUEST).out
    around.door.approvals[REQUEST] = approval_status()
    assert "awaiting_decision" in run_cli("approval", "show", REQUEST).out


@pytest.mark.parametrize(
    ("subject", "look"),
    [
        (onboarding_workflow_id("o1"), "./throughline onboarding status o1"),
        (access_request_workflow_id("it-1"), "./throughline access status it-1"),
        (intake_workflow_id(LEAD), f"./throughline lead status {LEAD}"),
    ],
)
def test_an_approval_names_the_run_that_asks_whatever_it_is(
    run_cli: Run, around: StandInSurroundings, subject: str, look: str
) -> None:
    request_id = approval_workflow_id(subject, 2)
    around.store.approval_tasks = [
        task(1).model_copy(update={"request_id": request_id, "subject_id": subject})
    ]
    asked_by = f"{subject} (`{look}`)"
    assert asked_by in run_cli("approval", "show", request_id).out
    asking = approval_status()
    request = asking.request.model_copy(
        update={"request_id": request_id, "subject_id": subject, "requested_by": "o-ben"}
    )
    around.door.approvals[request_id] = approval_status(workflow_id=request_id, request=request)
    out = run_cli("approval", "show", request_id).out
    assert asked_by in out
    assert "o-ben, for whom it is asked" in out
    assert run_cli("approval", "list", "--json").document["approvals"][0]["subject_id"] == subject
    decided = run_cli("approval", "approve", request_id, "--as", "o-ada")
    assert decided.code is ExitCode.OK, decided.err
    (sent,) = around.door.commands
    assert isinstance(sent, Decision)
    assert sent.request_id == request_id
    assert verifies(around, "o-ada", sent.actor.assertion, request_id)


def test_an_entry_of_the_outbox_is_shown_without_what_drives_a_terminal(
    run_cli: Run, around: StandInSurroundings
) -> None:
    around.store.messages = [
        OutboxEntry(
            id="m-1",
            key="k",
            kind=MessageKind.FOLLOW_UP,
            status=OutboxStatus.DRAFT,
            to_address="a@b.example",
            subject="Hello",
            body="Dear \u202eAnn\u009b2J,\n\tthanks.",
            workflow_id=intake_workflow_id(LEAD),
            created_at=NOW,
        )
    ]
    outcome = run_cli("outbox", "show", "m-1")
    assert "Dear \ufffdAnn\ufffd2J,\n\tthanks." in outcome.out
    assert "a@b.example" in run_cli("outbox", "list").out
    assert run_cli("outbox", "show", "m-2").code is ExitCode.NOT_FOUND


@pytest.mark.parametrize("code", FailureCode)
def test_every_failure_of_the_store_has_an_exit_code_and_a_remedy(code: FailureCode) -> None:
    with pytest.raises(CommandFailure) as failed, translated("the outbox"):
        raise ServiceFailure(code, "outbox", "it does not work")
    assert failed.value.code is CODES.get(code, ExitCode.FAILED)
    assert failed.value.remedy


# -- policy


def test_a_policy_that_can_be_used_is_named_by_version_and_hash(run_cli: Run) -> None:
    document = run_cli("policy", "check", ROOT / "policies", "--json").document
    assert document["ok"] is True
    assert len(document["hash"]) == 32
    assert "p-maya" in document["people"]
    assert document["templates"] == ["self-serve", "enterprise", "standard"]
    assert "ordinary" in document["access_rules"]


def test_every_problem_of_a_policy_is_named_with_file_and_line(run_cli: Run, tmp_path: Path) -> None:
    for page in (ROOT / "policies").glob("*.yaml"):
        (tmp_path / page.name).write_text(page.read_text())
    people = tmp_path / "people.yaml"
    people.write_text(people.read_text().replace("    manager: p-elena", "    managers: p-elena"))
    outcome = run_cli("policy", "check", tmp_path, "--json")
    assert outcome.code is ExitCode.INPUT_REFUSED
    assert outcome.document["ok"] is False
    assert {one["file"] for one in outcome.document["problems"]} == {"people.yaml"}
    assert "did you mean 'manager'" in outcome.err
    assert f"throughline: {tmp_path}/people.yaml:" in outcome.err


def test_a_policy_that_cannot_be_read_is_named(run_cli: Run, tmp_path: Path) -> None:
    assert run_cli("policy", "check", tmp_path / "nowhere").code is ExitCode.MISCONFIGURED
    (tmp_path / "people.yaml").write_bytes(b"people: \xff")
    outcome = run_cli("policy", "check", tmp_path)
    assert outcome.code is ExitCode.MISCONFIGURED
    assert "not UTF-8 at byte 8" in outcome.err
