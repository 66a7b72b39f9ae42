"""Replay notices an edit of the commands, and lets pass what is none: otherwise it would prove nothing."""

from pathlib import Path

import pytest

from tests.replay.corpus import read_history
from tests.replay.mutants import BREAKING, HARMLESS, Mutant, mutated_workflows
from tests.replay.replaying import all_replayed


@pytest.mark.parametrize("mutant", BREAKING, ids=lambda mutant: mutant.name)
async def test_breaking_edit_is_noticed(
    mutant: Mutant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    edited = mutated_workflows(mutant, tmp_path)
    outcomes = await all_replayed({name: read_history(name) for name in mutant.histories}, edited)
    unnoticed = [name for name, outcome in outcomes.items() if outcome.failure is None]
    assert unnoticed == []
    assert all("Nondeterminism" in str(outcome.failure) for outcome in outcomes.values())


@pytest.mark.parametrize("mutant", HARMLESS, ids=lambda mutant: mutant.name)
async def test_harmless_edit_is_let_pass(
    mutant: Mutant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    edited = mutated_workflows(mutant, tmp_path)
    outcomes = await all_replayed({name: read_history(name) for name in mutant.histories}, edited)
    assert {name: outcome.failure for name, outcome in outcomes.items()} == dict.fromkeys(mutant.histories)
