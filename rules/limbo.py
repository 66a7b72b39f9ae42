"""What counts as left lying, who is told, and which command helps."""

from collections import defaultdict
from datetime import datetime, timedelta

from contracts.ids import APPROVAL_SUFFIX, effect_key, subject_of, watch_key
from contracts.limbo import (
    TELL_LIMBO,
    LimboFinding,
    LimboKind,
    LooseEnd,
    OverdueStates,
    RunLine,
    RunQuestion,
)
from contracts.limbo_policy import LimboPolicy
from contracts.messages import MessageKind
from contracts.names import Process
from contracts.notices import NotifyPersonInput
from contracts.policy import PolicyBundle
from contracts.processes import PROCESS_BY_NAME
from contracts.states import Lane, ProcessDeclaration, StateDeclaration
from rules.notice_texts import subject_facts
from rules.state_machine import state_of
from rules.wording import span_in_words

UNDOING = "undoing"
"""Every working state may lead here, and its budget is longer than theirs; a run that undoes shows it only
where it waited before."""

_HELP: dict[tuple[str, str], str] = {
    (Process.LEAD_INTAKE, "awaiting_details"): "lead amend {id} --as {me} --email ... --phone ...",
    (Process.LEAD_INTAKE, "in_review"): "approval list",
    (Process.LEAD_FOLLOW_THROUGH, "awaiting_acknowledgement"): "lead acknowledge {id} --as {me}",
    (Process.LEAD_FOLLOW_THROUGH, "unacknowledged"): "lead acknowledge {id} --as {me}",
    (Process.LEAD_FOLLOW_THROUGH, "awaiting_outcome"): "outcome record {id} OUTCOME --as {me}",
    (Process.LEAD_FOLLOW_THROUGH, "without_outcome"): "outcome record {id} OUTCOME --as {me}",
    (Process.CUSTOMER_ONBOARDING, "awaiting_prerequisites"): "onboarding provide {id} --as {me} ...",
    (Process.CUSTOMER_ONBOARDING, "kickoff_overdue"): "onboarding choose {id} SLOT --as {me}",
    (Process.CUSTOMER_ONBOARDING, "handover_refused"): "onboarding hand-over {id} --as {me} --reason ...",
    (Process.CUSTOMER_ONBOARDING, "in_approval"): "approval list",
    (Process.CUSTOMER_ONBOARDING, "in_handover"): "approval list",
    (Process.ACCESS_REQUEST, "in_approval"): "approval list",
}
"""What moves a run on from a state; its status says more of any other."""

_RECORD_REASONS: dict[LimboKind, str] = {
    LimboKind.RECORD_WITHOUT_OWNER: "{record} is open and nobody owns it",
    LimboKind.RECORD_WITHOUT_TASK: "{record} is open and nobody has a task for it",
    LimboKind.DRAFT_UNREVIEWED: "{record} is prepared and nobody has read it",
    LimboKind.MESSAGE_UNDELIVERED: "{record} has reached nobody: {detail}",
    LimboKind.TICKET_OVERDUE: "{record} is open and the time for it has passed",
    LimboKind.LEAD_WITHOUT_OUTCOME: "it was handed over and nobody has said what became of it",
}


def run_question(process: Process, policy: LimboPolicy, now: datetime) -> RunQuestion:
    """Which open runs of a process are overdue now."""
    declaration = PROCESS_BY_NAME[process]
    same: dict[tuple[Lane, timedelta], list[str]] = defaultdict(list)
    for state in declaration.states:
        if state.next:
            same[state.lane, limit_of(declaration, state, policy)].append(state.name)
    initial = state_of(declaration, declaration.initial)
    return RunQuestion(
        process=process,
        overdue=tuple(
            OverdueStates(lane, tuple(states), now - limit) for (lane, limit), states in same.items()
        ),
        silent_before=now - limit_of(declaration, initial, policy),
        untaken_before=now - _budget(declaration, initial, policy),
    )


def limit_of(declaration: ProcessDeclaration, state: StateDeclaration, policy: LimboPolicy) -> timedelta:
    """How long a run that shows this state may go on showing it.

    A run shows where it stands when it starts or stops waiting; while it works it goes on from state to
    state unseen. So a working one may take as long as the slowest state that it can have come to by then.
    """
    if state.lane is Lane.BLOCKED:
        return policy.parked_unattended
    if state.lane is not Lane.RUNNING:
        return _budget(declaration, state, policy)
    seen, waiting = {state.name}, [state]
    while waiting:
        for name in waiting.pop().next:
            after = state_of(declaration, name)
            if name not in seen and after.lane is Lane.RUNNING and name != UNDOING:
                seen.add(name)
                waiting.append(after)
    return max(_budget(declaration, state_of(declaration, name), policy) for name in seen)


def run_finding(line: RunLine, policy: LimboPolicy, now: datetime) -> LimboFinding | None:
    """What is wrong with an open run; None if nothing is."""
    declaration = PROCESS_BY_NAME[line.process]
    state = state_of(declaration, line.stage or declaration.initial)
    untaken = not line.taken_up
    limit = _budget(declaration, state, policy) if untaken else limit_of(declaration, state, policy)
    if now - line.since <= limit:
        return None
    lies = f"{_in_minutes(now - line.since)} in {state.name}, where {span_in_words(limit)} are given"
    kind, reason = LimboKind.OVER_BUDGET, lies
    if untaken:
        kind, reason = LimboKind.NOT_TAKEN_UP, f"no worker has taken it up; {lies}"
    elif state.lane is Lane.BLOCKED:
        kind, reason = LimboKind.PARKED_UNATTENDED, f"it is parked and nobody has answered; {lies}"
    if line.troubled:
        reason += "; workers fail at it again and again"
    return LimboFinding(
        kind=kind,
        workflow_id=line.workflow_id,
        subject=line.workflow_id,
        since=line.since,
        reason=reason,
        state=state.name,
        owner_id=line.owner_id,
    )


def record_limit(kind: LimboKind, policy: LimboPolicy) -> timedelta:
    """How long a record may be so before somebody is told."""
    limit: timedelta = getattr(policy, kind.value)
    return limit


def record_finding(kind: LimboKind, end: LooseEnd) -> LimboFinding:
    """What is wrong with a record that is left lying."""
    return LimboFinding(
        kind=kind,
        workflow_id=end.workflow_id,
        subject=end.record_id,
        since=end.since,
        reason=_RECORD_REASONS[kind].format(record=end.record_id, detail=end.detail),
        owner_id=end.owner_id,
    )


def recipient_of(finding: LimboFinding, bundle: PolicyBundle) -> str:
    """Who is told: the owner; the desk where nobody owns it; the manager where work stays parked."""
    policy, people = bundle.limbo, {person.id for person in bundle.people}
    desk = desk_of(bundle)
    if finding.kind is LimboKind.PARKED_UNATTENDED:
        return policy.manager or desk
    if finding.kind is LimboKind.NOT_TAKEN_UP:
        return desk
    return finding.owner_id if finding.owner_id in people and finding.owner_id else desk


def desk_of(bundle: PolicyBundle) -> str:
    """Who is told what nobody owns."""
    return bundle.limbo.desk or bundle.incomplete.ask


def tell_key(finding: LimboFinding) -> str:
    """The key of the one message about a finding, the same for every sweep while the run stays there."""
    what = finding.state or f"{finding.kind}-{finding.subject}"
    occasion = f"{what}-{finding.since:%Y%m%dT%H%M%S.%f}"
    try:
        subject_of(finding.workflow_id)
    except ValueError:
        return watch_key(finding.workflow_id, f"{TELL_LIMBO}#{occasion}")
    return effect_key(finding.workflow_id, TELL_LIMBO, occasion)


def notice_of(finding: LimboFinding, bundle: PolicyBundle, policy_hash: str) -> NotifyPersonInput:
    """What its recipient is told."""
    recipient = recipient_of(finding, bundle)
    return NotifyPersonInput(
        key=tell_key(finding),
        workflow_id=finding.workflow_id,
        policy_hash=policy_hash,
        kind=MessageKind.IN_LIMBO,
        recipient_id=recipient,
        facts={"reason": finding.reason, "help": help_for(finding, recipient)},
    )


def help_for(finding: LimboFinding, me: str = "PERSON") -> str:
    """The command that helps."""
    return f"./throughline {_command_for(finding).format(me=me, **subject_facts(finding.workflow_id))}"


def _command_for(finding: LimboFinding) -> str:
    if finding.kind is LimboKind.NOT_TAKEN_UP:
        return "worker"
    if APPROVAL_SUFFIX in finding.workflow_id:
        return f"approval show {finding.workflow_id}"
    if finding.kind in (LimboKind.DRAFT_UNREVIEWED, LimboKind.MESSAGE_UNDELIVERED):
        return f"outbox show {finding.subject}"
    state = "awaiting_outcome" if finding.kind is LimboKind.LEAD_WITHOUT_OUTCOME else finding.state
    if finding.kind is LimboKind.PARKED_UNATTENDED:
        return "{command} resolve {id} retry --step STEP --as {me}"
    return _HELP.get((finding.workflow_id.partition("/")[0], state), "{command} status {id}")


def _budget(declaration: ProcessDeclaration, state: StateDeclaration, policy: LimboPolicy) -> timedelta:
    tuned = policy.budgets.get(f"{declaration.process}.{state.name}")
    return tuned if tuned is not None else state.budget or timedelta.max


def _in_minutes(span: timedelta) -> str:
    return span_in_words(timedelta(minutes=max(1, span // timedelta(minutes=1))))
