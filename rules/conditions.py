"""Evaluates the conditions of a policy over facts, with three truth values.

What cannot be judged (a value is missing, or of another kind than the one it is compared with) is neither
true nor false but not evaluated, and stays so through `not`: no rule fires on what is not known.
"""

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from contracts.policy_terms import AllOf, Always, AnyOf, Comparison, Condition, NotOf, Op, Scalar
from contracts.routing import ConditionTrace, RuleTrace, Truth
from rules.facts import Fact, Facts

_ORDERINGS: dict[Op, Callable[[float, float], bool]] = {
    Op.GT: operator.gt,
    Op.GTE: operator.ge,
    Op.LT: operator.lt,
    Op.LTE: operator.le,
}

_NEGATIONS: dict[Truth, Truth] = {
    Truth.TRUE: Truth.FALSE,
    Truth.FALSE: Truth.TRUE,
    Truth.NOT_EVALUATED: Truth.NOT_EVALUATED,
}


class Row(Protocol):
    """A row of a policy's table."""

    @property
    def id(self) -> str: ...

    @property
    def when(self) -> Condition: ...


AnyRow = TypeVar("AnyRow", bound=Row)


def first_match(rows: Iterable[AnyRow], facts: Facts) -> tuple[AnyRow | None, tuple[RuleTrace, ...]]:
    """The first row that holds, if any does, and every row tried; what cannot be judged does not hold."""
    tried: list[RuleTrace] = []
    for row in rows:
        truth, conditions = evaluate(row.when, facts)
        tried.append(RuleTrace(rule=row.id, truth=truth, conditions=conditions))
        if truth is Truth.TRUE:
            return row, tuple(tried)
    return None, tuple(tried)


def evaluate(condition: Condition, facts: Facts) -> tuple[Truth, tuple[ConditionTrace, ...]]:
    """The truth of a condition, and every comparison in it in the order of the policy.

    All parts are evaluated even where one has decided already, so that the trace is whole.
    """
    if isinstance(condition, Comparison):
        truth = _compare(condition, facts.get(condition.field))
        return truth, (ConditionTrace(field=condition.field, op=condition.op, truth=truth),)
    if isinstance(condition, AllOf):
        return _combined(condition.all, facts, decisive=Truth.FALSE)
    if isinstance(condition, AnyOf):
        return _combined(condition.any, facts, decisive=Truth.TRUE)
    if isinstance(condition, NotOf):
        truth, trace = evaluate(condition.not_, facts)
        return _NEGATIONS[truth], trace
    return Truth.TRUE, ()


def comparisons_of(condition: Condition) -> Iterable[Comparison]:
    """Yields every comparison in a condition, in order."""
    if isinstance(condition, Comparison):
        yield condition
        return
    for part in parts_of(condition):
        yield from comparisons_of(part)


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """The conditions that one is directly made of; none for a comparison."""
    if isinstance(condition, AllOf):
        return condition.all
    if isinstance(condition, AnyOf):
        return condition.any
    return (condition.not_,) if isinstance(condition, NotOf) else ()


def fields_of(condition: Condition) -> set[str]:
    """The facts that a condition looks at."""
    return {comparison.field for comparison in comparisons_of(condition)}


def always_holds(condition: Condition) -> bool:
    """Whether a condition holds by its form alone, whatever the facts are."""
    if isinstance(condition, AllOf):
        return all(always_holds(part) for part in condition.all)
    if isinstance(condition, AnyOf):
        return any(always_holds(part) for part in condition.any)
    return isinstance(condition, Always)


def _combined(
    parts: Sequence[Condition], facts: Facts, *, decisive: Truth
) -> tuple[Truth, tuple[ConditionTrace, ...]]:
    evaluated = [evaluate(part, facts) for part in parts]
    truths = {truth for truth, _ in evaluated}
    trace = tuple(entry for _, entries in evaluated for entry in entries)
    if decisive in truths:
        return decisive, trace
    return (Truth.NOT_EVALUATED if Truth.NOT_EVALUATED in truths else _NEGATIONS[decisive]), trace


def _compare(comparison: Comparison, fact: Fact) -> Truth:
    op, value = comparison.op, comparison.value
    if op is Op.EXISTS:
        return _truth(_has_value(fact) is (value is not False))
    if fact is None or value is None:
        return Truth.NOT_EVALUATED
    truth = _among(op, fact, value) if isinstance(value, tuple) else _against(op, fact, value)
    return _NEGATIONS[truth] if op in (Op.NE, Op.NOT_IN) else truth


def _among(op: Op, fact: Fact, members: tuple[Scalar, ...]) -> Truth:
    if op not in (Op.IN, Op.NOT_IN):
        return Truth.NOT_EVALUATED
    truths = {_equal(fact, member) for member in members}
    if Truth.TRUE in truths:
        return Truth.TRUE
    return Truth.FALSE if Truth.FALSE in truths else Truth.NOT_EVALUATED


def _against(op: Op, fact: Fact, value: Scalar) -> Truth:
    if op in (Op.EQ, Op.NE):
        return _equal(fact, value)
    if op in _ORDERINGS:
        return _ordered(_ORDERINGS[op], fact, value)
    return _within(op, fact, value) if op in (Op.CONTAINS, Op.STARTS_WITH) else Truth.NOT_EVALUATED


def _has_value(fact: Fact) -> bool:
    return fact is not None and not (isinstance(fact, Sequence) and len(fact) == 0)


def _equal(fact: Fact, value: Scalar) -> Truth:
    if isinstance(fact, str) and isinstance(value, str):
        return _truth(fact.casefold() == value.casefold())
    if isinstance(fact, bool) and isinstance(value, bool):
        return _truth(fact is value)
    return _ordered(operator.eq, fact, value)


def _ordered(holds: Callable[[float, float], bool], fact: Fact, value: Scalar) -> Truth:
    left, right = _amount(fact), _amount(value)
    return Truth.NOT_EVALUATED if left is None or right is None else _truth(holds(left, right))


def _within(op: Op, fact: Fact, value: Scalar) -> Truth:
    if isinstance(fact, str):
        if not isinstance(value, str):
            return Truth.NOT_EVALUATED
        text, wanted = fact.casefold(), value.casefold()
        return _truth(text.startswith(wanted) if op is Op.STARTS_WITH else wanted in text)
    if op is Op.CONTAINS and isinstance(fact, Sequence):
        return _truth(any(_equal(member, value) is Truth.TRUE for member in fact))
    return Truth.NOT_EVALUATED


def _amount(value: object) -> float | None:
    # `bool` is a kind of `int` in Python, but not an amount of anything in a policy.
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _truth(holds: bool) -> Truth:  # noqa: FBT001 - the one argument is what the name converts
    return Truth.TRUE if holds else Truth.FALSE
