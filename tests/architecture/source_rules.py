"""Rules of the source that no linter knows: each takes a syntax tree and yields breaches as `line: why`."""

import ast
from collections.abc import Iterator

from tests.architecture.source_tree import dotted_name, last_name

ACTIVITY_CALLS = {
    f"{verb}_{kind}{suffix}"
    for verb in ("execute", "start")
    for kind in ("activity", "local_activity")
    for suffix in ("", "_method", "_class")
}
LIMITS_AT_CALL = {
    "start_to_close_timeout",
    "schedule_to_close_timeout",
    "schedule_to_start_timeout",
    "heartbeat_timeout",
    "retry_policy",
}
TOO_WIDE = {"Exception", "BaseException"}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Every call in a tree."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def limits_outside_options(tree: ast.Module) -> Iterator[str]:
    """`workflows/options.py` alone answers how long a system may be down."""
    for call in calls(tree):
        if last_name(call.func) in {"timedelta", "RetryPolicy"}:
            yield f"{call.lineno}: {last_name(call.func)} belongs into workflows/options.py"


def activities_without_a_named_option(tree: ast.Module) -> Iterator[str]:
    """A step is called by reference, and its limits come from one named option set.

    Whoever names an activity names its option beside it: spread into the call, or as a field of a record that
    is spread later as `**record.option`. A function that hands on its own `**options` is asked nothing.
    """
    for scope, call in calls_with_scope(tree):
        runs_it = last_name(call.func) in ACTIVITY_CALLS
        given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg)]
        if not (runs_it or any(is_activity_reference(node) for node in given)):
            continue
        spread = [keyword.value for keyword in call.keywords if keyword.arg is None]
        handed_on = any(
            last_name(node) in parameters_of(scope) or is_option_of_record(node) for node in spread
        )
        if not (handed_on or any(is_named_option(node) for node in (spread if runs_it else spread + given))):
            yield f"{call.lineno}: spread a named option, such as **CRM_WRITE"
        if runs_it and isinstance(given[0], ast.Constant):
            yield f"{call.lineno}: an activity named by a string hides typos until production"
        for keyword in call.keywords:
            if keyword.arg in LIMITS_AT_CALL:
                yield f"{call.lineno}: {keyword.arg} belongs into workflows/options.py"


def is_activity_reference(node: ast.expr) -> bool:
    """Whether an expression names an activity: a method of a class in `activities/`."""
    return isinstance(node, ast.Attribute) and last_name(node.value).endswith("Activities")


def is_named_option(node: ast.expr) -> bool:
    """Whether an expression is `CRM_WRITE` or `options.CRM_WRITE`, and not an enum member: `Queue.CRM`."""
    return last_name(node).isupper() and dotted_name(node).rpartition(".")[0] in {"", "options"}


def is_option_of_record(node: ast.expr) -> bool:
    """Whether an expression is the option that a record holds beside its activity."""
    return isinstance(node, ast.Attribute) and node.attr == "option"


def calls_with_scope(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.Call]]:
    """Every call with the innermost function around it, or the module."""
    pending: list[tuple[ast.AST, ast.AST]] = [(tree, tree)]
    while pending:
        scope, node = pending.pop()
        if isinstance(node, ast.Call):
            yield scope, node
        inner = node if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else scope
        pending += [(inner, child) for child in ast.iter_child_nodes(node)]


def parameters_of(scope: ast.AST) -> set[str]:
    """The names that a function hands on as `**options`, if it is one."""
    if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef) and scope.args.kwarg:
        return {scope.args.kwarg.arg}
    return set()


def handlers(tree: ast.AST) -> Iterator[ast.ExceptHandler]:
    """Every `except` in a tree."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler))


def handlers_too_wide(tree: ast.Module) -> Iterator[str]:
    """A wide `except` in a workflow undoes steps because of a plain bug, or swallows a cancellation."""
    for handler in handlers(tree):
        caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        if any(one is None or last_name(one) in TOO_WIDE for one in caught):
            yield f"{handler.lineno}: name what is caught; a saga catches (CancelledError, FailureError)"


def handlers_that_swallow(tree: ast.Module) -> Iterator[str]:
    """An activity returns a result or raises; anything else is a lie that lasts."""
    for handler in handlers(tree):
        if not any(isinstance(node, ast.Raise) for node in own_nodes(handler)):
            yield f"{handler.lineno}: this except has no raise"
    for call in calls(tree):
        if last_name(call.func) == "suppress":
            yield f"{call.lineno}: suppress hides a failure"


def own_nodes(handler: ast.ExceptHandler) -> Iterator[ast.AST]:
    """What a handler does itself: a function defined in it is not run by it."""
    pending: list[ast.AST] = list(handler.body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            pending += ast.iter_child_nodes(node)


def missing_docstring(tree: ast.Module) -> Iterator[str]:
    """A file says in its first line what it is for."""
    if not ast.get_docstring(tree):
        yield "1: a module opens with a docstring"
