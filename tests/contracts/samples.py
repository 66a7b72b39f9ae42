"""One filled-in message of every contract, and where the recorded ones lie.

`python -m tests.contracts.samples` records a payload for each contract that has none in the newest version.
It never touches one that is there: a recorded payload is what some released worker has written.
"""

import importlib
import json
import pkgutil
import types
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt
from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

import contracts
from contracts.base import Contract
from contracts.policy import PolicyBundle, PolicyModel
from tests.bundles import small_bundle

PAYLOADS = Path(__file__).parent / "payloads"
NEWEST = PAYLOADS / "v1"

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

SPELT: dict[str, Any] = {
    "currency": "EUR",
    "email": "ada@analytical.example",
    "phone": "+12025550143",
    "lead_id": "cwk4uzj65ft3eyo4rsjizl3dyh",
    "workflow_id": "lead-intake/cwk4uzj65ft3eyo4rsjizl3dyh",
}
"""Values by field name, where the type alone would not do or a likely value reads better."""

BY_TYPE: dict[Any, Any] = {
    bool: True,
    float: 0.5,
    datetime: NOON,
    AwareDatetime: NOON,
    date: NOON.date(),
    time: time(9, 30),
    timedelta: timedelta(hours=4),
}

COLLECTIONS: dict[Any, Callable[[list[Any]], Any]] = {tuple: tuple, frozenset: frozenset, list: list}

ABSTRACT = (Contract, PolicyModel)


def contract_types() -> Iterator[type[Contract]]:
    """Every message; the parts of a policy bundle count as that one message."""
    for module in pkgutil.iter_modules(contracts.__path__):
        members = vars(importlib.import_module(f"contracts.{module.name}")).values()
        for member in members:
            if not (isinstance(member, type) and issubclass(member, Contract)) or member in ABSTRACT:
                continue
            is_part_of_bundle = issubclass(member, PolicyModel) and member is not PolicyBundle
            if member.__module__ == f"contracts.{module.name}" and not is_part_of_bundle:
                yield member


def filled_in(contract: type[Contract]) -> Contract:
    """A message with a value in every field, optional ones too."""
    if contract is PolicyBundle:
        return small_bundle()
    return contract(**{name: _value(name, field) for name, field in contract.model_fields.items()})


def _value(name: str, field: FieldInfo) -> Any:
    if name in SPELT:
        return SPELT[name]
    if field.annotation is int:
        lowest = [int(bound.ge) for bound in field.metadata if isinstance(bound, Ge)]  # type: ignore[call-overload]
        above = [int(bound.gt) + 1 for bound in field.metadata if isinstance(bound, Gt)]  # type: ignore[call-overload]
        return max([3, *lowest, *above])
    return _of(field.annotation, name)


def _of(annotation: Any, name: str) -> Any:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return _of(next(one for one in inner if one is not type(None)), name)
    if origin is Literal:
        return inner[0]
    if origin in COLLECTIONS:
        return COLLECTIONS[origin]([_of(inner[0], name)])
    if origin is dict:
        return {_of(inner[0], "key"): _of(inner[1], name)}
    if origin is not None:
        return _of(inner[0], name)
    return _of_plain(annotation, name)


def _of_plain(annotation: Any, name: str) -> Any:
    if annotation in BY_TYPE:
        return BY_TYPE[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Contract):
        return filled_in(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return next(iter(annotation))
    return 3 if annotation is int else f"some-{name.replace('_', '-')}"


def payload_of(message: Contract) -> dict[str, Any]:
    """The message as the data converter writes it."""
    written: dict[str, Any] = json.loads(message.model_dump_json(by_alias=True))
    return written


def page_of(contract: type[Contract]) -> str:
    """The file that holds the payloads of a contract's module."""
    return contract.__module__.removeprefix("contracts.") + ".json"


def recorded_on(page: Path) -> dict[str, dict[str, Any]]:
    """The payloads of one file, by the name of their contract."""
    payloads: dict[str, dict[str, Any]] = json.loads(page.read_text(encoding="utf-8"))
    return payloads


def record_missing(report: Callable[[str], object]) -> None:
    """Adds a payload for each contract without one; those that are there stay as they were written."""
    NEWEST.mkdir(parents=True, exist_ok=True)
    for contract in contract_types():
        page = NEWEST / page_of(contract)
        payloads = recorded_on(page) if page.exists() else {}
        if contract.__name__ not in payloads:
            payloads[contract.__name__] = payload_of(filled_in(contract))
            page.write_text(json.dumps(payloads, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            report(f"recorded {contract.__name__}\n")


if __name__ == "__main__":
    import sys

    record_missing(sys.stdout.write)
