"""Settings and policy, or the one line that says what is wrong with them."""

from __future__ import annotations

from pathlib import Path

from contracts.policy import PolicyBundle
from rules.policy_source import LAYOUT_FOLDER, PolicyRefused, parse_bundle
from runtime.problems import SettingsProblem
from runtime.settings import Settings, load_settings
from starters.console import CommandFailure
from starters.exit_codes import ExitCode

MAX_POLICY_FILE = 1024 * 1024
"""Bytes; a page of policy that is larger is no page that somebody wrote."""

SUFFIX = ".yaml"


def settings_or_refusal() -> Settings:
    """The deployment's settings.

    Raises:
        CommandFailure: MISCONFIGURED, with every setting that is wrong.
    """
    try:
        return load_settings()
    except SettingsProblem as problem:
        lines = str(problem).splitlines()
        raise CommandFailure(
            ExitCode.MISCONFIGURED,
            "; ".join(lines),
            where="settings",
            remedy="correct it in the environment or in .env",
            details=lines,
        ) from problem


def policy_or_refusal(settings: Settings) -> PolicyBundle:
    """The bundle that new runs are pinned to.

    Raises:
        CommandFailure: MISCONFIGURED.
    """
    directory = settings.policies.directory
    try:
        return parse_bundle(policy_files(directory))
    except PolicyRefused as refused:
        count = len(refused.problems)
        raise CommandFailure(
            ExitCode.MISCONFIGURED,
            f"the policy bundle has {count} problem{'s' if count > 1 else ''}",
            where=str(directory),
            remedy="`./throughline policy check` names them",
            details=[str(problem) for problem in refused.problems],
        ) from refused


def require_section(section: object, name: str) -> None:
    """Raises MISCONFIGURED where the active policy says nothing about a process."""
    if section is None:
        raise CommandFailure(
            ExitCode.MISCONFIGURED,
            f"the policy says nothing about {name}",
            where=f"{name}.yaml",
            remedy="write that page, or take the one that is shipped",
        )


def policy_files(directory: Path) -> dict[str, str]:
    """The text of each page of a bundle, by file name.

    Raises:
        CommandFailure: MISCONFIGURED where the folder or a page cannot be read.
    """
    if not directory.is_dir():
        raise CommandFailure(
            ExitCode.MISCONFIGURED,
            "there is no such folder",
            where=str(directory),
            remedy="name the folder of a policy bundle, or set THROUGHLINE__POLICIES__DIRECTORY",
        )
    pages = [*sorted(directory.glob(f"*{SUFFIX}")), *sorted(directory.glob(f"{LAYOUT_FOLDER}*.j2"))]
    return {page.relative_to(directory).as_posix(): _text_of(page) for page in pages}


def _text_of(page: Path) -> str:
    try:
        with page.open("rb") as stream:
            data = stream.read(MAX_POLICY_FILE + 1)
    except OSError as error:
        raise _unreadable(page, f"cannot be read ({error.strerror})") from error
    if len(data) > MAX_POLICY_FILE:
        raise _unreadable(page, f"is larger than {MAX_POLICY_FILE:,} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable(page, f"is not UTF-8 at byte {error.start}") from None


def _unreadable(page: Path, what: str) -> CommandFailure:
    return CommandFailure(
        ExitCode.MISCONFIGURED, f"a page of the policy {what}", where=str(page), remedy="put it right"
    )
