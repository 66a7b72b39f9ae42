"""Runs that were recorded go on under the code of today."""

import re
from collections.abc import Iterator

import pytest
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType

from tests.replay.conftest import Replays
from tests.replay.corpus import (
    WORKER,
    Entry,
    digest_of,
    path_of,
    read_history,
    recorded_names,
    workflow_type_of,
)
from tests.replay.recorder import SCENARIO_OF
from workers.registry import WORKFLOWS

NAMES = recorded_names()

WHAT_IT_MEANS = """The code no longer does what this run did: {covers}

{failure}

Runs like it can be open. Under this code they would stop, until a worker comes that gives the old commands.
Keep the old way for them (`workflow.patched`, with an id in contracts/names.py), and record the new way under
a new name. A history is not recorded anew to get this test green: tests/replay/README.md says when it may be.
"""


@pytest.mark.parametrize("name", NAMES)
async def test_recorded_run_replays(name: str, replays: Replays, manifest: dict[str, Entry]) -> None:
    failure = (await replays.of(name)).failure
    covers = manifest[name].covers if name in manifest else name
    assert failure is None, WHAT_IT_MEANS.format(covers=covers, failure=failure)


@pytest.mark.parametrize("name", NAMES)
async def test_manifest_says_what_a_history_holds(
    name: str, replays: Replays, manifest: dict[str, Entry]
) -> None:
    entry, history = manifest[name], read_history(name)
    assert entry.sha256 == digest_of(name), "the file was changed after it was recorded"
    assert entry.events == len(history.events)
    assert entry.workflow_type == workflow_type_of(history)
    remedy = "same commands, other states: `python -m tests.replay.record --remeasure`"
    assert entry.transitions == (await replays.of(name)).transitions, remedy


def test_every_history_is_in_the_manifest(manifest: dict[str, Entry]) -> None:
    assert sorted(manifest) == NAMES


def test_every_scenario_has_its_histories() -> None:
    missing = sorted(set(SCENARIO_OF) - set(NAMES))
    assert not missing, "record them: `python -m tests.replay.record`"


def test_history_that_no_scenario_yields_says_why_it_is_kept(manifest: dict[str, Entry]) -> None:
    """An earlier version ran it: it cannot be recorded again, and replays as long as one can be open."""
    assert {name for name, entry in manifest.items() if entry.kept} == set(NAMES) - set(SCENARIO_OF)


def test_every_workflow_has_histories(manifest: dict[str, Entry]) -> None:
    assert {entry.workflow_type for entry in manifest.values()} == {cls.__name__ for cls in WORKFLOWS}


@pytest.mark.parametrize("name", NAMES)
def test_history_knows_no_skipped_time(name: str) -> None:
    """A server that skips time writes events that no production server writes."""
    kinds = {EventType.Name(event.event_type) for event in read_history(name).events}
    assert not [kind for kind in kinds if "TIME_SKIPPING" in kind or "OPTIONS_UPDATED" in kind]


@pytest.mark.parametrize("name", NAMES)
def test_history_tells_nothing_of_its_recorder(name: str) -> None:
    """Neither where it was recorded nor by whom; people in it are examples."""
    text = path_of(name).read_text(encoding="utf-8")
    assert set(re.findall(r'"identity": "([^"]*)"', text)) <= {WORKER}
    payloads = "\n".join(payloads_of(name))
    for readable in (text, payloads):
        assert not re.findall(r'stackTrace|File \\?"|/site-packages|/home/|/root/|/tmp/', readable)
    # Only in what is decoded: the pattern takes for ever over kilobytes of base64.
    addresses = re.findall(r"[\w.+-]+@[\w-]+\.[a-z]{2,}", payloads)
    assert [one for one in addresses if not one.endswith((".example", "@mailinator.com"))] == []


def payloads_of(name: str) -> Iterator[str]:
    """Every payload of a history, as text."""
    for event in read_history(name).events:
        yield from _texts(event)


def _texts(message: Message) -> Iterator[str]:
    if isinstance(message, Payload):
        yield message.data.decode("utf-8", "replace")
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            parts = [value[key] for key in value]
        else:
            parts = list(value) if field.is_repeated else [value]
        for part in parts:
            if isinstance(part, Message):
                yield from _texts(part)
