"""The recorder works, and refuses what the rules forbid."""

import argparse
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory

from runtime.dev_server import DevServer
from tests.replay import record
from tests.replay.corpus import read_history
from tests.replay.record import Refused, wanted
from tests.replay.recorder import SCENARIO_OF, Studio, client_of, played
from tests.replay.replaying import replayed

SALES = "lead_intake/sales"


def asked(**given: object) -> argparse.Namespace:
    """A command line; what is not given is left out."""
    nothing = {"only": None, "rerecord": None, "reason": None, "all": False, "before_first_release": False}
    return argparse.Namespace(**{**nothing, **given})


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"only": [SALES]}, "never written over by itself"),
        ({"only": ["lead_intake/unheard_of"]}, "no scenario yields"),
        ({"rerecord": [SALES]}, "needs --reason"),
        ({"rerecord": [SALES], "reason": " "}, "needs --reason"),
        ({"all": True}, "needs --before-first-release"),
    ],
)
def test_recorder_refuses_what_would_hide_a_break(given: dict[str, object], why: str) -> None:
    with pytest.raises(Refused, match=why):
        wanted(asked(**given))


def test_all_is_recorded_anew_only_before_the_first_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "ROOT", tmp_path)
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text("# Changelog\n\n## [Unreleased]\n", encoding="utf-8")
    everything = asked(all=True, before_first_release=True)
    assert set(wanted(everything)) == set(SCENARIO_OF)
    changelog.write_text("# Changelog\n\n## [Unreleased]\n\n## [1.0.0] - 2027-01-15\n", encoding="utf-8")
    with pytest.raises(Refused, match="their histories stay"):
        wanted(everything)


def test_reason_of_a_new_recording_is_kept() -> None:
    reason = "The scenario was wrong."
    assert wanted(asked(rerecord=[SALES], reason=reason)) == {SALES: reason}


def test_without_a_name_only_what_is_missing_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "path_of", lambda name: tmp_path / name)
    assert set(wanted(asked())) == set(SCENARIO_OF)


async def test_scenario_plays_as_it_was_recorded(
    dev_server: DevServer, migrated_store: Path, tmp_path: Path
) -> None:
    """The one test of this tier with a server: scenarios that nobody can play would be found out too late."""
    server = await client_of(dev_server)
    studio = Studio(server, server, migrated_store, tmp_path)
    history = (await played(SCENARIO_OF[SALES], studio))[SALES]
    assert (await replayed(history)).failure is None
    assert activities_of(history) == activities_of(read_history(SALES))


def activities_of(history: WorkflowHistory) -> list[str]:
    """The activities of a run, in the order in which it asked for them."""
    return [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
