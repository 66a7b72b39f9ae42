"""A new connector is one file, one settings model, one line of wiring, and the conformance suite."""

import re

import pytest

from tests.architecture.source_tree import ROOT, committed_files

NAME = "pipedrive"
PAGE = (ROOT / "docs" / "adding-a-connector.md").read_text(encoding="utf-8")
TAKEN_UP_BY = {
    "connectors/pipedrive.py",
    "connectors/connections/crm.py",
    "connectors/settings.py",
    "workers/wiring.py",
}
"""Code of the product that knows the connector by name; what a test needs of others is not the product's."""


def product_files() -> dict[str, str]:
    rooms = ("connectors", "contracts", "rules", "activities", "workflows", "workers", "starters", "runtime")
    texts = {
        str(path): (ROOT / path).read_text(encoding="utf-8")
        for path in committed_files()
        if path.suffix == ".py" and path.parts[0] in rooms
    }
    return {name: text for name, text in texts.items() if "counterparts" not in name}


def test_nothing_else_in_the_product_knows_the_connector() -> None:
    naming = {name for name, text in product_files().items() if NAME in text.lower()}
    assert naming == TAKEN_UP_BY


def test_wiring_is_its_import_and_one_line() -> None:
    lines = [line for line in product_files()["workers/wiring.py"].splitlines() if NAME in line]
    assert [line for line in lines if "import" not in line] == [
        line for line in lines if line.startswith(f'    "{NAME}": ')
    ]
    assert len(lines) == 2


@pytest.mark.parametrize("file", sorted(TAKEN_UP_BY))
def test_page_leads_to_every_place(file: str) -> None:
    assert f"(../{file})" in PAGE


def test_page_names_every_test_and_no_command_without_tests() -> None:
    folders = {word for line in re.findall(r"\./throughline test (\w+)", PAGE) for word in line.split()}
    assert {"connectors", "counterparts"} <= folders
    assert all((ROOT / "tests" / folder).is_dir() for folder in folders)
