"""Copies of the workflows with one edit each: what replay must notice, and what it must let pass."""

import importlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.source_tree import ROOT, python_files
from workers.registry import WORKFLOWS

INTAKE, APPROVAL, FOLLOW_THROUGH = "lead_intake/", "approval/", "lead_follow_through/"

SALES = f"{INTAKE}sales"
INCOMPLETE = f"{INTAKE}incomplete_overdue"
EXPIRED = f"{APPROVAL}expired"
REMINDED = f"{FOLLOW_THROUGH}reminded_then_acknowledged"
REVIEWED = f"{INTAKE}review_approved"


@dataclass(frozen=True)
class Mutant:
    """One edit of one module."""

    name: str
    module: str
    old: str
    """Text that stands there once."""
    new: str
    histories: tuple[str, ...]
    """Those that must notice it; of a harmless edit, those that go by where it was made."""


BREAKING = (
    Mutant(
        "an-activity-is-another-one",
        "lead_effects",
        "CrmActivities.create_task,",
        "CrmActivities.create_note,",
        (SALES, REVIEWED),
    ),
    Mutant(
        "a-step-is-gone",
        "lead_effects",
        "            self._messages.save_draft(),\n",
        "",
        (SALES,),
    ),
    Mutant(
        "a-step-is-added",
        "lead_intake",
        "            await self._record(outcome)\n            await self._effects",
        "            await self._record(outcome)\n            await self._record(outcome)\n"
        "            await self._effects",
        (SALES, f"{INTAKE}spam", f"{INTAKE}review_rejected"),
    ),
    Mutant(
        "two-decisions-are-swapped",
        "lead_effects",
        "        await self._allocate_owner()\n        await self._plan_follow_through()\n",
        "        await self._plan_follow_through()\n        await self._allocate_owner()\n",
        (SALES,),
    ),
    Mutant(
        "two-parallel-steps-are-swapped",
        "lead_effects",
        "            self._create_task(),\n            self._notes.note_reasons(self._made_records),\n",
        "            self._notes.note_reasons(self._made_records),\n            self._create_task(),\n",
        (SALES,),
    ),
    Mutant(
        "parallel-steps-begin-in-another-order",
        "parallel",
        "asyncio.ensure_future(step) for step in steps",
        "asyncio.ensure_future(step) for step in reversed(steps)",
        (SALES, REVIEWED),
    ),
    Mutant(
        "a-timer-is-gone",
        "waiting",
        "condition, timeout=remaining, timeout_summary=what",
        "condition",
        (INCOMPLETE, EXPIRED, REMINDED),
    ),
    Mutant(
        "a-timer-is-added",
        "lead_intake",
        "        await self._assess()\n",
        "        await workflow.sleep(1)\n        await self._assess()\n",
        (SALES, f"{INTAKE}spam"),
    ),
    Mutant(
        "search-attributes-are-no-longer-set",
        "progress",
        "workflow.upsert_search_attributes(",
        "list(",
        (SALES, EXPIRED, REMINDED),
    ),
)

HARMLESS = (
    Mutant(
        "a-summary-is-reworded",
        "lead_matching",
        '"New, known, a repeat, or for a person"',
        '"Other words"',
        (SALES, REVIEWED),
    ),
    Mutant(
        "timeouts-and-retries-are-others",
        "options",
        "RetryPolicy(\n    initial_interval=timedelta(seconds=1), backoff_coefficient=2.0",
        "RetryPolicy(\n    initial_interval=timedelta(seconds=9), backoff_coefficient=3.0",
        (SALES, REVIEWED, EXPIRED),
    ),
    Mutant(
        "a-timer-is-longer",
        "waiting",
        "timeout=remaining,",
        "timeout=remaining * 2,",
        (INCOMPLETE, EXPIRED, REMINDED),
    ),
    Mutant(
        "a-step-is-added-behind-a-patch",
        "lead_intake",
        "        await self._assess()\n",
        '        if workflow.patched("2030-01-wait-first"):\n            await workflow.sleep(1)\n'
        "        await self._assess()\n",
        (SALES, f"{INTAKE}spam", REVIEWED),
    ),
)


def mutated_workflows(mutant: Mutant, folder: Path) -> Sequence[type]:
    """The workflows of an edited copy, in a package of its own below a folder that is on `sys.path`.

    Raises:
        AssertionError: the text to be edited does not stand there once.
    """
    package = "mutant_" + mutant.name.replace("-", "_")
    (folder / package).mkdir()
    for path in python_files("workflows"):
        text = (ROOT / path).read_text(encoding="utf-8")
        if path.stem == mutant.module:
            places = text.count(mutant.old)
            assert places == 1, f"{path} holds the text of mutant {mutant.name} {places} times: fit it anew"
            text = text.replace(mutant.old, mutant.new)
        # The copy must import itself, not the original.
        text = re.sub(r"^(\s*(?:from|import) )workflows\b", rf"\g<1>{package}", text, flags=re.MULTILINE)
        (folder / package / path.name).write_text(text, encoding="utf-8")
    importlib.invalidate_caches()
    return [_copy_of(cls, package) for cls in WORKFLOWS]


def _copy_of(cls: type, package: str) -> type:
    module = importlib.import_module(cls.__module__.replace("workflows", package, 1))
    copied: type = vars(module)[cls.__name__]
    assert copied is not cls
    return copied
