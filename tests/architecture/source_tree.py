"""Where the source stands, and how the architecture tests read it."""

import ast
import importlib
import pkgutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("contracts", "rules", "connectors", "activities", "workflows", "runtime", "workers", "starters")


def python_files(*folders: str) -> list[Path]:
    """Every Python file of these folders, relative to the checkout."""
    return sorted(path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))


def syntax_tree(path: Path) -> ast.Module:
    """The syntax tree of a file given relative to the checkout."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))


def dotted_name(node: ast.expr) -> str:
    """`a.b.c` for a chain of names, an empty string for any other expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted_name(node.value)}.{node.attr}".lstrip(".")
    return ""


def last_name(node: ast.expr) -> str:
    """The last part of a chain of names: `c` for `a.b.c`."""
    return dotted_name(node).rpartition(".")[2]


def modules_of(room: str) -> Iterator[ModuleType]:
    """Import and yield a room and every module in it."""
    package = importlib.import_module(room)
    yield package
    for found in pkgutil.walk_packages(package.__path__, prefix=f"{room}."):
        yield importlib.import_module(found.name)


def classes_of(room: str) -> list[type]:
    """Every class that a module of this room defines itself."""
    return [
        thing
        for module in modules_of(room)
        for thing in vars(module).values()
        if isinstance(thing, type) and thing.__module__ == module.__name__
    ]


def committed_files() -> list[Path]:
    """Every file that is in git or would be added to it, relative to the checkout.

    Git refuses a checkout of another user unless told that it is safe; reading a list of names is.
    """
    command = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
    ]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted({Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()})
