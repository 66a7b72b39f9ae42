"""Names and shapes that outlive a release are those that were released."""

from pathlib import Path
from typing import Any

import pytest

from contracts.base import Contract
from tests.golden import record
from tests.golden.pages import (
    MISSING,
    WIRE_NAMES,
    Difference,
    differences,
    recorded,
    told,
    written,
)
from tests.golden.wire import STORED, shape, wire_names

WHAT_IT_MEANS = """The wire is no longer what {file} says:

{told}

Is something gone or changed? Histories of open runs hold these names and payloads, and callers of the last
release use them. A worker that does not know a workflow, activity or handler leaves its runs waiting; one
that cannot read a payload fails them. An id or a key that is made differently makes an effect twice.
  - Keep the old name and add the new one beside it; take the old one out when no run can hold it any more.
  - A field is never renamed, retyped or made narrower: add another with a default, and deprecate.
  - Before the first release, or where no run can be open: say so in the commit.

Is something only added? A worker one release behind does not know it yet: workers are rolled out before
whoever sends it. A field needs a default, since older payloads lack it.

Then record it: .venv/bin/python -m tests.golden.record [--breaking]
"""


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """The names as the code has them."""
    return wire_names()


def test_wire_is_as_recorded(names: dict[str, Any]) -> None:
    found = list(differences(recorded(WIRE_NAMES), names))
    assert not found, WHAT_IT_MEANS.format(file=WIRE_NAMES.name, told=told(found))


def test_golden_file_is_written_as_the_recorder_writes_it(names: dict[str, Any]) -> None:
    """A file edited by hand would hide the next recording's changes in a rewrite of the whole."""
    assert WIRE_NAMES.read_text(encoding="utf-8") == written(recorded(WIRE_NAMES))


def test_every_section_holds_names(names: dict[str, Any]) -> None:
    """A section that comes out empty would agree with anything."""
    for section, held in names.items():
        assert len(held) > 1, f"{section} is empty"
    for workflow, handlers in names["workflows"].items():
        assert "get_status" in handlers["queries"], f"{workflow} cannot be asked how it stands"


def test_messages_of_every_kind_are_described(names: dict[str, Any]) -> None:
    """One message known to come in by each door: start, update, signal, activity, result, store."""
    by_signal, by_activity, nested = "DuplicateArrived", "CreateTaskInput", "StateVisit"
    by_store = {model.__name__ for model in STORED}
    expected = {"LeadSubmission", "Decision", "ApprovalResult", by_signal, by_activity, nested, *by_store}
    assert expected <= set(names["contracts"])


def test_loss_of_a_name_is_told(names: dict[str, Any]) -> None:
    poorer = {**names, "activities": {k: v for k, v in names["activities"].items() if k != "create_task"}}
    [found] = differences(names, poorer)
    assert found == Difference("activities > create_task", '"(CreateTaskInput) -> CrmTask"', MISSING)
    assert "create_task" in told([found])


def test_change_of_a_field_is_told(names: dict[str, Any]) -> None:
    described: dict[str, Any] = names["contracts"]["CreateTaskInput"]
    retyped = {**described, "owner_id": {"type": "integer", "required": True}}
    changed = {**names, "contracts": {**names["contracts"], "CreateTaskInput": retyped}}
    [found] = differences(names, changed)
    assert found.place.startswith("contracts > CreateTaskInput > owner_id")
    assert not found.is_addition


def test_one_more_value_of_a_list_is_an_addition() -> None:
    [found] = differences({"enum": ["a", "b"]}, {"enum": ["a", "b", "c"]})
    assert found.is_addition
    assert [one.is_addition for one in differences({"enum": ["a"]}, {"enum": ["b"]})] == [False, True]


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A golden file that holds one activity, one message and one state; the code's page is the test's."""
    file = tmp_path / WIRE_NAMES.name
    file.write_text(written(OLD_PAGE), encoding="utf-8")
    monkeypatch.setattr(record, "WIRE_NAMES", file)
    return file


OLD_PAGE: dict[str, Any] = {"activities": {"work": "() -> None"}, "contracts": {"Message": {"key": {}}}}


def recording(monkeypatch: pytest.MonkeyPatch, file: Path, page: dict[str, Any], *, breaking: bool) -> bool:
    """Runs the recorder over a page of the test's own."""
    monkeypatch.setattr(record, "PAGES", {file: lambda: page})
    return record.record(breaking=breaking, say=lambda text: None)


@pytest.mark.parametrize(
    ("now", "is_written"),
    [
        ({**OLD_PAGE, "activities": {"work": "() -> None", "rest": "() -> None"}}, True),
        ({**OLD_PAGE, "contracts": {"Message": {"key": {}}, "Other": {"id": {"required": True}}}}, True),
        ({**OLD_PAGE, "contracts": {"Message": {"key": {}, "at": {"default": None}}}}, True),
        ({**OLD_PAGE, "contracts": {"Message": {"key": {}, "at": {"required": True}}}}, False),
        ({**OLD_PAGE, "contracts": {"Message": {"key": {"maxLength": 5}}}}, False),
        ({**OLD_PAGE, "activities": {}}, False),
    ],
    ids=["new-name", "new-message", "new-field", "new-field-without-default", "narrower-field", "lost-name"],
)
def test_recorder_writes_what_breaks_only_when_told(
    page: Path, monkeypatch: pytest.MonkeyPatch, now: dict[str, Any], is_written: bool
) -> None:
    assert recording(monkeypatch, page, now, breaking=False) is is_written
    assert (recorded(page) == now) is is_written
    assert recording(monkeypatch, page, now, breaking=True)
    assert recorded(page) == now


def test_rewording_of_a_message_leaves_no_mark() -> None:
    class Told(Contract):
        """Some words."""

        title: str = ""

    schema = Told.model_json_schema()
    reworded = {**schema, "description": "Other words.", "title": "Other"}
    assert shape(schema) == shape(reworded) == {"title": {"default": "", "type": "string"}}
