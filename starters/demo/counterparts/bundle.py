"""The policy bundle of the demo on counterparts: the shipped one, with messages that go out."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

BY_MAIL = ("p-femi", "p-oskar")
"""People who want mails; the others are reached in Slack."""


REFUND = 0.5
"""Of a failed call, by each that succeeds: more than one in five can be lost then."""


def copy_of(shipped: Path, folder: Path) -> None:
    """Copies the shipped policies."""
    shutil.copytree(shipped, folder)


def send_messages(folder: Path, conversations: Mapping[str, str]) -> None:
    """Has staff told in their conversations and customers by mail.

    Args:
        folder: of the policies that are changed; comments are lost on the way.
        conversations: of each person in Slack.
    """
    with _changed(folder / "messages.yaml") as page:
        page["delivery"] |= {"channels": ["slack"], "customers": ["email"]}
    with _changed(folder / "people.yaml") as page:
        for person in page["people"]:
            person["addresses"] = {"slack": conversations[person["id"]]}
            if person["id"] in BY_MAIL:
                person["channels"] = ["email"]


def put_up_with_losses(folder: Path) -> None:
    """Has circuits stay closed where the network is known to lose answers: those that come count for more."""
    with _changed(folder / "failures.yaml") as page:
        for budget in page["failures"]["systems"].values():
            budget["refund"] = REFUND


@contextmanager
def _changed(file: Path) -> Generator[dict[str, Any]]:
    page: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    yield page
    file.write_text(yaml.safe_dump(page, allow_unicode=True, sort_keys=False), encoding="utf-8")
