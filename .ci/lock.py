"""Resolve pyproject.toml into the two lock files: one resolution for every Python and platform.

`./throughline lock` starts this; what is given to it goes to `uv pip compile`, such as `--upgrade` or
`--upgrade-package NAME`. Lock files hold versions and hashes, never the address they came from.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILE = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
LOCKS = {
    "requirements.lock": ["--extra", "server"],
    "requirements-dev.lock": ["--extra", "server", "--extra", "dev", "--constraint", "requirements.lock"],
}


def main(arguments: list[str]) -> int:
    """Write both files and return the exit code."""
    for lock, extras in LOCKS.items():
        command = [*COMPILE, "--python-version", "3.11", "--custom-compile-command", "./throughline lock"]
        done = subprocess.run(
            [*command, *extras, *arguments, "pyproject.toml", "--output-file", lock], cwd=ROOT, check=False
        )
        if done.returncode:
            return done.returncode
        if "://" in (ROOT / lock).read_text():
            sys.stderr.write(
                f"{lock} names an address: take it out of uv's own settings and run this again.\n"
            )
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
