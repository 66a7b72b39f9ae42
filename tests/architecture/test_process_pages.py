"""The pages of `docs/processes/` say what the declarations say."""

import pytest

from contracts.processes import PROCESSES
from contracts.states import ProcessDeclaration
from rules.process_pages import WRITE_COMMAND, PageFault, page_faults, page_name, pages
from tests.architecture.source_tree import ROOT

FOLDER = ROOT / "docs" / "processes"

WHAT_TO_DO = f"""These pages of docs/processes/ are not what contracts/ declares:

{{told}}

Readers take them for what a run does, so they are written from the declarations, never by hand:
  - A drifted page differs from its declaration. Change the declaration (its StateDeclarations, title or
    purpose), or rules/process_pages.py for how all of them look; not the page.
  - A missing page is that of a process that contracts/processes.py lists.
  - A stale one is that of a process that is not listed any more.

Then write them: {WRITE_COMMAND}
"""


def found() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}


def test_pages_are_as_declared() -> None:
    faults = page_faults(found(), pages(PROCESSES))
    assert not faults, WHAT_TO_DO.format(told="\n".join(f"  {name}: {why}" for name, why in faults.items()))


@pytest.mark.parametrize("changed", PROCESSES, ids=lambda declared: declared.process)
def test_a_state_that_is_declared_otherwise_is_noticed(changed: ProcessDeclaration) -> None:
    first, *others = changed.states
    states = (first.model_copy(update={"meaning": "It means something else."}), *others)
    declared = [changed.model_copy(update={"states": states}) if one is changed else one for one in PROCESSES]
    assert page_faults(found(), pages(declared)) == {page_name(changed): PageFault.DRIFTED}


def test_a_page_too_few_and_one_too_many_are_noticed() -> None:
    gone, *kept = PROCESSES
    name, fewer = page_name(gone), {name: text for name, text in found().items() if name != page_name(gone)}
    assert page_faults(fewer, pages(PROCESSES)) == {name: PageFault.MISSING}
    assert page_faults(found(), pages(kept))[name] is PageFault.STALE
