"""Prompts: a file each, `NAME.vN.md`. One that is out is never edited: its name stands in decision records.

A file has two parts, parted by a line of `=====`: what the model is told, then how the text is handed over.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

FOLDER = Path(__file__).parent
_PARTS = "\n=====\n"


@dataclass(frozen=True)
class Prompt:
    """One version of a prompt."""

    id: str
    """Name and version, such as `classify.v1`."""
    instructions: Template
    text: Template

    def filled(self, **values: str) -> tuple[str, str]:
        """The instructions and the text, with every blank filled; what fills one is not read for others."""
        return self.instructions.substitute(values), self.text.substitute(values)


@cache
def prompt(identifier: str) -> Prompt:
    """The prompt of that name and version."""
    page = (FOLDER / f"{identifier}.md").read_text(encoding="utf-8")
    instructions, text = page.split(_PARTS)
    return Prompt(identifier, Template(instructions.strip()), Template(text.strip()))
