"""What counts as left lying, who is told and what helps: tables."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.ids import workflow_of_effect
from contracts.limbo import RECORD_KINDS, LimboFinding, LimboKind, LooseEnd, RunLine
from contracts.limbo_policy import LimboPolicy
from contracts.names import Process
from contracts.processes import PROCESSES
from contracts.states import Lane
from rules.limbo import (
    help_for,
    limit_of,
    notice_of,
    recipient_of,
    record_finding,
    record_limit,
    run_finding,
    run_question,
    tell_key,
)
from rules.messages import person_message
from rules.policy_references import reference_problems
from rules.policy_source import bundle_from_json, bundle_json
from rules.state_machine import state_of
from tests.bundles import small_bundle

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
K = LimboKind
POLICY = LimboPolicy()
PROCESS = {declared.process: declared for declared in PROCESSES}
MINUTES, HOURS, DAYS = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def line(process: Process, lane: Lane | None, stage: str | None, ago: timedelta, **said: Any) -> RunLine:
    return RunLine(f"{process}/x-1", process, lane, stage, NOW - ago, **{"taken_up": True, **said})


INTAKE, FOLLOWED, ONBOARDING = (
    Process.LEAD_INTAKE,
    Process.LEAD_FOLLOW_THROUGH,
    Process.CUSTOMER_ONBOARDING,
)


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        (line(INTAKE, Lane.WAITING, "in_review", 7 * DAYS), None),
        (line(INTAKE, Lane.WAITING, "in_review", 7 * DAYS + MINUTES), K.OVER_BUDGET),
        (line(INTAKE, Lane.RUNNING, "received", 10 * MINUTES), None),
        (line(INTAKE, Lane.RUNNING, "received", 11 * MINUTES), K.OVER_BUDGET),
        (line(INTAKE, Lane.RUNNING, "received", 5 * MINUTES, taken_up=False), None),
        (line(INTAKE, Lane.RUNNING, "received", 6 * MINUTES, taken_up=False), K.NOT_TAKEN_UP),
        (line(INTAKE, None, None, 11 * MINUTES), K.OVER_BUDGET),
        (line(INTAKE, None, None, 6 * MINUTES, taken_up=False), K.NOT_TAKEN_UP),
        (line(INTAKE, Lane.BLOCKED, "parked", 4 * HOURS), None),
        (line(INTAKE, Lane.BLOCKED, "parked", 5 * HOURS), K.PARKED_UNATTENDED),
        (line(ONBOARDING, Lane.RUNNING, "received", 59 * MINUTES), None),
        (line(ONBOARDING, Lane.RUNNING, "received", 61 * MINUTES), K.OVER_BUDGET),
        (line(INTAKE, Lane.RUNNING, "undoing", 59 * MINUTES), None),
        (line(FOLLOWED, Lane.ESCALATED, "unacknowledged", 3 * DAYS), K.OVER_BUDGET),
    ],
)
def test_run_is_measured_by_what_it_shows(seen: RunLine, kind: LimboKind | None) -> None:
    found = run_finding(seen, POLICY, NOW)
    assert (found.kind if found else None) == kind


def test_reason_says_how_long_how_much_was_given_and_that_workers_fail() -> None:
    found = run_finding(line(INTAKE, Lane.WAITING, "in_review", 8 * DAYS, troubled=True), POLICY, NOW)
    assert found is not None
    assert found.reason == ("8 days in in_review, where 7 days are given; workers fail at it again and again")


def test_policy_puts_a_budget_right() -> None:
    policy = POLICY.model_copy(update={"budgets": {"lead-intake.in_review": HOURS}})
    seen = line(INTAKE, Lane.WAITING, "in_review", 2 * HOURS)
    assert run_finding(seen, POLICY, NOW) is None
    assert run_finding(seen, policy, NOW) is not None


@pytest.mark.parametrize("process", Process)
def test_question_asks_of_every_state_that_can_be_left(process: Process) -> None:
    question = run_question(process, POLICY, NOW)
    asked = {(one.lane, state): one.entered_before for one in question.overdue for state in one.states}
    declaration = PROCESS[process]
    expected = {
        (state.lane, state.name): NOW - limit_of(declaration, state, POLICY)
        for state in declaration.states
        if state.next
    }
    assert asked == expected
    initial = state_of(declaration, declaration.initial)
    assert initial.budget is not None
    assert question.untaken_before == NOW - initial.budget
    assert question.silent_before <= question.untaken_before


def finding(kind: LimboKind = K.OVER_BUDGET, **changed: Any) -> LimboFinding:
    parts: dict[str, Any] = {
        "workflow_id": "lead-intake/l-1",
        "subject": "lead-intake/l-1",
        "since": NOW,
        "reason": "why",
        "state": "in_review",
    }
    return LimboFinding(kind, **{**parts, **changed})


def test_key_is_the_same_for_every_sweep_and_another_for_every_visit() -> None:
    first = tell_key(finding())
    assert first == tell_key(finding(reason="longer by now", owner_id="o-ada"))
    assert workflow_of_effect(first) == "lead-intake/l-1"
    others = {
        tell_key(finding(since=NOW + timedelta(microseconds=1))),
        tell_key(finding(state="parked")),
        tell_key(finding(workflow_id="lead-intake/l-2")),
        tell_key(finding(K.RECORD_WITHOUT_TASK, state="", subject="deal_1")),
        tell_key(finding(K.RECORD_WITHOUT_OWNER, state="", subject="deal_1")),
        tell_key(finding(K.RECORD_WITHOUT_OWNER, state="", subject="deal_2")),
    }
    assert len(others) == 6
    assert first not in others


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (finding(owner_id="o-ada"), "o-ada"),
        (finding(owner_id="somebody-who-left"), "o-ben"),
        (finding(), "o-ben"),
        (finding(K.NOT_TAKEN_UP, owner_id="o-ada"), "o-ben"),
        (finding(K.PARKED_UNATTENDED, owner_id="o-ada"), "m-eve"),
        (finding(K.RECORD_WITHOUT_OWNER), "o-ben"),
    ],
)
def test_who_is_told(found: LimboFinding, told: str) -> None:
    bundle = small_bundle(limbo=LimboPolicy(desk="o-ben", manager="m-eve"))
    assert recipient_of(found, bundle) == told
    message = person_message(notice_of(found, bundle, "hash"), bundle)
    assert message.recipient_id == told
    assert "$" not in message.subject + message.body


def test_desk_of_incomplete_leads_is_told_where_the_policy_names_nobody() -> None:
    bundle = small_bundle()
    assert recipient_of(finding(), bundle) == bundle.incomplete.ask
    assert recipient_of(finding(K.PARKED_UNATTENDED), bundle) == bundle.incomplete.ask


@pytest.mark.parametrize(
    ("found", "command"),
    [
        (finding(), "approval list"),
        (finding(state="awaiting_details"), "lead amend l-1 --as PERSON --email ... --phone ..."),
        (finding(state="routing"), "lead status l-1"),
        (finding(K.NOT_TAKEN_UP), "worker"),
        (finding(K.PARKED_UNATTENDED), "lead resolve l-1 retry --step STEP --as PERSON"),
        (finding(workflow_id="lead-intake/l-1/approval"), "approval show lead-intake/l-1/approval"),
        (finding(workflow_id="customer-onboarding/c-1", state="checking"), "onboarding status c-1"),
        (finding(K.DRAFT_UNREVIEWED, state="", subject="message_1"), "outbox show message_1"),
        (
            finding(K.LEAD_WITHOUT_OUTCOME, state="", workflow_id="lead-follow-through/l-1"),
            "outcome record l-1 OUTCOME --as PERSON",
        ),
    ],
)
def test_what_helps(found: LimboFinding, command: str) -> None:
    assert help_for(found) == f"./throughline {command}"


def test_message_of_a_watch_that_reached_nobody_is_told_under_a_key_that_no_book_lists() -> None:
    end = LooseEnd("crm-drift-watch-2026", "message_1", NOW, detail="crm_drifted by slack, FORBIDDEN")
    found = record_finding(K.MESSAGE_UNDELIVERED, end)
    notice = notice_of(found, small_bundle(), "hash")
    assert workflow_of_effect(notice.key) == ""
    assert notice.workflow_id == "crm-drift-watch-2026"
    assert notice.facts["reason"] == "message_1 has reached nobody: crm_drifted by slack, FORBIDDEN"


@pytest.mark.parametrize("kind", RECORD_KINDS)
def test_every_kind_of_record_has_a_time_and_a_reason(kind: LimboKind) -> None:
    assert record_limit(kind, POLICY) > timedelta(0)
    found = record_finding(kind, LooseEnd("lead-intake/l-1", "deal_1", NOW, "o-ada"))
    assert (found.kind, found.subject, found.owner_id) == (kind, "deal_1", "o-ada")
    assert found.reason


def test_bundle_from_before_there_was_limbo_gets_the_defaults() -> None:
    bundle = small_bundle()
    older = bundle.model_copy(update={"limbo": LimboPolicy()})
    text = bundle_json(older).replace(f',"limbo":{bundle_json_of_limbo(older)}', "")
    assert '"limbo"' not in text
    assert bundle_from_json(text).limbo == LimboPolicy()


def bundle_json_of_limbo(bundle: Any) -> str:
    """The section as it stands in the canonical text."""
    text = bundle_json(bundle)
    begin = text.index('"limbo":') + len('"limbo":')
    depth = 0
    for position, char in enumerate(text[begin:], begin):
        depth += {"{": 1, "}": -1}.get(char, 0)
        if not depth:
            return text[begin : position + 1]
    raise AssertionError("the section has no end")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"desk": "nobody"}, "unknown person 'nobody'"),
        ({"manager": "nobody"}, "unknown person 'nobody'"),
        ({"budgets": {"lead-intake.sleeping": HOURS}}, "unknown state"),
        ({"budgets": {"lead-intake.handed_over": HOURS}}, "unknown state"),
        ({"budgets": {"lead-intake.in_review": timedelta(0)}}, "a minute or more"),
        ({"parked_unattended": timedelta(seconds=5)}, "a minute or more"),
    ],
)
def test_mistake_in_the_policy_is_named(changed: dict[str, Any], says: str) -> None:
    bundle = small_bundle(limbo=POLICY.model_copy(update=changed))
    (problem,) = [message for place, message in reference_problems(bundle) if place[0] == "limbo"]
    assert says in problem
