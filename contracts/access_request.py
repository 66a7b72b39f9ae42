"""The access request process: somebody asks for access to a system, and somebody else agrees or does not."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from contracts.assessment import PolicyPin
from contracts.base import Contract, Key, Line, Slug
from contracts.names import Process
from contracts.routing import ReviewNeed, RuleTrace
from contracts.state_kinds import ended, parked, undoing, waiting, working
from contracts.states import Lane, ProcessDeclaration
from contracts.status import EffectRef, ResolvedStep, RunStatus


class AccessRequest(Contract):
    """Start input of `AccessRequestWorkflow`."""

    request_id: Slug
    """Whoever asks chooses it; the same id is one request."""
    person_id: Slug
    """Who gets the access; may not agree to it."""
    system: Slug
    role: Slug
    reason: Line
    days: Annotated[int, Field(ge=1, le=3_650)] | None = None
    """How long it is needed; as long as the policy allows where nobody says."""
    requested_at: AwareDatetime


class JudgeAccessInput(Contract):
    """The question for `rules/access.py`; pins the active policy."""

    request: AccessRequest


class AccessPlan(Contract):
    """Who must agree, and until when the access lasts once it is granted."""

    pin: PolicyPin
    rule: str
    review: ReviewNeed
    lasts: timedelta
    manager_id: Slug
    trace: tuple[RuleTrace, ...] = ()


class GrantAccessInput(Contract):
    """Gives a person a role in a system."""

    key: Key
    person_id: Slug
    system: Slug
    role: Slug
    until: AwareDatetime


class AccessGrant(Contract):
    """Access as it was granted."""

    id: str


class AccessRequestState(StrEnum):
    """States of an access request."""

    RECEIVED = "received"
    PLANNING = "planning"
    IN_APPROVAL = "in_approval"
    GRANTING = "granting"
    GRANTED = "granted"
    REVOKING = "revoking"
    UNDOING = "undoing"
    PARKED = "parked"
    ENDED = "ended"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNDONE = "undone"


_S = AccessRequestState

ACCESS_REQUEST = ProcessDeclaration(
    process=Process.ACCESS_REQUEST,
    title="Access request",
    purpose="Gives a person access to a system once somebody has agreed, and takes it back in time.",
    initial=_S.RECEIVED,
    states=(
        working(_S.RECEIVED, "A door has taken the request.", _S.PLANNING, budget=timedelta(minutes=5)),
        working(_S.PLANNING, "The policy is deciding who must agree.", _S.IN_APPROVAL, _S.PARKED, _S.UNDOING),
        waiting(
            _S.IN_APPROVAL,
            "Somebody who answers for the system has been asked to agree.",
            "approver",
            _S.GRANTING,
            _S.REJECTED,
            _S.EXPIRED,
            _S.PARKED,
            _S.UNDOING,
            budget=timedelta(days=7),
        ),
        working(_S.GRANTING, "The access is being granted.", _S.GRANTED, _S.PARKED, _S.UNDOING),
        waiting(
            _S.GRANTED,
            "The person has the access until it runs out.",
            "person",
            _S.REVOKING,
            _S.UNDOING,
            budget=timedelta(days=366),
        ),
        working(
            _S.REVOKING, "The access has run out and is being taken back.", _S.ENDED, _S.PARKED, _S.UNDOING
        ),
        undoing(_S.UNDOING, _S.UNDONE, _S.PARKED),
        parked(_S.PARKED, _S.PLANNING, _S.IN_APPROVAL, _S.GRANTING, _S.REVOKING, _S.UNDOING),
        ended(_S.ENDED, "The access was granted, and taken back when it ran out."),
        ended(_S.REJECTED, "Somebody decided against it."),
        ended(_S.EXPIRED, "Nobody decided in time; the people responsible have been told.", Lane.ESCALATED),
        ended(_S.UNDONE, "It was given up, and what had been done was undone."),
    ),
)
"""The one declaration of an access request's states."""


class AccessRequestResult(Contract):
    """How an access request ended."""

    request_id: str
    outcome: AccessRequestState
    decided_by: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    effects: tuple[EffectRef, ...] = ()
    resolutions: tuple[ResolvedStep, ...] = ()


class AccessRequestStatus(RunStatus):
    """How an access request stands."""

    request_id: str
    person_id: str
    system: str
    role: str
    approval_id: str | None = None
    lasts_until: AwareDatetime | None = None
