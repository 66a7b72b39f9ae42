"""What the embedded CRM can hold: its fields, their lengths, and where work may start."""

from typing import Any

from contracts.crm import DEAL_STAGE_MOVES, TICKET_STAGE_MOVES, CrmField, CrmSchema, DealStage, TicketStage
from contracts.failures import FailureCode, ServiceFailure
from contracts.matching import WorkKind
from contracts.routing import LeadPath

SYSTEM = "crm"

_WORK: dict[str, int | None] = {
    "title": 500,
    "stage": 120,
    "category": 120,
    "priority": 20,
    "owner_id": 120,
    "value": None,
    "currency": 3,
}
FIELDS: dict[str, dict[str, int | None]] = {
    "company": {"name": 500, "domain": 253, "country": 2, "employees": None, "owner_id": 120},
    "contact": {"email": 320, "phone": 64, "name": 500, "job_title": 500, "country": 2, "owner_id": 120},
    "deal": _WORK,
    "ticket": _WORK,
    "enrolment": {**_WORK, "programme": 120},
}
"""Fields by object, with the most characters that each takes; none where it holds a number."""

WORK_OF: dict[LeadPath, WorkKind] = {
    LeadPath.SALES: WorkKind.DEAL,
    LeadPath.SUPPORT: WorkKind.TICKET,
    LeadPath.NURTURE: WorkKind.ENROLMENT,
}

_MOVES: dict[WorkKind, dict[str, frozenset[str]]] = {
    WorkKind.DEAL: {str(stage): frozenset(map(str, after)) for stage, after in DEAL_STAGE_MOVES.items()},
    WorkKind.TICKET: {str(stage): frozenset(map(str, after)) for stage, after in TICKET_STAGE_MOVES.items()},
}
_CLOSED: dict[WorkKind, frozenset[str]] = {
    WorkKind.DEAL: frozenset({DealStage.CLOSED_WON, DealStage.CLOSED_LOST}),
    WorkKind.TICKET: frozenset({TicketStage.RESOLVED}),
    WorkKind.ENROLMENT: frozenset(),
}


def schema() -> CrmSchema:
    """Every field, for comparison with the policy's mapping."""
    return CrmSchema(
        fields=tuple(
            CrmField(crm_object=crm_object, name=name, max_length=length)
            for crm_object, fields in FIELDS.items()
            for name, length in fields.items()
        )
    )


def work_kind_for(path: LeadPath) -> WorkKind:
    """The kind of work that a path makes.

    Raises:
        ServiceFailure: REJECTED if the path makes none.
    """
    if path not in WORK_OF:
        raise ServiceFailure(FailureCode.REJECTED, SYSTEM, f"path: {path} makes no records")
    return WORK_OF[path]


def is_open(kind: WorkKind, stage: str) -> bool:
    """Whether work in that stage still wants something done."""
    return stage not in _CLOSED[kind]


def refuse_start(kind: WorkKind, stage: str) -> None:
    """Raises REJECTED if work of this kind cannot begin in that stage."""
    if kind in _MOVES and (stage not in _MOVES[kind] or not is_open(kind, stage)):
        raise ServiceFailure(FailureCode.REJECTED, SYSTEM, f"stage: a {kind} cannot begin in it")


def refuse_move(kind: WorkKind, before: str, after: str) -> None:
    """Raises CONFLICT if work of this kind may not move from the one stage to the other."""
    if after not in _MOVES.get(kind, {}).get(before, frozenset()):
        raise ServiceFailure(
            FailureCode.CONFLICT, SYSTEM, f"stage: a {kind} may not move there from {before}"
        )


def refuse_too_long(crm_object: str, values: dict[str, Any]) -> None:
    """Raises REJECTED, naming the field, if a value does not fit; nothing is ever cut off silently."""
    for name, value in values.items():
        limit = FIELDS[crm_object].get(name)
        if limit is not None and isinstance(value, str) and len(value) > limit:
            raise ServiceFailure(
                FailureCode.REJECTED, SYSTEM, f"{crm_object}.{name}: at most {limit} characters fit"
            )
