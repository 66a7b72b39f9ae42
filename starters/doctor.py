"""`doctor`: what is misconfigured or not running, and how to put it right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import AsJson
from starters.console import Answer, CommandFailure, run, run_alone
from starters.exit_codes import ExitCode
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.policy import PolicyBundle
    from runtime.settings import Settings
    from starters.findings import Finding


def doctor(
    context: typer.Context,
    *,
    fix: Annotated[
        bool,
        typer.Option(
            "--fix", help="Create or migrate the store, make the signing key, register search attributes."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check Python, packages, settings, policy, channels, store, CRM mapping, signing key, Temporal, workers.

    \b
    Examples:
      throughline doctor
      throughline doctor --fix
      throughline doctor --json

    Exit codes: 0 nothing is wrong (there may be warnings), 1 there is a problem.
    """  # noqa: D301
    around = surroundings_of(context)
    run(as_json, lambda: examine(around, fix=fix))


async def examine(around: Surroundings, *, fix: bool) -> Answer:
    """Every check, each with its remedy; one that cannot be made does not keep the others from being made."""
    from starters.findings import Verdict

    found = await findings(around, fix=fix)
    worst = Verdict.PROBLEM in {one.verdict for one in found}
    return Answer(
        {"ok": not worst, "findings": found},
        "\n".join(_line(one) for one in found),
        ExitCode.FAILED if worst else ExitCode.OK,
    )


async def findings(around: Surroundings, *, fix: bool) -> list[Finding]:
    """What the checks found, in the order in which things have to be put right."""
    from starters.channel_checks import channel_findings
    from starters.findings import Verdict, ok, problem
    from starters.local_checks import (
        key_finding,
        mapping_findings,
        packages_finding,
        policy_findings,
        python_finding,
        store_finding,
    )
    from starters.server_checks import server_findings

    found = [python_finding(), packages_finding()]
    try:
        settings: Settings = around.settings()
    except CommandFailure as failure:
        lines = failure.details or [failure.what]
        return [*found, *(problem("settings", str(line), failure.remedy) for line in lines)]
    found.append(ok("settings", "read"))
    policy: PolicyBundle | None = None
    try:
        policy = around.policy()
        found += policy_findings(policy)
        found += await channel_findings(settings, policy)
    except CommandFailure as failure:
        found.append(problem("policy", f"{failure.what}, {failure.where}", failure.remedy))
    found.append(key_finding(settings, fix=fix))
    store = await store_finding(settings, fix=fix)
    found.append(store)
    if policy and store.verdict is Verdict.OK:
        found += await mapping_findings(settings, policy)
    return [*found, *await server_findings(settings, fix=fix)]


def _line(finding: Finding) -> str:
    remedy = f" | {finding.remedy}" if finding.remedy else ""
    return f"{finding.verdict:<8} {finding.check:<18} {finding.detail}{remedy}"


if __name__ == "__main__":
    run_alone(doctor)
