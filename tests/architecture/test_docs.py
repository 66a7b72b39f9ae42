"""What the documentation quotes is what the source says."""

import re
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT, committed_files

QUOTE = re.compile(r"```python\n# (?P<file>\S+)\n(?P<text>.*?)```", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)(?P<target>[^)#\s]+)\)")

PAGES = sorted(path for path in committed_files() if path.suffix == ".md")


def quotes() -> list[tuple[Path, str, str]]:
    """Every snippet that names its file: page, file, text."""
    return [
        (page, quote["file"], quote["text"])
        for page in PAGES
        for quote in QUOTE.finditer((ROOT / page).read_text(encoding="utf-8"))
    ]


def test_there_are_quotes() -> None:
    assert len(quotes()) >= 5


@pytest.mark.parametrize(
    ("page", "file", "text"), quotes(), ids=[f"{page}-{number}" for number, (page, *_) in enumerate(quotes())]
)
def test_quoted_code_stands_in_the_file_that_it_names(page: Path, file: str, text: str) -> None:
    assert text in (ROOT / file).read_text(encoding="utf-8"), f"{page} quotes {file}: quote it anew"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = [link["target"] for link in LINK.finditer(text)]
    missing = [target for target in targets if not (ROOT / page.parent / target).exists()]
    assert missing == [], f"{page} links to what is not there"
