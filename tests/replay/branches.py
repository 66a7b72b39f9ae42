"""Which ways through `workflows/` a replay takes: marks every branch of a copy, and notes what is passed.

A branch is a function that runs, a condition or a part of one that holds or does not, a loop that begins or
runs out, an exception that is handled. coverage.py sees lines, not the conditions inside of one, and some of
its versions hang the sandbox (temporalio/sdk-python#1326).
"""

import ast
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from tests.replay.copies import copied_workflows

_Value = TypeVar("_Value")

Way = Literal["runs", "holds", "fails", "begins", "runs out", "is caught"]
Point = int

PASSED: set[tuple[Point, Way]] = set()
"""What was passed since it was last emptied. Copies in the sandbox share it with the tests."""

HOOKS = """
with __import__("temporalio.workflow", fromlist=["unsafe"]).unsafe.imports_passed_through():
    from tests.replay.branches import passed as _passed, tested as _tested
"""


def passed(point: Point, way: Way) -> None:
    """A marked place was passed."""
    PASSED.add((point, way))


def tested(point: Point, value: _Value) -> _Value:
    """A marked condition was tested; returns its value."""
    PASSED.add((point, "holds" if value else "fails"))
    return value


@dataclass(frozen=True)
class Branch:
    """One way to go on at one place."""

    where: str
    """Module and function: `steps.Steps.required`."""
    what: str
    """The source text; of the n-th equal one in its function, followed by `#n`."""
    way: Way
    path: Path
    line: int
    in_validator: bool
    """In the validator of an update, which judges before there is a history of it: replay runs none."""

    @property
    def name(self) -> str:
        """Stays the same while lines move."""
        return f"{self.where}: {self.what}: {self.way}" if self.what else f"{self.where}: {self.way}"

    def __str__(self) -> str:
        """Where it stands, for a person."""
        return f"{self.path}:{self.line}  {self.name}"


Branches = dict[tuple[Point, Way], Branch]
"""Every branch, by the point at which it is marked."""


def marked_workflows(package: str, folder: Path) -> tuple[Sequence[type], Branches]:
    """A copy of the workflows that notes in `PASSED` what it passes, and its branches."""
    known: Branches = {}

    return copied_workflows(package, folder, lambda path, text: marked_source(path, text, known)), known


def marked_source(path: Path, text: str, known: Branches) -> str:
    """The text of a module with its branches marked; adds them to those that are known."""
    return ast.unparse(ast.fix_missing_locations(_Marker(path, text, known).marked()))


class _Marker(ast.NodeTransformer):
    """Marks the branches of one module."""

    def __init__(self, path: Path, text: str, known: Branches) -> None:
        self._path = path
        self._text = text
        self._known = known
        self._scope = [path.stem]
        self._in_function = 0
        self._in_validator = False
        self._seen: Counter[tuple[str, str]] = Counter()

    def marked(self) -> ast.Module:
        tree = ast.parse(self._text)
        self.generic_visit(tree)
        begin = 1 if ast.get_docstring(tree) else 0
        tree.body[begin:begin] = ast.parse(HOOKS).body
        return tree

    # ------------------------------------------------------------ places

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self._scope.append(node.name)
        self.generic_visit(node)
        self._scope.pop()
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        self._scope.append(node.name)
        self._in_function += 1
        self._in_validator = any(_is_validator(decorator) for decorator in node.decorator_list)
        mark = self._mark(node, "", "runs")
        self.generic_visit(node)
        begin = 1 if ast.get_docstring(node) else 0
        node.body[begin:begin] = [mark]
        self._in_function -= 1
        self._in_validator = False
        self._scope.pop()
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        point = self._point(node, self._source(node), ("runs",))
        self._in_function += 1
        self.generic_visit(node)
        self._in_function -= 1
        both = ast.Tuple([_call("_passed", point, "runs"), node.body], ast.Load())
        node.body = ast.Subscript(both, ast.Constant(1), ast.Load())
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        what = f"for {self._source(node.target)} in {self._source(node.iter)}"
        begins, ends = self._mark(node, what, "begins"), self._mark(node, what, "runs out")
        self.generic_visit(node)
        node.body.insert(0, begins)
        node.orelse.insert(0, ends)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        mark = self._mark(node, f"except {self._source(node.type) if node.type else ''}", "is caught")
        self.generic_visit(node)
        node.body.insert(0, mark)
        return node

    # ------------------------------------------------------------ conditions

    def visit_If(self, node: ast.If) -> ast.AST:
        return self._conditional(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        return self._conditional(node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        return self._conditional(node)

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        return self._conditional(node)

    def _conditional(self, node: ast.If | ast.While | ast.IfExp | ast.Assert) -> ast.AST:
        if not self._in_function:
            # At import: `if TYPE_CHECKING`.
            return node
        test = node.test
        node.test = ast.Constant(value=True)
        self.generic_visit(node)
        node.test = self._condition(test)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        tests, node.ifs = node.ifs, []
        self.generic_visit(node)
        node.ifs = [self._condition(test) for test in tests]
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """Outside of a condition, the last value is what the expression yields, not a branch."""
        *tests, last = node.values
        node.values = [*(self._condition(test) for test in tests), self.visit(last)]
        return node

    def _condition(self, test: ast.expr) -> ast.expr:
        if isinstance(test, ast.BoolOp):
            test.values = [self._condition(value) for value in test.values]
            return test
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test.operand = self._condition(test.operand)
            return test
        if isinstance(test, ast.Constant):
            return test
        point = self._point(test, self._source(test), ("holds", "fails"))
        return _call("_tested", point, self.visit(test))

    # ------------------------------------------------------------ marks

    def _mark(self, node: ast.stmt | ast.ExceptHandler, what: str, way: Way) -> ast.stmt:
        return ast.Expr(_call("_passed", self._point(node, what, (way,)), way))

    def _point(
        self, node: ast.stmt | ast.expr | ast.ExceptHandler, what: str, ways: tuple[Way, ...]
    ) -> Point:
        point = len(self._known)
        where = ".".join(self._scope)
        kind = (where, what + "".join(ways))
        self._seen[kind] += 1
        number = self._seen[kind]
        told = f"{what} #{number}" if number > 1 else what
        for way in ways:
            self._known[point, way] = Branch(where, told, way, self._path, node.lineno, self._in_validator)
        return point

    def _source(self, node: ast.expr) -> str:
        return " ".join((ast.get_source_segment(self._text, node) or "").split())


def _is_validator(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Attribute) and decorator.attr == "validator"


def _call(name: str, point: Point, second: ast.expr | str) -> ast.expr:
    argument = ast.Constant(second) if isinstance(second, str) else second
    return ast.Call(ast.Name(name, ast.Load()), [ast.Constant(point), argument], [])
