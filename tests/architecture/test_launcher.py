"""The launcher sets up once, says what to do when it cannot, and keeps stdout for the command."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")

PYTHON = f"""#!/bin/sh
case "$1" in
  -c) exec {sys.executable} "$@" ;;
  *) echo "$@" ${{PYTHONDONTWRITEBYTECODE:+without bytecode}} ;;
esac
"""
"""An environment's Python that answers probes and otherwise repeats what it was asked to run, and how."""

UV = """#!/bin/sh
here=$(dirname "$0")
echo "$@" >> "$here/uv.calls"
if [ "$1" = venv ]; then
  for last in "$@"; do :; done
  mkdir -p "$last/bin" "$last/lib/python3.11/site-packages"
  echo "version = 3.11" > "$last/pyvenv.cfg"
  cp "$here/python.template" "$last/bin/python"
else
  sleep 0.5
fi
"""
"""Stands for uv: makes an environment of the Python above, and takes its time to install nothing."""

BROKEN_UV = "#!/bin/sh\necho no route to anywhere\nexit 1\n"


class Checkout:
    """A checkout with the real launcher and lock files, and tools on PATH that the test chooses."""

    def __init__(self, folder: Path) -> None:
        self.root, self.tools = folder / "checkout", folder / "tools"
        self.variables: dict[str, str] = {}
        self.root.mkdir()
        self.tools.mkdir()
        for name in ("throughline", *LOCKS):
            shutil.copy(ROOT / name, self.root / name)
        (self.root / "tests" / "rules").mkdir(parents=True)
        (self.tools / "python.template").write_text(PYTHON)
        (self.tools / "python.template").chmod(0o755)

    def add_tool(self, name: str, script: str) -> None:
        (self.tools / name).write_text(script)
        (self.tools / name).chmod(0o755)

    def calls_of_uv(self) -> list[str]:
        record = self.tools / "uv.calls"
        return record.read_text().splitlines() if record.exists() else []

    def command(self, *arguments: str, python_version: str = "") -> list[str]:
        """The command line of one start; `python_version` pretends that an older Python runs it."""
        if not python_version:
            return [sys.executable, str(self.root / "throughline"), *arguments]
        pretend = f"import runpy, sys; sys.version_info = {python_version}; sys.argv = sys.argv[1:]; "
        run = "runpy.run_path(sys.argv[0], run_name='__main__')"
        return [sys.executable, "-c", pretend + run, str(self.root / "throughline"), *arguments]

    def start(self, *arguments: str, python_version: str = "") -> subprocess.CompletedProcess[str]:
        """Start from another folder, as a person may."""
        return subprocess.run(
            self.command(*arguments, python_version=python_version),
            cwd=self.tools,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def environment(self) -> dict[str, str]:
        return {"PATH": f"{self.tools}:/usr/bin:/bin", **self.variables}


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path)
    made.add_tool("uv", UV)
    return made


def test_first_start_sets_up_and_keeps_stdout_for_the_command(checkout: Checkout) -> None:
    done = checkout.start("lead", "list", "--json")
    assert done.stdout == "-P -m starters.cli lead list --json\n"
    assert "installing" in done.stderr
    install = checkout.calls_of_uv()[-1]
    assert "--require-hashes" in install
    assert install.endswith("requirements.lock")
    pth = next(checkout.root.glob(".venv/lib/*/site-packages/throughline.pth"))
    assert (pth.parent / pth.read_text().strip()).resolve() == checkout.root


def test_second_start_goes_straight_to_the_command(checkout: Checkout) -> None:
    checkout.start("doctor")
    calls = checkout.calls_of_uv()
    done = checkout.start("doctor")
    assert (done.stdout, done.stderr) == ("-P -m starters.cli doctor\n", "")
    assert checkout.calls_of_uv() == calls


def test_bytecode_is_kept_for_the_sandbox_whatever_the_environment_says(checkout: Checkout) -> None:
    checkout.variables["PYTHONDONTWRITEBYTECODE"] = "1"
    assert checkout.start("worker").stdout == "-P -m starters.cli worker\n"


@pytest.mark.parametrize("changed", ["requirements.lock", ".venv/pyvenv.cfg"])
def test_changed_lock_or_python_sets_up_again(checkout: Checkout, changed: str) -> None:
    checkout.start("doctor")
    with (checkout.root / changed).open("a") as file:
        file.write("# changed\n")
    assert "installing" in checkout.start("doctor").stderr


def test_suite_needs_the_development_lock_and_the_demo_is_served_by_it(checkout: Checkout) -> None:
    checkout.start("doctor")
    assert "installing" in checkout.start("test").stderr
    assert checkout.calls_of_uv()[-1].endswith("requirements-dev.lock")
    assert checkout.start("doctor").stderr == ""


def test_tiers_become_folders_and_options_stay_what_they_are(checkout: Checkout) -> None:
    done = checkout.start("test", "rules", "-k", "rules")
    assert done.stdout == "-P -m pytest tests/rules -k rules\n"


def test_whole_suite_runs_in_as_many_processes_as_there_are_processors(checkout: Checkout) -> None:
    assert checkout.start("test").stdout == f"-P -m pytest -n {os.cpu_count() or 1}\n"


def test_starts_at_the_same_time_set_up_once(checkout: Checkout) -> None:
    running = [
        subprocess.Popen(
            checkout.command("doctor"),
            env=checkout.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(4)
    ]
    assert [process.communicate()[0] for process in running] == ["-P -m starters.cli doctor\n"] * 4
    assert len(checkout.calls_of_uv()) == len(["venv", "install"])


def test_failed_install_says_what_failed_and_what_to_do_and_is_tried_again(checkout: Checkout) -> None:
    checkout.start("doctor")
    shutil.rmtree(checkout.root / ".throughline")
    (checkout.root / ".venv" / ".requirements.lock.stamp").unlink()
    broken = '#!/bin/sh\ncase "$1" in -c) exit 0;; *) echo hash mismatch; exit 1;; esac\n'
    (checkout.root / ".venv" / "bin" / "python").write_text(broken)
    checkout.add_tool("uv", BROKEN_UV)
    done = checkout.start("doctor")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "no route to anywhere" in done.stderr
    assert "hash mismatch" in done.stderr
    assert "Check the network" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not (checkout.root / ".venv" / ".requirements.lock.stamp").exists()


def test_old_python_is_named_with_the_remedy(checkout: Checkout) -> None:
    checkout.add_tool("python3.13", "#!/bin/sh\nexit 127\n")
    checkout.add_tool("python3.12", "#!/bin/sh\nexit 127\n")
    checkout.add_tool("python3.11", "#!/bin/sh\nexit 127\n")
    done = checkout.start("doctor", python_version="(3, 9, 2)")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "Python 3.11 or newer is needed" in done.stderr


def test_old_python_hands_over_to_a_newer_one_past_a_dead_shim(checkout: Checkout) -> None:
    checkout.add_tool("python3.13", "#!/bin/sh\nexit 127\n")
    checkout.add_tool("python3.12", PYTHON)
    done = checkout.start("doctor", python_version="(3, 9, 2)")
    assert done.stdout == f"{checkout.root / 'throughline'} doctor\n"


def test_stamp_is_a_hash_of_lock_and_interpreter(checkout: Checkout) -> None:
    checkout.start("doctor")
    venv = checkout.root / ".venv"
    expected = (checkout.root / "requirements.lock").read_bytes() + (venv / "pyvenv.cfg").read_bytes()
    assert (venv / ".requirements.lock.stamp").read_text() == hashlib.sha256(expected).hexdigest()
