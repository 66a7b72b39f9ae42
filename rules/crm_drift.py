"""Whether a CRM can still hold what the policy maps to it, and what of that is news."""

from collections.abc import Iterator

from contracts.crm import CrmField, CrmSchema
from contracts.crm_drift import CrmDriftResult, CrmMappingCompared
from contracts.crm_mapping import CrmMapping, MappedObject
from contracts.ids import watch_key
from contracts.messages import MessageKind
from contracts.notices import NotifyPersonInput

LONGEST_OF_OURS: dict[str, int] = {
    "key": 255,
    "made_by": 255,
    "opened_by": 255,
    "moved_by": 255,
    "name": 500,
    "title": 500,
    "subject": 500,
    "job_title": 500,
    "body": 20_000,
    "email": 320,
    "domain": 253,
    "phone": 32,
}
"""The most characters that our messages hold of a field (contracts/base.py); the others are short."""


WHO_ADMINISTERS = "whoever administers the CRM, or keeps the policies"

MOST_NAMED = 40
"""Fields that one message names: more than an object has; `doctor` names all."""


def drift(mapping: CrmMapping, schema: CrmSchema) -> tuple[str, ...]:
    """What of a mapping the CRM cannot hold: a line for each field that is missing or cannot be written."""
    known = {(field.crm_object, field.name): field for field in schema.fields}
    return tuple(
        line
        for kind, mapped in mapping.objects().items()
        for line in _of_object(kind, mapped, known, unique_keys=schema.has_unique_fields)
    )


def too_short(mapping: CrmMapping, schema: CrmSchema) -> tuple[str, ...]:
    """Fields that hold less than we may send: such a value is refused when it comes, never cut off."""
    known = {(field.crm_object, field.name): field for field in schema.fields}
    lines = list[str]()
    for kind, mapped in mapping.objects().items():
        for name, held in _fields(mapped):
            field, most = known.get((mapped.object, held)), LONGEST_OF_OURS.get(name)
            if field and field.max_length is not None and most is not None and most > field.max_length:
                lines.append(
                    f"{_place(kind, name, mapped, held)}: {most} characters may come, "
                    f"the CRM holds {field.max_length}"
                )
    return tuple(lines)


def news_of(
    before: CrmDriftResult | None, now: CrmMappingCompared, workflow_id: str, run_id: str
) -> NotifyPersonInput | None:
    """What an operator is told after a comparison; None where they know it already.

    Args:
        before: how the last comparison ended, if there was one.
        now: this comparison.
        workflow_id: of the run that compares; the schedule names its runs by the second.
        run_id: its first execution, which tells two runs of one second apart.
    """
    known = before.drift if before and before.crm == now.crm else ()
    new = tuple(line for line in now.drift if line not in known)
    if new:
        kind, facts = MessageKind.CRM_DRIFTED, {"system": now.crm, "who_must_act": WHO_ADMINISTERS}
    elif known and not now.drift:
        kind, facts = MessageKind.CRM_FITS_AGAIN, {"system": now.crm}
    else:
        return None
    details = (*new[:MOST_NAMED], *_left_out(len(new) - MOST_NAMED), *_standing(len(now.drift) - len(new)))
    return NotifyPersonInput(
        key=watch_key(workflow_id, f"{kind}-{run_id}"),
        workflow_id=workflow_id,
        policy_hash=now.policy_hash,
        kind=kind,
        recipient_id=now.operator_id,
        facts=facts,
        details=details,
    )


def _left_out(count: int) -> Iterator[str]:
    if count > 0:
        yield f"and {count} more"


def _standing(count: int) -> Iterator[str]:
    if count > 0:
        yield f"{count} that you were told of before"


def _of_object(
    kind: str, mapped: MappedObject, known: dict[tuple[str, str], CrmField], *, unique_keys: bool
) -> Iterator[str]:
    if not any(crm_object == mapped.object for crm_object, _ in known):
        yield f"{kind} -> {mapped.object}: the CRM has no such object, or does not let us see it"
        return
    for name, held in _fields(mapped):
        field, place = known.get((mapped.object, held)), _place(kind, name, mapped, held)
        if field is None:
            yield f"{place}: the CRM has no such field"
        elif not field.writable:
            yield f"{place}: the CRM does not let it be written"
        elif name == "key" and unique_keys and not field.unique:
            yield f"{place}: the CRM lets two records have the same value"


def _fields(mapped: MappedObject) -> Iterator[tuple[str, str]]:
    yield "key", mapped.key
    for name, held in mapped.fields.items():
        for one in held if isinstance(held, tuple) else (held,):
            yield name, one
    for kind, held in mapped.links.items():
        yield f"links.{kind}", held
    for constant in mapped.constants:
        yield "constants", constant


def _place(kind: str, name: str, mapped: MappedObject, held: str) -> str:
    return f"{kind}.{name} -> {mapped.object}.{held}"
