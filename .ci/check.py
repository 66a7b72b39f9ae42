"""Run every gate that needs no test: lint, format, types, imports, spelling. Nothing is changed.

`./throughline check` starts this. It ends with 1 where a gate fails, and shows what that gate said.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GATES = {
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "mypy": ["-m", "mypy"],
    "basedpyright": ["-m", "basedpyright", "--level", "error"],
    "import rules": ["-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-logo"],
    "codespell": ["-m", "codespell_lib"],
}


def main() -> int:
    """Run the gates, as many at a time as there are processors, and return the exit code."""
    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, seconds, done in pool.map(run_gate, GATES):
            failed += done.returncode != 0
            verdict = "FAILED" if done.returncode else "ok"
            print(f"{verdict:6}  {name:12}  {seconds:5.1f} s", flush=True)
            if done.returncode:
                print(done.stdout, flush=True)
    print(f"{len(GATES) - failed} gates passed, {failed} failed", flush=True)
    return 1 if failed else 0


def run_gate(name: str) -> tuple[str, float, subprocess.CompletedProcess[str]]:
    """Run one gate; what it writes is kept, to be shown only where it fails."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, *GATES[name]],
        cwd=ROOT,
        check=False,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return name, time.monotonic() - started, done


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
