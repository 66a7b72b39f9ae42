"""A patch keeps an old way open: both ways are in the corpus for as long as the patch is in the code."""

import json

from contracts.names import Patch
from tests.replay.corpus import Entry, read_history, recorded_names
from tests.replay.recorder import SCENARIO_OF

PATCH_MARKER = "core_patch"


def patches_of(name: str) -> set[str]:
    """The patches that a recorded run passed."""
    markers = [
        event.marker_recorded_event_attributes
        for event in read_history(name).events
        if event.HasField("marker_recorded_event_attributes")
    ]
    return {
        json.loads(marker.details["patch-data"].payloads[0].data)["id"]
        for marker in markers
        if marker.marker_name == PATCH_MARKER
    }


def of_before(entry: Entry, name: str) -> set[str]:
    """The patches whose old way a history shows."""
    scenario = SCENARIO_OF.get(name)
    played = {str(scenario.before)} if scenario and scenario.before else set[str]()
    return played | {patch for patch in Patch if patch in entry.kept}


def test_each_patch_has_a_history_of_before_and_one_of_after(manifest: dict[str, Entry]) -> None:
    before = {patch for name, entry in manifest.items() for patch in of_before(entry, name)}
    after = {patch for name in recorded_names() for patch in patches_of(name)}
    assert sorted(set(Patch) - after) == [], "record a run that passes it: README.md, How to record"
    assert sorted(set(Patch) - before) == [], (
        "keep a history from before it (`kept` names it), or play one (`before=` of a Scenario): README.md"
    )


def test_no_run_of_before_a_patch_has_passed_it(manifest: dict[str, Entry]) -> None:
    assert [name for name, entry in manifest.items() if of_before(entry, name) & patches_of(name)] == []


def test_history_of_before_goes_when_its_patch_goes(manifest: dict[str, Entry]) -> None:
    """Not earlier: as long as the patch is there, runs from before it may be open."""
    unclaimed = [name for name, entry in manifest.items() if entry.kept and not of_before(entry, name)]
    assert unclaimed == [], "`kept` names no patch of contracts/names.py: the history has had its day"
