"""Edited copies of `workflows/`, under a package name of their own, with the same names on the wire."""

import importlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from contracts.names import Patch
from tests.architecture.source_tree import ROOT, python_files
from workers.registry import WORKFLOWS

Edit = Callable[[Path, str], str]
"""Takes the path of a module, as from the root, and its text; returns the text that the copy gets."""


def copied_workflows(package: str, folder: Path, edit: Edit) -> Sequence[type]:
    """The workflows of a copy, in a package below a folder that is on `sys.path`."""
    (folder / package).mkdir()
    for path in python_files("workflows"):
        text = edit(path, (ROOT / path).read_text(encoding="utf-8"))
        # The copy must import itself, not the original.
        text = re.sub(r"^(\s*(?:from|import) )workflows\b", rf"\g<1>{package}", text, flags=re.MULTILINE)
        (folder / package / path.name).write_text(text, encoding="utf-8")
    importlib.invalidate_caches()
    return [_copy_of(cls, package) for cls in WORKFLOWS]


def workflows_before(patch: Patch, folder: Path) -> Sequence[type]:
    """A copy that knows nothing of a patch: it goes the old way, as runs from before do."""

    def edit(path: Path, text: str) -> str:
        return re.sub(r"workflow\.patched\(([\w.]+)\)", rf'(\1 != "{patch}" and workflow.patched(\1))', text)

    return copied_workflows("before_" + patch.replace("-", "_"), folder, edit)


def _copy_of(cls: type, package: str) -> type:
    module = importlib.import_module(cls.__module__.replace("workflows", package, 1))
    copied: type = vars(module)[cls.__name__]
    assert copied is not cls
    return copied
