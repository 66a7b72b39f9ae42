"""Settings come from the environment and `.env`, and a wrong one is one line that names it."""

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from contracts.names import TaskQueue
from runtime.problems import SettingsProblem
from runtime.setting_types import ROOT
from runtime.settings import PREFIX, EnvironmentSettings, Settings, load_settings, settings_of_process

SECRET = "sekret-value-that-must-never-be-shown"


@pytest.fixture(autouse=True)
def env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Another `.env` than the checkout's, so that a developer's settings don't matter."""
    file = tmp_path / ".env"
    monkeypatch.setitem(EnvironmentSettings.model_config, "env_file", file)
    return file


def test_nothing_has_to_be_set_and_paths_start_at_the_checkout(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings.store.url.get_secret_value() == f"sqlite+aiosqlite:///{ROOT}/.throughline/throughline.db"
    assert settings.policies.directory == ROOT / "policies"
    assert settings.identity.key_file == ROOT / ".throughline/identity.key"
    assert settings.worker.queues == tuple(TaskQueue)


def test_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, env_file: Path) -> None:
    env_file.write_text(f"{PREFIX}WORKER__PROCESSES=3\n{PREFIX}LOG__LEVEL=DEBUG\nUNRELATED=1\n")
    monkeypatch.setenv(f"{PREFIX}WORKER__PROCESSES", "5")
    settings = load_settings()
    assert (settings.worker.processes, settings.log.level) == (5, "DEBUG")


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}WORKER__QUEUES", "crm, ai")
    monkeypatch.setenv(f"{PREFIX}IDENTITY__SIGNING_KEYS", f"{SECRET},{SECRET}2")
    settings = load_settings()
    assert settings.worker.queues == (TaskQueue.CRM, TaskQueue.AI)
    assert [key.get_secret_value() for key in settings.identity.signing_keys] == [SECRET, f"{SECRET}2"]


def test_empty_value_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}WORKER__HEALTH_FILE", "")
    monkeypatch.setenv(f"{PREFIX}STORE__URL", "")
    assert load_settings() == Settings()


@pytest.mark.parametrize(
    "url", ["sqlite+aiosqlite:////var/lib/t.db", "postgresql+psycopg://u:p@host/name", "sqlite:///:memory:"]
)
def test_absolute_store_url_stays_as_it_is(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv(f"{PREFIX}STORE__URL", url)
    assert load_settings().store.url.get_secret_value() == url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WORKER__PROCESSES", SECRET),
        ("WORKER__QUEUES", f"crm,{SECRET}"),
        ("WORKER__PROCESES", SECRET),
        ("LOG__FORMAT", SECRET),
        ("TEMPORAL__ADDRESS", SECRET),
        ("TEMPORAL__ADDRESS", "http://sekret/:7233"),
        ("TELEMETRY__PROMETHEUS", SECRET),
        ("IDENTITY__SIGNING_KEYS", "sekret-short"),
        ("WORKER", SECRET),
        ("WROKER__PROCESSES", SECRET),
        ("TYPO", SECRET),
        ("WORKER__USE_VERSIONING", "true"),
    ],
)
def test_wrong_setting_is_one_line_with_its_name_and_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SettingsProblem) as caught:
        load_settings()
    text = str(caught.value)
    assert "\n" not in text
    assert PREFIX + name.removesuffix("__USE_VERSIONING") in text.upper()
    assert "sekret" not in text


def test_wrong_setting_in_the_file_is_noticed_too(env_file: Path) -> None:
    env_file.write_text(f"{PREFIX}WROKER__PROCESSES=1\n")
    with pytest.raises(SettingsProblem, match="WROKER__PROCESSES: there is no such area"):
        load_settings()


def test_every_wrong_setting_gets_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}WORKER__PROCESSES", "none")
    monkeypatch.setenv(f"{PREFIX}LOG__FORMAT", "xml")
    with pytest.raises(SettingsProblem) as caught:
        load_settings()
    assert len(str(caught.value).splitlines()) == 2


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}STORE__URL", f"postgresql+psycopg://u:{SECRET}@host/name")
    monkeypatch.setenv(f"{PREFIX}IDENTITY__SIGNING_KEYS", SECRET)
    assert SECRET not in repr(load_settings())


def test_each_process_of_a_machine_has_its_own_port_and_health_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}TELEMETRY__PROMETHEUS", "127.0.0.1:9464")
    monkeypatch.setenv(f"{PREFIX}WORKER__HEALTH_FILE", "/run/alive")
    processes = [settings_of_process(load_settings(), index) for index in range(3)]
    assert [one.telemetry.prometheus for one in processes] == [f"127.0.0.1:{9464 + n}" for n in range(3)]
    assert len({one.worker.health_file for one in processes}) == 3


def test_example_file_lists_every_setting_with_its_default(env_file: Path) -> None:
    example = (ROOT / ".env.example").read_text()
    listed = dict(re.findall(rf"^#{PREFIX}(\w+)=(.*)$", example, re.MULTILINE))
    declared = {
        f"{area}__{field}".upper()
        for area, model in Settings.model_fields.items()
        for annotation in get_args(model.annotation) or (model.annotation,)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel)
        for field in annotation.model_fields
    }
    assert set(listed) == declared
    # What is left open there, and the address, is decided elsewhere: by the profile or not at all.
    env_file.write_text(example.replace("\n#THROUGHLINE", "\nTHROUGHLINE"))
    given = {"address": "127.0.0.1:7233", "namespace": "default", "profile": "default"}
    expected = Settings()
    assert load_settings() == expected.model_copy(
        update={"temporal": expected.temporal.model_copy(update=given)}
    )
