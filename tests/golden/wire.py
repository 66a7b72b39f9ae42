"""Everything of ours that stands in a history, a payload, a URL or a caller's code, read off the code."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from temporalio import activity, workflow

from contracts import ids
from contracts.base import Contract
from contracts.failures import RETRYABLE, FailureCode
from contracts.lead import LeadSubmission
from contracts.names import SEARCH_ATTRIBUTE_TYPES, Process, Step, TaskQueue
from contracts.order import OnboardingOrder, OrderDetails
from contracts.policy import PolicyBundle
from contracts.processes import PROCESSES
from rules.identity import lead_id_for, onboarding_id_for
from workers.registry import ACTIVITY_CLASSES, WORKFLOWS
from workflows.actors import REFUSED
from workflows.saga import FAILURES
from workflows.steps import ABANDONED

Names = dict[str, Any]

STORED: tuple[type[Contract], ...] = (PolicyBundle,)
"""What crosses no wire but is read again by later releases: a run loads the bundle that it is pinned to."""

PROSE = frozenset({"title", "description"})
"""Parts of a schema that say what a field means; they may be reworded."""

EXAMPLE_LEAD = LeadSubmission(received_at=datetime(2026, 11, 23, 12, 0, tzinfo=UTC), source="website")

EXAMPLE_ORDER = OnboardingOrder(
    customer_id="CUSTOMER",
    seller_id="SELLER",
    ordered_at=datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
    details=OrderDetails(contract_reference="CONTRACT"),
)
WON = {"lead_id": "LEAD"}
UNWRITTEN = {"details": OrderDetails()}


def wire_names() -> Names:
    """All names, by what they name."""
    return {
        "workflows": {name: _handlers(cls) for name, cls in _by_name(WORKFLOWS)},
        "activities": dict(_activities()),
        "task_queues": [queue.value for queue in TaskQueue],
        "search_attributes": {name.value: kind for name, kind in SEARCH_ATTRIBUTE_TYPES.items()},
        "steps": [step.value for step in Step],
        "states": {
            declared.process.value: {state.name: state.lane.value for state in declared.states}
            for declared in PROCESSES
        },
        "failures": {
            "codes": {code.value: _kind(code) for code in FailureCode},
            "other_types": sorted((ABANDONED, REFUSED)),
            "fail_a_run": [cls.__name__ for cls in FAILURES],
        },
        "ids": _ids(),
        "contracts": _contracts(),
    }


def _by_name(workflows: Iterable[type]) -> Iterator[tuple[str, type]]:
    for cls in workflows:
        name = workflow._Definition.must_from_class(cls).name
        assert name is not None, f"{cls.__name__} is dynamic"
        yield name, cls


def _handlers(cls: type) -> Names:
    definition = workflow._Definition.must_from_class(cls)
    return {
        "run": _signature(definition.arg_types, definition.ret_type),
        "updates": {
            str(name): _signature(update.arg_types, update.ret_type)
            for name, update in sorted(definition.updates.items(), key=str)
        },
        "signals": {
            str(name): _signature(signal.arg_types, type(None))
            for name, signal in sorted(definition.signals.items(), key=str)
        },
        "queries": {
            str(name): _signature(query.arg_types, query.ret_type)
            for name, query in sorted(definition.queries.items(), key=str)
        },
    }


def _activities() -> Iterator[tuple[str, str]]:
    for definition in sorted(_definitions(), key=lambda found: str(found.name)):
        yield str(definition.name), _signature(definition.arg_types, definition.ret_type)


def _definitions() -> Iterator[activity._Definition]:
    for cls in ACTIVITY_CLASSES:
        for member in vars(cls).values():
            if callable(member) and (found := activity._Definition.from_callable(member)):
                yield found


def _signature(arguments: Iterable[type] | None, result: type | None) -> str:
    given = ", ".join(_spelt(argument) for argument in arguments or ())
    return f"({given}) -> {_spelt(result)}"


def _spelt(kind: Any) -> str:
    if get_origin(kind) in (Union, UnionType):
        return " | ".join(_spelt(part) for part in get_args(kind))
    return "None" if kind in (None, type(None)) else str(getattr(kind, "__name__", kind))


def _kind(code: FailureCode) -> str:
    return "retryable" if code in RETRYABLE else "final"


def _ids() -> dict[str, str]:
    """Ids and keys as the functions of `contracts/ids.py` make them."""
    intake = ids.intake_workflow_id("LEAD")
    made: dict[str, Callable[[], str]] = {
        "intake": lambda: intake,
        "follow_through": lambda: ids.follow_through_workflow_id("LEAD"),
        "approval": lambda: ids.approval_workflow_id(intake),
        "approval, second round": lambda: ids.approval_workflow_id(intake, 2),
        "onboarding": lambda: ids.onboarding_workflow_id("ONBOARDING"),
        "access_request": lambda: ids.access_request_workflow_id("REQUEST"),
        "effect": lambda: ids.effect_key(intake, Step.CREATE_TASK),
        "effect that recurs": lambda: ids.effect_key(intake, Step.CREATE_NOTE, "OCCASION"),
        "lead with an event id": lambda: lead_id_for(EXAMPLE_LEAD.model_copy(update={"event_id": "EVENT"})),
        "lead without one": lambda: lead_id_for(EXAMPLE_LEAD),
        "onboarding of a won deal": lambda: onboarding_id_for(EXAMPLE_ORDER.model_copy(update=WON)),
        "onboarding of a contract": lambda: onboarding_id_for(EXAMPLE_ORDER),
        "onboarding of another order": lambda: onboarding_id_for(EXAMPLE_ORDER.model_copy(update=UNWRITTEN)),
        "processes": lambda: ", ".join(Process),
    }
    return {what: make() for what, make in made.items()}


def _contracts() -> dict[str, Names]:
    """Field by field, what each message may hold and holds by default; enums with their values."""
    roots = sorted({*_messages(), *STORED}, key=lambda model: model.__name__)
    _, schema = models_json_schema([(model, "validation") for model in roots], ref_template="{model}")
    return {name: shape(definition) for name, definition in sorted(schema["$defs"].items())}


def _messages() -> Iterator[type[BaseModel]]:
    """Every argument and result of a workflow, handler or activity; what they hold follows by itself."""
    definitions = [workflow._Definition.must_from_class(cls) for cls in WORKFLOWS]
    handlers = [
        handler
        for definition in definitions
        for group in (definition.updates, definition.queries)
        for handler in group.values()
    ]
    for found in (*definitions, *handlers, *_definitions()):
        yield from _models((*(found.arg_types or ()), found.ret_type))
    for definition in definitions:
        for signal in definition.signals.values():
            yield from _models(signal.arg_types or ())


def _models(kinds: Iterable[Any]) -> Iterator[type[BaseModel]]:
    for kind in kinds:
        for part in (kind, *get_args(kind)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield part


def shape(definition: Names) -> Names:
    if "properties" not in definition:
        return {name: _without_prose(part) for name, part in definition.items() if name not in PROSE}
    required = definition.get("required", [])
    fields = {
        name: {**_without_prose(field), **({"required": True} if name in required else {})}
        for name, field in definition["properties"].items()
    }
    closed = definition.get("additionalProperties") is False
    return {**fields, **({"(other fields)": "refused"} if closed else {})}


def _without_prose(schema: Any) -> Any:
    """A schema without its words; a field that is called `title` or `description` is no word."""
    if isinstance(schema, list):
        return [_without_prose(part) for part in schema]
    if isinstance(schema, dict):
        kept = {name: part for name, part in schema.items() if name not in PROSE or isinstance(part, dict)}
        return {name: _without_prose(part) for name, part in kept.items()}
    return schema
