"""What `doctor` can judge without a server."""

import hashlib
import sys
from pathlib import Path

import pytest

from contracts.crm import CrmField, CrmSchema
from contracts.policy import FieldMapping
from runtime.settings import IdentitySettings, Settings
from starters.console import CommandFailure
from starters.exit_codes import ExitCode
from starters.findings import Verdict
from starters.local_checks import (
    key_finding,
    mapping_problems,
    packages_finding,
    policy_findings,
    python_finding,
)
from tests.bundles import small_bundle
from tests.starters.conftest import Run
from tests.starters.standins import StandInSurroundings, hermetic_settings


@pytest.mark.parametrize(
    ("version", "verdict"),
    [((3, 10), "problem"), ((3, 11), "ok"), ((3, 13), "ok"), ((3, 99), "warn")],
)
def test_the_interpreter_is_judged(version: tuple[int, int], verdict: str) -> None:
    assert python_finding(version).verdict == verdict


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    environment = tmp_path / ".venv"
    environment.mkdir()
    (environment / "pyvenv.cfg").write_text("version = 3.11")
    (tmp_path / "requirements.lock").write_text("a==1")
    monkeypatch.setattr(sys, "prefix", str(environment))
    return tmp_path


def test_packages_are_what_the_launcher_stamped(checkout: Path) -> None:
    stamp = checkout / ".venv" / ".requirements.lock.stamp"
    assert packages_finding(checkout).verdict is Verdict.WARN
    stamp.write_text(hashlib.sha256(b"a==1version = 3.11").hexdigest())
    assert packages_finding(checkout).verdict is Verdict.OK
    (checkout / "requirements.lock").write_text("a==2")
    assert packages_finding(checkout).verdict is Verdict.PROBLEM
    (checkout / "requirements.lock").unlink()
    assert packages_finding(checkout).verdict is Verdict.PROBLEM


def test_another_environment_is_pointed_out(tmp_path: Path) -> None:
    assert packages_finding(tmp_path).verdict is Verdict.WARN


def test_a_signing_key_that_others_can_read_is_a_problem(tmp_path: Path) -> None:
    settings = hermetic_settings(identity=IdentitySettings(key_file=tmp_path / "key"))
    assert key_finding(settings, fix=False).verdict is Verdict.WARN
    assert not (tmp_path / "key").exists()
    assert key_finding(settings, fix=True).verdict is Verdict.OK
    (tmp_path / "key").chmod(0o644)
    finding = key_finding(settings, fix=False)
    assert finding.verdict is Verdict.PROBLEM
    assert "chmod 600" in finding.detail


def test_a_policy_that_is_silent_about_a_process_is_pointed_out() -> None:
    assert [one.verdict for one in policy_findings(small_bundle())] == [Verdict.OK]
    silent = policy_findings(small_bundle(onboarding=None, access=None))
    assert [(one.verdict, one.detail) for one in silent[1:]] == [
        (Verdict.WARN, "says nothing about onboarding"),
        (Verdict.WARN, "says nothing about access"),
    ]
    assert all(one.remedy for one in silent[1:])


def mapping(crm_field: str, max_length: int | None = None) -> FieldMapping:
    return FieldMapping(field="lead.name", crm_object="contact", crm_field=crm_field, max_length=max_length)


@pytest.mark.parametrize(
    ("mapped", "said"),
    [
        (mapping("name", 80), None),
        (mapping("name"), None),
        (mapping("name", 81), "81 characters may come, the CRM holds 80"),
        (mapping("employees", 500), None),
        (mapping("naem"), "the CRM has no such field"),
        (mapping("created"), "the CRM does not let it be written"),
    ],
)
def test_a_field_that_the_crm_cannot_hold_is_named(mapped: FieldMapping, said: str | None) -> None:
    schema = CrmSchema(
        fields=(
            CrmField(crm_object="contact", name="name", max_length=80),
            CrmField(crm_object="contact", name="employees"),
            CrmField(crm_object="contact", name="created", writable=False),
        )
    )
    problems = list(mapping_problems((mapped,), schema))
    assert [said in problem for problem in problems if said] == ([True] if said else [])
    assert bool(problems) is bool(said)


class Misconfigured(StandInSurroundings):
    """Settings that cannot be read."""

    def settings(self) -> Settings:
        raise CommandFailure(
            ExitCode.MISCONFIGURED, "a; b", remedy="correct it", details=["A: is wrong", "B: is wrong"]
        )


@pytest.fixture
def around(tmp_path: Path) -> StandInSurroundings:
    return Misconfigured(tmp_path)


def test_every_wrong_setting_is_a_finding(run_cli: Run) -> None:
    outcome = run_cli("doctor", "--json")
    assert outcome.code is ExitCode.FAILED
    wrong = [one["detail"] for one in outcome.document["findings"] if one["check"] == "settings"]
    assert wrong == ["A: is wrong", "B: is wrong"]
