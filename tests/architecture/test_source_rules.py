"""The source keeps the rules of the house, and each rule notices when it does not."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.architecture import source_rules
from tests.architecture.source_tree import ROOMS, ROOT, python_files, syntax_tree

Rule = Callable[[ast.Module], Iterator[str]]

SCOPES: dict[Rule, Callable[[], list[Path]]] = {
    source_rules.limits_outside_options: lambda: [
        path for path in python_files("workflows") if path.name != "options.py"
    ],
    source_rules.activities_without_a_named_option: lambda: python_files("workflows"),
    source_rules.handlers_too_wide: lambda: python_files("workflows"),
    source_rules.handlers_that_swallow: lambda: python_files("activities"),
    source_rules.missing_docstring: lambda: [*python_files(*ROOMS, "tests", ".ci"), Path("throughline")],
}

BREAKING: list[tuple[Rule, str]] = [
    (source_rules.limits_outside_options, "DAY = timedelta(days=1)"),
    (source_rules.limits_outside_options, "x = datetime.timedelta(days=1)"),
    (source_rules.limits_outside_options, "p = common.RetryPolicy()"),
    (source_rules.activities_without_a_named_option, "workflow.execute_activity(CrmActivities.find, x)"),
    (
        source_rules.activities_without_a_named_option,
        "workflow.execute_local_activity_method(f, x, **options)",
    ),
    (source_rules.activities_without_a_named_option, "step(CrmActivities.find, x)"),
    (source_rules.activities_without_a_named_option, "self._step(crm.CrmActivities.find, x, **slow)"),
    (source_rules.activities_without_a_named_option, "workflow.start_activity('find', x, **CRM_READ)"),
    (
        source_rules.activities_without_a_named_option,
        "step(CrmActivities.find, x, start_to_close_timeout=SOON, **CRM_READ)",
    ),
    (source_rules.activities_without_a_named_option, "Undoing('task', CrmActivities.delete, TaskQueue.CRM)"),
    (source_rules.activities_without_a_named_option, "Undoing('task', by=CrmActivities.delete)"),
    (source_rules.activities_without_a_named_option, "workflow.execute_activity(f, CRM_WRITE)"),
    (source_rules.handlers_too_wide, "try:\n    pass\nexcept:\n    raise"),
    (source_rules.handlers_too_wide, "try:\n    pass\nexcept Exception:\n    raise"),
    (
        source_rules.handlers_too_wide,
        "try:\n    pass\nexcept (ValueError, builtins.BaseException):\n    raise",
    ),
    (source_rules.handlers_that_swallow, "try:\n    pass\nexcept ValueError:\n    result = None"),
    (
        source_rules.handlers_that_swallow,
        "try:\n    pass\nexcept ValueError:\n    def later():\n        raise KeyError",
    ),
    (source_rules.handlers_that_swallow, "with contextlib.suppress(ValueError):\n    pass"),
    (source_rules.missing_docstring, "import os"),
]

KEEPING: list[tuple[Rule, str]] = [
    (source_rules.activities_without_a_named_option, "Undoing('task', CrmActivities.delete, options.UNDO)"),
    (source_rules.activities_without_a_named_option, "workflow.execute_activity(one.by, x, **one.option)"),
    (
        source_rules.activities_without_a_named_option,
        "workflow.execute_activity(f, x, summary='s', **CRM_WRITE)",
    ),
    (source_rules.activities_without_a_named_option, "step(CrmActivities.find, x, **options.CRM_READ)"),
    (
        source_rules.activities_without_a_named_option,
        "async def step(f, x, **options):\n    return await workflow.execute_activity(f, x, **options)",
    ),
    (source_rules.handlers_too_wide, "try:\n    pass\nexcept (CancelledError, FailureError):\n    raise"),
    (source_rules.handlers_that_swallow, "try:\n    pass\nexcept ValueError as e:\n    raise E from e"),
]

LONGEST = {"activities": 200, "workflows": 250} | {
    room: 300 for room in ROOMS if room not in ("activities", "workflows")
}
"""Lines a module may have, by room: a file past its limit has two subjects."""

NAMELESS = {
    "base",
    "core",
    "lib",
    "shared",
    "common",
    "manager",
    "misc",
    "util",
    "utils",
    "helper",
    "helpers",
}
"""Module names that say nothing of what is inside."""


def rule_name(value: object) -> str:
    return getattr(value, "__name__", "")


@pytest.mark.parametrize("rule", SCOPES, ids=rule_name)
def test_source_keeps_the_rule(rule: Rule) -> None:
    files = SCOPES[rule]()
    assert files
    assert not [f"{path}:{offence}" for path in files for offence in rule(syntax_tree(path))]


@pytest.mark.parametrize(("rule", "source"), BREAKING)
def test_rule_notices_a_breach(rule: Rule, source: str) -> None:
    assert list(rule(ast.parse(source)))


@pytest.mark.parametrize(("rule", "source"), KEEPING)
def test_rule_lets_good_code_pass(rule: Rule, source: str) -> None:
    assert not list(rule(ast.parse(source)))


def test_no_module_outgrows_its_subject() -> None:
    lengths = {path: len((ROOT / path).read_text().splitlines()) for path in python_files(*ROOMS)}
    assert not [f"{path}: {count} lines" for path, count in lengths.items() if count > LONGEST[path.parts[0]]]
    assert len((ROOT / "throughline").read_text().splitlines()) <= 200


def test_no_module_has_a_name_that_says_nothing() -> None:
    nameless = [
        path
        for path in python_files(*ROOMS, "tests")
        if {part.removesuffix(".py") for part in path.parts} & NAMELESS and path != Path("contracts/base.py")
    ]
    assert not nameless
