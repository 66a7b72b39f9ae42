"""What the source of a room defines, and which definition a call means, without running any of it.

It knows as much of Python as `workflows/` uses: functions, methods, names imported from the same room,
attributes and tables of functions that a class fills in its `__init__`, and loops over classes. A call that
it cannot place is not ours.
"""

import ast
import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class Definition(NamedTuple):
    """A function or method, and where it stands."""

    module: str
    owner: str | None
    """The class of a method."""
    node: FunctionNode

    @property
    def name(self) -> str:
        """`Steps.required` for a method, `tell` for a function."""
        return f"{self.owner}.{self.node.name}" if self.owner else self.node.name


@dataclass
class _Class:
    module: str
    node: ast.ClassDef
    methods: dict[str, Definition] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    """Class names of what `__init__` keeps, by attribute."""
    tables: dict[str, list[ast.expr]] = field(default_factory=dict)
    """The values of dictionaries that `__init__` keeps, by attribute."""


def _imports_of(tree: ast.Module) -> Iterator[ast.ImportFrom]:
    """Imports at the top of a module, also in the block that passes modules through the sandbox."""
    for statement in tree.body:
        for node in statement.body if isinstance(statement, ast.With) else [statement]:
            if isinstance(node, ast.ImportFrom):
                yield node


def _kept(found: _Class) -> Iterator[tuple[str, ast.expr]]:
    """What the `__init__` of a class keeps, by attribute."""
    init = found.methods.get("__init__")
    for node in ast.walk(init.node) if init else ():
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Attribute) and isinstance(value, ast.expr):
            yield target.attr, value


class _Renamed(ast.NodeTransformer):
    """Puts one name in the place of another."""

    def __init__(self, old: str, new: str) -> None:
        self._old = old
        self._new = new

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self._new, node.ctx) if node.id == self._old else node


class SourceIndex:
    """All definitions of one room.

    Args:
        trees: syntax by module name, without the room's own: `{"steps": ...}`.
        room: the package that these modules import each other from.
    """

    def __init__(self, trees: Mapping[str, ast.Module], room: str = "workflows") -> None:
        self._room = room
        self.trees = dict(sorted(trees.items()))
        self._classes: dict[str, _Class] = {}
        self._functions: dict[str, dict[str, Definition]] = {name: {} for name in self.trees}
        self._imports: dict[str, dict[str, tuple[str, str]]] = {name: {} for name in self.trees}
        self._locals: dict[Definition, dict[str, ast.AST | None]] = {}
        for module, tree in self.trees.items():
            self._read(module, tree)
        for found in self._classes.values():
            found.attributes = dict(self._kept_by(found))
            found.tables = {name: value.values for name, value in _kept(found) if isinstance(value, ast.Dict)}

    def classes(self) -> Iterator[tuple[str, ast.ClassDef]]:
        """Every class with its module."""
        return ((found.module, found.node) for found in self._classes.values())

    def methods_of(self, owner: str) -> dict[str, Definition]:
        """The methods of a class, by name."""
        return self._classes[owner].methods

    def meant_by(self, call: ast.Call, caller: Definition) -> Definition | None:
        """The definition that a call runs, if it is one of this room."""
        return self.named_by(call.func, caller)

    def named_by(self, value: ast.AST, caller: Definition) -> Definition | None:
        """The definition of this room that a name or an attribute stands for, called or handed on."""
        if isinstance(value, ast.Name):
            return self._function(caller.module, value.id)
        if isinstance(value, ast.Attribute):
            owner = self.class_of(value.value, caller)
            return self._classes[owner].methods.get(value.attr) if owner else None
        return None

    def any_of(self, call: ast.Call, caller: Definition) -> Iterator[Definition]:
        """The definitions of which a call runs one: those in a table that the caller's class keeps."""
        if isinstance(call.func, ast.Subscript) and isinstance(call.func.value, ast.Attribute):
            owner = self.class_of(call.func.value.value, caller)
            if owner is None:
                return
            keeper = self._classes[owner]
            for value in keeper.tables.get(call.func.value.attr, ()):
                if found := self.named_by(value, keeper.methods["__init__"]):
                    yield found

    def turns_of(self, loop: ast.For | ast.AsyncFor) -> Iterator[list[ast.stmt]]:
        """The body of a loop over classes of this room, once for each; nothing where it is another loop."""
        if isinstance(loop.target, ast.Name) and isinstance(loop.iter, ast.Tuple):
            names = [one.id for one in loop.iter.elts if isinstance(one, ast.Name)]
            for name in names if set(names) <= set(self._classes) else ():
                yield [_Renamed(loop.target.id, name).visit(copy.deepcopy(one)) for one in loop.body]

    def class_of(self, value: ast.expr, caller: Definition) -> str | None:
        """The class that an expression is an instance of, where that can be told."""
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            return value.func.id if value.func.id in self._classes else None
        if isinstance(value, ast.Name):
            if value.id in ("self", "cls"):
                return caller.owner
            return self._annotated(caller.node, value.id) or self._assigned(value.id, caller)
        if isinstance(value, ast.Attribute):
            owner = self.class_of(value.value, caller)
            return self._classes[owner].attributes.get(value.attr) if owner else None
        return None

    def _read(self, module: str, tree: ast.Module) -> None:
        for node in _imports_of(tree):
            if node.module and node.module.startswith(f"{self._room}."):
                for alias in node.names:
                    source = node.module.removeprefix(f"{self._room}.")
                    self._imports[module][alias.asname or alias.name] = (source, alias.name)
        for statement in tree.body:
            if isinstance(statement, FunctionNode):
                self._functions[module][statement.name] = Definition(module, None, statement)
            elif isinstance(statement, ast.ClassDef):
                assert statement.name not in self._classes, f"two classes of one name: {statement.name}"
                found = self._classes[statement.name] = _Class(module, statement)
                found.methods = {
                    inner.name: Definition(module, statement.name, inner)
                    for inner in statement.body
                    if isinstance(inner, FunctionNode)
                }

    def _kept_by(self, found: _Class) -> Iterator[tuple[str, str]]:
        for name, value in _kept(found):
            if made := self.class_of(value, found.methods["__init__"]):
                yield name, made

    def _function(self, module: str, name: str) -> Definition | None:
        source, original = self._imports[module].get(name, (module, name))
        return self._functions.get(source, {}).get(original)

    def _annotated(self, function: FunctionNode, name: str) -> str | None:
        for argument in (*function.args.args, *function.args.kwonlyargs):
            if argument.arg == name and isinstance(argument.annotation, ast.Name):
                return argument.annotation.id if argument.annotation.id in self._classes else None
        return None

    def _assigned(self, name: str, caller: Definition) -> str | None:
        """What a local is made of, by a plain call of a class; anything else is not followed."""
        if caller not in self._locals:
            # What it is made of first counts.
            self._locals[caller] = dict(reversed(list(_locals_of(caller.node))))
        value = self._locals[caller].get(name)
        return self.class_of(value, caller) if isinstance(value, ast.Call) else None


def _locals_of(function: FunctionNode) -> Iterator[tuple[str, ast.AST | None]]:
    """What the locals of a function are given, by name."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            targets, value = list[ast.AST | None](node.targets), node.value
        elif isinstance(node, ast.withitem):
            targets, value = [node.optional_vars], node.context_expr
        else:
            continue
        yield from ((target.id, value) for target in targets if isinstance(target, ast.Name))
