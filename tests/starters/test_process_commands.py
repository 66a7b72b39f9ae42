"""What the commands about processes say and write."""

from pathlib import Path

import pytest

from contracts.names import Process
from contracts.processes import PROCESS_BY_NAME, PROCESSES
from contracts.states import ProcessDeclaration
from rules.process_pages import INDEX, MARK, diagram, pages
from starters.exit_codes import ExitCode
from starters.write_process_pages import folder_of_checkout
from tests.architecture.source_tree import ROOT
from tests.starters.conftest import Run


def test_list_names_every_process_and_what_it_is_for(run_cli: Run) -> None:
    outcome = run_cli("process", "list")
    assert outcome.code is ExitCode.OK
    for line, declared in zip(outcome.out.splitlines()[1:], PROCESSES, strict=True):
        assert line.startswith(declared.process)
        assert line.endswith(declared.purpose)


def test_list_is_the_declarations_for_a_script(run_cli: Run) -> None:
    document = run_cli("process", "list", "--json").document
    assert [ProcessDeclaration.model_validate(one) for one in document["processes"]] == list(PROCESSES)


@pytest.mark.parametrize("name", Process)
def test_show_tells_every_state(run_cli: Run, name: Process) -> None:
    outcome = run_cli("process", "show", name)
    assert outcome.code is ExitCode.OK
    head, *blocks = outcome.out.strip().split("\n\n")
    assert PROCESS_BY_NAME[name].title in head
    for block, state in zip(blocks, PROCESS_BY_NAME[name].states, strict=True):
        assert block.startswith(f"{state.name}: {state.meaning}\n  lane {state.lane}, ")
        assert state.next == () or block.endswith(f"\n  next {', '.join(state.next)}")


def test_show_says_who_moves_next_and_how_long_it_may_take(run_cli: Run) -> None:
    said = run_cli("process", "show", "Approval").out
    assert "  lane waiting, owner approver, budget 7 days\n  next escalated, closing\n" in said
    assert "approved: Approved.\n  lane completed, the run has ended\n" in said


def test_show_is_the_declaration_for_a_script(run_cli: Run) -> None:
    document = run_cli("process", "show", "lead-intake", "--json").document
    assert ProcessDeclaration.model_validate(document) == PROCESS_BY_NAME[Process.LEAD_INTAKE]


def test_show_prints_nothing_but_the_diagram_when_asked(run_cli: Run) -> None:
    drawn = diagram(PROCESS_BY_NAME[Process.APPROVAL])
    assert run_cli("process", "show", "approval", "--diagram").out == f"{drawn}\n"
    document = run_cli("process", "show", "approval", "--diagram", "--json").document
    assert document == {"process": "approval", "diagram": drawn}


def test_pages_are_written_and_stale_ones_removed(run_cli: Run, tmp_path: Path) -> None:
    folder = tmp_path / "docs" / "processes"
    expected = pages(PROCESSES)
    assert run_cli("process", "write-docs", folder).code is ExitCode.OK
    assert {path.name: path.read_text() for path in folder.iterdir()} == expected

    (folder / "approval.md").write_text("edited")
    (folder / "gone.md").write_text(f"{MARK}\nof a process that is gone")
    (folder / "by-hand.md").write_text("# A person's page")
    document = run_cli("process", "write-docs", folder, "--json").document
    assert document == {"directory": str(folder), "written": ["approval.md"], "removed": ["gone.md"]}
    assert {path.name for path in folder.iterdir()} == {*expected, "by-hand.md"}
    assert (folder / "approval.md").read_text() == expected["approval.md"]


def test_pages_that_are_as_declared_are_left_alone(run_cli: Run, tmp_path: Path) -> None:
    run_cli("process", "write-docs", tmp_path)
    before = (tmp_path / INDEX).stat().st_mtime_ns
    assert (
        run_cli("process", "write-docs", tmp_path).out
        == f"{len(pages(PROCESSES))} pages in {tmp_path} are as declared\n"
    )
    assert (tmp_path / INDEX).stat().st_mtime_ns == before


def test_pages_of_the_checkout_are_meant_unless_a_folder_is_named() -> None:
    assert folder_of_checkout() == ROOT / "docs" / "processes"


def test_an_installation_without_docs_asks_for_a_folder(
    run_cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.setting_types.ROOT", tmp_path)
    outcome = run_cli("process", "write-docs")
    assert outcome.code is ExitCode.MISCONFIGURED
    assert outcome.err == f"throughline: this is no checkout, {tmp_path}: name the folder to write to\n"


def test_a_folder_that_cannot_be_made_is_one_line(run_cli: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = run_cli("process", "write-docs", tmp_path / "file" / "pages")
    assert outcome.code is ExitCode.FAILED
    assert outcome.err.count("\n") == 1
