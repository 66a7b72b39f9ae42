"""Every effect on another system has an undo, or a reason why it has none."""

import ast
from collections.abc import Iterator

from contracts.names import Step
from tests.architecture.source_tree import dotted_name, python_files, syntax_tree
from workflows.effects import IRREVERSIBLE, UNDO_OF


def effects_in(tree: ast.Module) -> Iterator[str]:
    """The steps of a module that are taken under a key: their work is a function of it."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) > 1):
            continue
        step, work = node.args[:2]
        if node.func.attr in ("required", "optional") and isinstance(work, ast.Lambda) and work.args.args:
            yield dotted_name(step).rpartition(".")[2]


def test_every_effect_is_undone_or_said_to_be_irreversible() -> None:
    made = {Step[name] for path in python_files("workflows") for name in effects_in(syntax_tree(path))}
    assert len(made) > 10
    neither = made - set(UNDO_OF) - set(IRREVERSIBLE)
    assert not neither, "give it an undo in UNDO_OF, or its reason in IRREVERSIBLE (workflows/effects.py)"
    assert not set(UNDO_OF) & set(IRREVERSIBLE)
    assert all(reason.strip() for reason in IRREVERSIBLE.values())


def test_effect_without_an_answer_is_found() -> None:
    planted = ast.parse("async def f(e):\n    await e.required(Step.READ_USAGE, lambda key: g(key), str)\n")
    assert list(effects_in(planted)) == ["READ_USAGE"]
