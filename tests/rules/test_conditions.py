"""Conditions over facts: each comparison by table, three-valued logic by its laws."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.policy import ReviewRule
from contracts.policy_terms import AllOf, Always, AnyOf, Comparison, Condition, NotOf, Op
from contracts.routing import ReviewNeed, Truth
from rules.conditions import always_holds, evaluate, fields_of, first_match
from rules.facts import Fact, Facts

T, F, N = Truth.TRUE, Truth.FALSE, Truth.NOT_EVALUATED


def truth_of(condition: Condition, facts: Facts) -> Truth:
    return evaluate(condition, facts)[0]


@pytest.mark.parametrize(
    ("fact", "op", "value", "expected"),
    [
        # Equality: text without regard to case, numbers by amount, truth values by themselves.
        ("Website", "eq", "website", T),
        ("Straße", "eq", "STRASSE", T),
        ("website", "eq", "chat", F),
        ("website", "ne", "chat", T),
        ("website", "ne", "WEBSITE", F),
        (5, "eq", 5.0, T),
        (5, "ne", 6, T),
        (True, "eq", True, T),
        (False, "eq", True, F),
        # Another kind of value: neither equal nor unequal.
        ("5", "eq", 5, N),
        ("5", "ne", 5, N),
        (1, "eq", True, N),
        (True, "eq", 1, N),
        (True, "gt", 0, N),
        ("true", "eq", True, N),
        (("a",), "eq", "a", N),
        # Missing.
        (None, "eq", "x", N),
        (None, "ne", "x", N),
        (None, "in", ["x"], N),
        (None, "not_in", ["x"], N),
        (None, "gt", 1, N),
        (None, "contains", "x", N),
        ("x", "eq", None, N),
        # Membership.
        ("Chat", "in", ["website", "chat"], T),
        ("mail", "in", ["website", "chat"], F),
        ("mail", "not_in", ["website", "chat"], T),
        ("chat", "not_in", ["website", "chat"], F),
        (7, "in", [1, "x", 7], T),
        (8, "in", [1, "x", 7], F),
        ("8", "in", [1, 7], N),
        ("8", "not_in", [1, 7], N),
        ("x", "in", "x", N),
        ("x", "in", [], N),
        # Order.
        (500, "gte", 500, T),
        (500, "gt", 500, F),
        (499, "lt", 500, T),
        (500, "lte", 499.5, F),
        ("500", "gt", 1, N),
        (500, "gt", "1", N),
        (500, "gt", [1], N),
        # Parts of a text, members of a list.
        ("Test-Autumn", "starts_with", "test-", T),
        ("autumn-test-", "starts_with", "test-", F),
        ("mail.UNI.edu", "contains", ".edu", T),
        ("mail.uni.org", "contains", ".edu", F),
        (("spam", "phone"), "contains", "SPAM", T),
        (("phone",), "contains", "spam", F),
        ((), "contains", "spam", F),
        ((), "starts_with", "spam", N),
        (5, "contains", "5", N),
        ("5", "contains", 5, N),
        # Existence is always decided.
        ("x", "exists", None, T),
        ("", "exists", None, F),
        ((), "exists", None, F),
        (0, "exists", None, T),
        (False, "exists", None, T),
        (None, "exists", None, F),
        (None, "exists", False, T),
        ("x", "exists", False, F),
        ("x", "exists", True, T),
    ],
)
def test_a_comparison_comes_out_as_the_table_says(fact: Fact, op: str, value: Any, expected: Truth) -> None:
    condition = Comparison(field="f", op=Op(op), value=value)
    truth, trace = evaluate(condition, {"f": fact})
    assert truth is expected
    assert [(entry.field, entry.op, entry.truth) for entry in trace] == [("f", op, expected)]


def test_a_fact_that_nobody_knows_is_like_one_without_a_value() -> None:
    assert truth_of(Comparison(field="unheard", op=Op.EQ, value="x"), {}) is N
    assert truth_of(Comparison(field="unheard", op=Op.EXISTS), {}) is F


KNOWN: dict[Truth, Condition] = {
    T: Comparison(field="yes", op=Op.EQ, value=True),
    F: Comparison(field="no", op=Op.EQ, value=True),
    N: Comparison(field="missing", op=Op.EQ, value=True),
}
FACTS: Facts = {"yes": True, "no": False}


@pytest.mark.parametrize(("a", "b"), list(itertools.product((T, F, N), repeat=2)))
def test_all_any_and_not_are_kleenes(a: Truth, b: Truth) -> None:
    rank = {F: 0, N: 1, T: 2}
    least, most = min((a, b), key=rank.__getitem__), max((a, b), key=rank.__getitem__)
    assert truth_of(AllOf(all=(KNOWN[a], KNOWN[b])), FACTS) is least
    assert truth_of(AnyOf(any=(KNOWN[a], KNOWN[b])), FACTS) is most
    assert truth_of(NotOf(not_=KNOWN[a]), FACTS) is {T: F, F: T, N: N}[a]


def test_the_trace_is_whole_even_where_one_part_has_decided() -> None:
    condition = AllOf(all=(KNOWN[F], AnyOf(any=(KNOWN[T], NotOf(not_=KNOWN[N])))))
    truth, trace = evaluate(condition, FACTS)
    assert truth is F
    assert [(entry.field, entry.truth) for entry in trace] == [("no", F), ("yes", T), ("missing", N)]
    assert fields_of(condition) == {"no", "yes", "missing"}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Always(), True),
        (AllOf(all=(Always(), Always())), True),
        (AllOf(all=(Always(), KNOWN[T])), False),
        (AnyOf(any=(KNOWN[F], Always())), True),
        (AnyOf(any=(KNOWN[F],)), False),
        (NotOf(not_=KNOWN[F]), False),
        (NotOf(not_=Always()), False),
        (KNOWN[T], False),
    ],
)
def test_what_always_holds_is_told_by_its_form(condition: Condition, expected: bool) -> None:
    assert always_holds(condition) is expected
    if expected:
        assert truth_of(condition, {}) is T


SCALARS = (
    st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["a", "A", "b"])
)
FIELDS = st.sampled_from(["f", "g", "h"])
COMPARISONS = st.builds(
    Comparison,
    field=FIELDS,
    op=st.sampled_from(Op),
    value=st.none() | SCALARS | st.lists(SCALARS, max_size=3),
)


def _deeper(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    all_of: Callable[[tuple[Condition, ...]], Condition] = lambda found: AllOf(all=found)  # noqa: E731
    any_of: Callable[[tuple[Condition, ...]], Condition] = lambda found: AnyOf(any=found)  # noqa: E731
    none_of: Callable[[Condition], Condition] = lambda found: NotOf(not_=found)  # noqa: E731
    return several.map(all_of) | several.map(any_of) | parts.map(none_of)


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    COMPARISONS | st.just(Always()), _deeper, max_leaves=8
)
FACT_VALUES = st.none() | SCALARS | st.lists(st.text(max_size=3), max_size=3).map(tuple)
FACT_SETS = st.dictionaries(FIELDS, FACT_VALUES, max_size=3)


@given(CONDITIONS, FACT_SETS)
def test_every_condition_has_a_truth_and_the_same_one_each_time(condition: Condition, facts: Facts) -> None:
    first, second = evaluate(condition, facts), evaluate(condition, facts)
    assert first == second
    assert {entry.field for entry in first[1]} == fields_of(condition)


@given(CONDITIONS, CONDITIONS, FACT_SETS)
def test_de_morgan_holds_with_three_values(a: Condition, b: Condition, facts: Facts) -> None:
    none_of = truth_of(NotOf(not_=AllOf(all=(a, b))), facts)
    assert none_of is truth_of(AnyOf(any=(NotOf(not_=a), NotOf(not_=b))), facts)
    neither = truth_of(NotOf(not_=AnyOf(any=(a, b))), facts)
    assert neither is truth_of(AllOf(all=(NotOf(not_=a), NotOf(not_=b))), facts)


@given(CONDITIONS, FACT_SETS)
def test_not_twice_is_nothing(condition: Condition, facts: Facts) -> None:
    assert truth_of(NotOf(not_=NotOf(not_=condition)), facts) is truth_of(condition, facts)


@given(CONDITIONS, FACT_SETS)
def test_a_condition_survives_being_written_and_read(condition: Condition, facts: Facts) -> None:
    whole = AllOf(all=(condition,))
    again = AllOf.model_validate_json(whole.model_dump_json(by_alias=True))
    assert again.model_dump_json(by_alias=True) == whole.model_dump_json(by_alias=True)
    assert evaluate(again, facts) == evaluate(whole, facts)


# ---------------------------------------------------------------- tables


def row(name: str, condition: Condition) -> ReviewRule:
    return ReviewRule(id=name, when=condition, review=ReviewNeed(approval="review", reason="why"))


def test_the_first_row_that_holds_decides_and_what_was_tried_is_told() -> None:
    rows = (
        row("false", Comparison(field="n", op=Op.GT, value=5)),
        row("unknown", Comparison(field="missing", op=Op.GT, value=5)),
        row("true", Comparison(field="n", op=Op.EQ, value=1)),
        row("never-tried", Always()),
    )
    found, tried = first_match(rows, {"n": 1})
    assert found is rows[2]
    assert [(one.rule, one.truth) for one in tried] == [("false", F), ("unknown", N), ("true", T)]
    assert [one.conditions[0].field for one in tried] == ["n", "missing", "n"]


def test_a_table_in_which_no_row_holds_tells_all_that_was_tried() -> None:
    found, tried = first_match((row("false", NotOf(not_=Always())),), {})
    assert found is None
    assert [one.rule for one in tried] == ["false"]
    assert first_match((), {}) == (None, ())
