"""`policy check`: whether a policy bundle can be used, and the hash that runs would be pinned to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import AsJson
from starters.console import Answer, complain, facts, run, run_alone
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from rules.policy_source import PolicyProblem


def check(
    context: typer.Context,
    *,
    directory: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="The bundle's folder; the configured one if unset.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a policy bundle: every problem with its file, line and rule; else its version and hash.

    \b
    Examples:
      throughline policy check
      throughline policy check ../our-policies --json

    Exit codes: 0 it can be used, 3 it has problems, 8 the folder cannot be read.
    """  # noqa: D301
    around = surroundings_of(context)
    run(as_json, lambda: check_policy(around, directory))


async def check_policy(around: Surroundings, directory: Path | None) -> Answer:
    """What is in a bundle, or what is wrong with it."""
    from connectors.email.templates import layout_findings
    from rules.policy_source import LAYOUT_FOLDER, PolicyProblem, PolicyRefused, bundle_hash, parse_bundle
    from starters.configuration import policy_files

    folder = directory or around.settings().policies.directory
    try:
        bundle = parse_bundle(policy_files(folder))
    except PolicyRefused as refused:
        return _refused(folder, refused.problems)
    found = layout_findings(bundle.layouts)
    if wrong := [PolicyProblem(f"{LAYOUT_FOLDER}{name}", line, "", said) for name, line, said in found]:
        return _refused(folder, wrong)
    templates = [one.id for one in bundle.onboarding.templates] if bundle.onboarding else []
    access_rules = [one.id for one in bundle.access.rules] if bundle.access else []
    document = {
        "ok": True,
        "directory": str(folder),
        "version": bundle.version,
        "hash": bundle_hash(bundle),
        "people": [person.id for person in bundle.people],
        "rules": len(bundle.routing.rules),
        "approvals": sorted(bundle.approvals.policies),
        "templates": templates,
        "access_rules": access_rules,
    }
    text = facts(
        (
            ("policy", "can be used"),
            ("folder", folder),
            ("version", bundle.version),
            ("hash", document["hash"]),
            ("routing rules", document["rules"]),
            ("approvals", ", ".join(sorted(bundle.approvals.policies))),
            ("templates", ", ".join(templates) or "none: it says nothing about onboarding"),
            ("access rules", ", ".join(access_rules) or "none: it says nothing about access"),
            ("people", ", ".join(person.id for person in bundle.people)),
        )
    )
    return Answer(document, text)


def _refused(folder: Path, problems: Sequence[PolicyProblem]) -> Answer:
    for problem in problems:
        complain(f"{folder}/{problem}")
    listed = [
        {"file": one.file, "line": one.line, "where": one.where, "message": one.message} for one in problems
    ]
    text = f"{len(listed)} problem{'s' if len(listed) > 1 else ''} in {folder}"
    return Answer({"ok": False, "directory": str(folder), "problems": listed}, text, ExitCode.INPUT_REFUSED)


if __name__ == "__main__":
    run_alone(check)
