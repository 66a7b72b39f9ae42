"""The commands that each workflow gives, in the order of its source: read off the syntax, in no time.

A run is replayed by running its code again, so the order of commands is part of its history. Names of locals
and functions, comments, texts, timeouts and which file a function stands in are not, and leave no mark here.
"""

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from tests.architecture.source_tree import dotted_name, last_name, python_files, syntax_tree
from tests.golden.source_index import Definition, FunctionNode, SourceIndex

BUILDING_BLOCKS = (
    "actors", "asking", "calling_off", "effects", "notices", "parallel", "plan_walk", "progress", "reminding",
    "saga", "steps", "undoing", "waiting",
)  # fmt: skip
"""Modules whose functions stand for themselves wherever they are used; all else is followed inwards."""

COMMANDS: Mapping[str, str] = {
    "execute_activity": "activity",
    "execute_activity_method": "activity",
    "execute_activity_class": "activity",
    "start_activity": "activity",
    "start_activity_method": "activity",
    "start_activity_class": "activity",
    "execute_local_activity": "local activity",
    "execute_local_activity_method": "local activity",
    "execute_local_activity_class": "local activity",
    "start_local_activity": "local activity",
    "start_local_activity_method": "local activity",
    "start_local_activity_class": "local activity",
    "execute_child_workflow": "child",
    "start_child_workflow": "child",
    "continue_as_new": "continue as new",
    "upsert_search_attributes": "upsert search attributes",
    "upsert_memo": "upsert memo",
    "patched": "patched",
    "deprecate_patch": "deprecate patch",
    "sleep": "timer",
}
"""Functions of `temporalio.workflow` that put a command into the history, and what it is called here."""

ORDERING: Mapping[str, str] = {
    "workflow.wait": "wait for tasks",
    "workflow.as_completed": "wait for tasks",
    "asyncio.wait": "wait for tasks",
    "asyncio.gather": "wait for tasks",
    "asyncio.shield": "shield",
    "asyncio.ensure_future": "spawn",
    "asyncio.create_task": "spawn",
    "asyncio.sleep": "timer",
}
"""What gives no command itself and decides in which order others are given."""

GIVEN = "what is given"
"""A step, an undo: something that a function was handed and awaits."""

EITHER = "either"
"""One of several functions, of which a table says which."""

HANDLERS = ("run", "update", "signal", "query")

BRANCHES: Mapping[type[ast.stmt], str] = {
    ast.Return: "return",
    ast.Raise: "raise",
    ast.Break: "break",
    ast.Continue: "continue",
}

Lines = Iterator[str]


def fingerprints(trees: Mapping[str, ast.Module] | None = None) -> dict[str, Any]:
    """The fingerprints of a room's source.

    Args:
        trees: syntax by module name; that of `workflows/` by default.
    """
    index = SourceIndex(trees or workflow_trees())
    reader = _Reader(index)
    workflows = {
        owner.name: {
            node.name if kind == "run" else f"{kind} {node.name}": reader.outline(
                Definition(module, owner.name, node)
            )
            for kind, node in _entry_points(owner)
        }
        for module, owner in index.classes()
        if any(last_name(_undecorated(one)) == "defn" for one in owner.decorator_list)
    }
    blocks = {block.name: reader.outline(block) for block in reader.blocks()}
    tables = {module: found for module, tree in index.trees.items() if (found := _activities_of(tree))}
    return {"workflows": workflows, "building_blocks": blocks, "tables": tables}


def workflow_trees() -> dict[str, ast.Module]:
    """The syntax of every workflow module, by name."""
    return {path.stem: syntax_tree(path) for path in python_files("workflows")}


def _entry_points(owner: ast.ClassDef) -> Iterator[tuple[str, FunctionNode]]:
    """The methods of a workflow that the SDK calls; a query gives no command and is left out."""
    for node in owner.body:
        if isinstance(node, FunctionNode):
            kinds = {last_name(_undecorated(one)) for one in node.decorator_list}
            yield from ((kind, node) for kind in HANDLERS if kind in kinds and kind != "query")


def _undecorated(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator


def _activities_of(tree: ast.Module) -> list[str]:
    """Activities that a module names outside its functions: tables of undos and the like, in order."""
    return [
        f"{last_name(node.value)}.{node.attr}"
        for statement in tree.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for node in ast.walk(statement)
        if isinstance(node, ast.Attribute) and last_name(node.value).endswith("Activities")
    ]


class _Reader:
    """Outlines functions; what gives no command leaves no line."""

    def __init__(self, index: SourceIndex) -> None:
        self._index = index
        self._blocks: dict[str, Definition] = {}
        self._outlines: dict[Definition, list[str]] = {}

    def blocks(self) -> Iterator[Definition]:
        """The building blocks that were met; more turn up while these are outlined."""
        done: set[str] = set()
        while waiting := sorted(set(self._blocks) - done):
            done.add(waiting[0])
            yield self._blocks[waiting[0]]

    def outline(self, function: Definition) -> list[str]:
        """The commands of a function, one a line, indented by what they depend on."""
        return list(self._inside(function))

    def _inside(self, function: Definition) -> Lines:
        if function not in self._outlines:
            # Whoever calls itself is not followed again.
            self._outlines[function] = [f"again {function.node.name}"]
            lines = list(self._body(function.node.body, function))
            # What a function returns at its end is no branch; one without a command is nobody's business.
            while lines and lines[-1] == "return":
                lines.pop()
            self._outlines[function] = lines if _has_command(lines) else []
        yield from self._outlines[function]

    def _body(self, body: list[ast.stmt], function: Definition) -> Lines:
        for statement in body:
            yield from self._statement(statement, function)

    def _statement(self, statement: ast.stmt, function: Definition) -> Lines:
        match statement:
            case ast.If():
                yield from self._expression(statement.test, function)
                yield from self._nested("if", statement.body, function)
                yield from self._nested("else", statement.orelse, function)
            case ast.For() | ast.AsyncFor():
                yield from self._loop(statement, function)
            case ast.While():
                yield from _indented("while", self._expression(statement.test, function))
                yield from self._nested("while", statement.body, function)
            case ast.With() | ast.AsyncWith():
                for item in statement.items:
                    yield from self._expression(item.context_expr, function)
                yield from self._body(statement.body, function)
                for item in statement.items:
                    yield from self._leaving(item.context_expr, function)
            case ast.Try():
                yield from self._attempt(statement, function)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield from self._body(statement.body, function)
            case _:
                yield from self._expression(statement, function)
                if word := BRANCHES.get(type(statement)):
                    yield word

    def _loop(self, statement: ast.For | ast.AsyncFor, function: Definition) -> Lines:
        yield from self._expression(statement.iter, function)
        for body in list(self._index.turns_of(statement)) or [statement.body]:
            yield from self._nested("for each", body, function)

    def _attempt(self, statement: ast.Try, function: Definition) -> Lines:
        yield from self._nested("try", [*statement.body, *statement.orelse], function)
        for handler in statement.handlers:
            yield f"except {ast.unparse(handler.type) if handler.type else 'all'}"
            yield from (f"  {line}" for line in self._body(handler.body, function))
        yield from self._nested("finally", statement.finalbody, function)

    def _leaving(self, context: ast.expr, function: Definition) -> Lines:
        """What a block of ours does at its end."""
        owner = self._index.class_of(context, function)
        for name in ("__exit__", "__aexit__"):
            if owner and (leaving := self._index.methods_of(owner).get(name)):
                yield from self._use(leaving, "")

    def _nested(self, title: str, body: list[ast.stmt], function: Definition) -> Lines:
        return _indented(title, self._body(body, function))

    def _expression(self, node: ast.AST, function: Definition) -> Lines:
        """What an expression does, its parts before itself, as they are evaluated."""
        for child in ast.iter_child_nodes(node):
            is_called = isinstance(node, ast.Call) and child is node.func
            named = is_called and isinstance(child, ast.Name | ast.Attribute)
            for part in ast.iter_child_nodes(child) if named else [child]:
                yield from self._expression(part, function)
        if isinstance(node, ast.Call):
            yield from self._call(node, function)
        elif handed_on := self._index.named_by(node, function):
            yield from self._use(handed_on, "")
        if isinstance(node, ast.Await) and self._is_given(node.value, function):
            yield GIVEN

    def _call(self, call: ast.Call, function: Definition) -> Lines:
        name = dotted_name(call.func)
        if command := _command(call, name):
            yield command
        elif meant := self._index.meant_by(call, function):
            yield from self._use(meant, ", ".join(_constants(call)))
        else:
            for one in self._index.any_of(call, function):
                yield from _indented(EITHER, self._use(one, ""))

    def _use(self, meant: Definition, constants: str) -> Lines:
        if meant.module not in BUILDING_BLOCKS:
            yield from self._inside(meant)
        elif _has_command(self.outline(meant)):
            self._blocks[meant.name] = meant
            yield f"{meant.name}({constants})"

    def _is_given(self, awaited: ast.expr, function: Definition) -> bool:
        """Whether what is awaited is a call of something that the function was handed."""
        if not (isinstance(awaited, ast.Call) and isinstance(awaited.func, ast.Name)):
            return False
        return self._index.meant_by(awaited, function) is None


def _indented(title: str, lines: Lines) -> Lines:
    found = list(lines)
    if found:
        yield title
        yield from (f"  {line}" for line in found)


def _has_command(lines: list[str]) -> bool:
    """Whether there is more than branching in these lines."""
    idle = {*BRANCHES.values(), "if", "else", "for each", "while", "try", "finally", EITHER}
    return any(line.strip() not in idle and not line.strip().startswith("except ") for line in lines)


def _command(call: ast.Call, name: str) -> str | None:
    """The command that a call of the SDK gives, if it is one."""
    room, _, function = name.rpartition(".")
    if name in ORDERING:
        return ORDERING[name]
    if name == "workflow.wait_condition":
        timed = len(call.args) > 1 or any(keyword.arg == "timeout" for keyword in call.keywords)
        return "wait, with timer" if timed else "wait"
    if room == "workflow" and function in COMMANDS:
        return f"{COMMANDS[function]} {_what(call)}".rstrip()
    if function == "signal":
        return f"signal {_what(call)}"
    if function == "cancel" and "external_workflow" in ast.dump(call.func):
        return "cancel another run"
    return None


def _what(call: ast.Call) -> str:
    """What is run, signalled or patched: the last name of the first argument, or its text."""
    if not call.args:
        return ""
    first = call.args[0]
    if isinstance(first, ast.Constant):
        return repr(first.value)
    name = dotted_name(first)
    owner, _, last = name.rpartition(".")
    return owner.rpartition(".")[2] if last == "run" else last


def _constants(call: ast.Call) -> Iterator[str]:
    """The members of enums that a call is given: which step, which state, which message."""
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        if isinstance(argument, ast.Attribute) and argument.attr.isupper():
            yield argument.attr
