"""The policy bundle of the demo on counterparts: the shipped one, with messages that go out."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
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
    """Has staff told in their conversations and customers by mail; comments are lost on the way.

    Args:
        folder: of the policies that are changed.
        conversations: of each person in Slack.
    """
    _change(folder / "messages.yaml", _with_channels)
    _change(folder / "people.yaml", lambda page: _with_addresses(page, conversations))


def put_up_with_losses(folder: Path) -> None:
    """Has circuits stay closed where the network is known to lose answers: those that come count for more."""

    def change(page: dict[str, Any]) -> None:
        for budget in page["failures"]["systems"].values():
            budget["refund"] = REFUND

    _change(folder / "failures.yaml", change)


def _with_channels(page: dict[str, Any]) -> None:
    page["delivery"] |= {"channels": ["slack"], "customers": ["email"]}


def _with_addresses(page: dict[str, Any], conversations: Mapping[str, str]) -> None:
    for person in page["people"]:
        person["addresses"] = {"slack": conversations[person["id"]]}
        if person["id"] in BY_MAIL:
            person["channels"] = ["email"]


def _change(file: Path, change: Any) -> None:
    page = yaml.safe_load(file.read_text(encoding="utf-8"))
    change(page)
    file.write_text(yaml.safe_dump(page, allow_unicode=True, sort_keys=False), encoding="utf-8")
