"""Signing keys come from settings, or from a file that is made once and kept private."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from runtime.identity import signing_keys
from runtime.problems import SettingsProblem
from runtime.settings import SHORTEST_KEY, IdentitySettings


def test_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    settings = IdentitySettings(key_file=tmp_path / "new" / "identity.key")
    first = signing_keys(settings)
    assert signing_keys(settings) == first
    assert len(first[0]) >= SHORTEST_KEY
    assert stat.S_IMODE(settings.key_file.stat().st_mode) == 0o600
    assert [path.name for path in settings.key_file.parent.iterdir()] == ["identity.key"]


def test_processes_that_start_together_read_the_same_key(tmp_path: Path) -> None:
    settings = IdentitySettings(key_file=tmp_path / "identity.key")
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(signing_keys, [settings] * 64))) == 1


def test_keys_of_the_settings_come_first_and_in_their_order(tmp_path: Path) -> None:
    new, old = "n" * SHORTEST_KEY, "o" * SHORTEST_KEY
    settings = IdentitySettings(
        signing_keys=(SecretStr(new), SecretStr(old)), key_file=tmp_path / "identity.key"
    )
    assert signing_keys(settings) == (new.encode(), old.encode())
    assert not settings.key_file.exists()


def test_old_keys_in_the_file_are_honoured(tmp_path: Path) -> None:
    settings = IdentitySettings(key_file=tmp_path / "identity.key")
    (first,) = signing_keys(settings)
    settings.key_file.write_text("n" * SHORTEST_KEY + "\n" + first.decode() + "\n")
    assert signing_keys(settings) == (b"n" * SHORTEST_KEY, first)


@pytest.mark.parametrize("content", ["", "short\n", "\n\n"])
def test_file_without_a_usable_key_is_refused(tmp_path: Path, content: str) -> None:
    settings = IdentitySettings(key_file=tmp_path / "identity.key")
    settings.key_file.write_text(content)
    settings.key_file.chmod(0o600)
    with pytest.raises(SettingsProblem, match="remove it to have it made anew"):
        signing_keys(settings)


def test_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    settings = IdentitySettings(key_file=tmp_path / "identity.key")
    signing_keys(settings)
    settings.key_file.chmod(0o644)
    with pytest.raises(SettingsProblem, match="chmod 600"):
        signing_keys(settings)


def test_file_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(SettingsProblem, match="THROUGHLINE__IDENTITY__KEY_FILE"):
        signing_keys(IdentitySettings(key_file=tmp_path / "taken" / "identity.key"))
