"""What the documentation quotes is what the source says."""

import re
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT, committed_files

QUOTE = re.compile(r"```python\n# (?P<file>\S+)\n(?P<text>.*?)```", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:)(?P<target>[^)#\s]*)(?:#(?P<anchor>[^)\s]+))?\)")
HEADING = re.compile(r"^#+ +(?P<title>.+?) *$", re.MULTILINE)

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
def test_links_lead_to_files_and_headings_that_are_there(page: Path) -> None:
    links = [(link["target"], link["anchor"]) for link in LINK.finditer(text_of(page))]
    missing = [target for target, _ in links if not (ROOT / page.parent / target).exists()]
    assert missing == [], f"{page} links to what is not there"
    lost = [
        f"{target}#{anchor}"
        for target, anchor in links
        if anchor and anchor not in anchors_of(page.parent / target if target else page)
    ]
    assert lost == [], f"{page} links to headings that are not there"


def anchors_of(page: Path) -> set[str]:
    """Of the headings of a page, as GitHub makes them."""
    titles = [heading["title"].lower() for heading in HEADING.finditer(text_of(page))]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def text_of(page: Path) -> str:
    return (ROOT / page).read_text(encoding="utf-8")
