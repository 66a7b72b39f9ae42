"""`approval approve`, `approval reject` and `approval token`: a person's decision, sent or only signed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import (
    DEFAULT_TIMEOUT,
    AsJson,
    AsPerson,
    Reason,
    RequestId,
    Timeout,
    line_from,
    request_id_from,
)
from starters.console import Answer, as_document, run, run_alone
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.approval import Decision, Verdict

LONGEST_TOKEN = 15.0
"""Minutes; runs accept nothing that lasts longer (`rules/actor_proof.py`)."""


def approve(
    context: typer.Context,
    *,
    approval: RequestId,
    person: AsPerson,
    reason: Reason = "",
    category: Annotated[
        str | None,
        typer.Option(
            "--category", metavar="CATEGORY", help="The right category, where the lead was misread."
        ),
    ] = None,
    same_person: Annotated[
        bool | None,
        typer.Option(
            "--same-person/--other-person",
            help="Of a possible duplicate: whether it is the person on record. Unsaid, it is somebody else.",
        ),
    ] = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Approve what a run asks for; it goes on at once.

    \b
    Examples:
      throughline approval approve lead-intake/c5zk2vwnqk3xd7yh4t6m2a9be/approval --as p-maya
      throughline approval approve lead-intake/c5zk2vw.../approval --as p-nadia --category support
      throughline approval approve lead-intake/c5zk2vw.../approval --as p-nadia --same-person
      throughline approval approve customer-onboarding/o7b3kq2.../approval --as p-elena --reason 'worth it'

    Exit codes: 0 recorded, 3 no such person, 4 no such approval, 5 the run refused (wrong person, decided
    before, closed), 7 no worker answers.
    """  # noqa: D301
    from contracts.approval import Verdict

    around = surroundings_of(context)
    draft = Draft(request_id_from(approval), person, line_from("--reason", reason), category, same_person)
    refuse_lead_details(draft)
    run(as_json, lambda: decide(around, draft, Verdict.APPROVE, timeout))


def reject(
    context: typer.Context,
    *,
    approval: RequestId,
    person: AsPerson,
    reason: Reason = "",
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Reject what a run asks for; nothing of it is done.

    \b
    Example:
      throughline approval reject lead-intake/c5zk2vwnqk3xd7yh4t6m2a9be/approval --as p-maya --reason rival

    Exit codes: 0 recorded, 3 no such person, 4 no such approval, 5 the run refused (wrong person, decided
    before, closed), 7 no worker answers.
    """  # noqa: D301
    from contracts.approval import Verdict

    around = surroundings_of(context)
    draft = Draft(request_id_from(approval), person, line_from("--reason", reason))
    run(as_json, lambda: decide(around, draft, Verdict.REJECT, timeout))


def token(
    context: typer.Context,
    *,
    approval: RequestId,
    person: AsPerson,
    reason: Reason = "",
    category: Annotated[
        str | None,
        typer.Option("--category", metavar="CATEGORY", help="The right category, to approve with."),
    ] = None,
    minutes: Annotated[
        float, typer.Option("--minutes", min=1, max=LONGEST_TOKEN, help="How long it may be used.")
    ] = LONGEST_TOKEN,
    as_json: AsJson = False,
) -> None:
    """Print what to paste into the Web UI to decide there: a signed decision for one approval.

    Open the approval's run, choose Send a Signal, give the signal's name and paste the JSON as its input. The
    Web UI cannot show a refusal: it stands in the run's status and in `approval show`.

    \b
    Example:
      throughline approval token lead-intake/c5zk2vwnqk3xd7yh4t6m2a9be/approval --as p-maya --minutes 5

    Exit codes: 0 printed, 3 no such person, 8 no signing key.
    """  # noqa: D301
    around = surroundings_of(context)
    draft = Draft(request_id_from(approval), person, line_from("--reason", reason), category)
    refuse_lead_details(draft)
    run(as_json, lambda: signed_decisions(around, draft, timedelta(minutes=minutes)))


@dataclass(frozen=True)
class Draft:
    """What a person decides about, before they are vouched for."""

    request_id: str
    person: str
    reason: str
    category: str | None = None
    same_person: bool | None = None


def refuse_lead_details(draft: Draft) -> None:
    """Refuses what can only be said of a lead.

    Raises:
        typer.BadParameter: it is said of something else.
    """
    from contracts.ids import subject_of
    from contracts.names import Process

    if subject_of(draft.request_id)[0] is Process.LEAD_INTAKE:
        return
    for option, value in (("--category", draft.category), ("--same-person", draft.same_person)):
        if value is not None:
            raise typer.BadParameter("this approval is not about a lead", param_hint=option)


async def decide(around: Surroundings, draft: Draft, verdict: Verdict, seconds: float) -> Answer:
    """Sends a decision and says how the approval stands then."""
    from starters.status_text import approval_text

    decision = signed_decision(around, draft, verdict)
    async with around.doors(seconds) as doors:
        status = await doors.decide(decision)
    return Answer(status, approval_text(status))


def signed_decision(
    around: Surroundings, draft: Draft, verdict: Verdict, lifetime: timedelta | None = None
) -> Decision:
    """A decision with its proof of who decides.

    Raises:
        CommandFailure: INPUT_REFUSED where the person or the category is unknown; MISCONFIGURED.
    """
    from contracts.approval import Decision
    from starters.identity import LIFETIME, prove
    from starters.input_text import refused

    policy, category = around.policy(), draft.category
    if category is not None and category not in policy.assessment.categories:
        raise refused(
            "the policy has no such category",
            f"--category {category}",
            f"name one of {', '.join(policy.assessment.categories)}",
        )
    actor = prove(
        around.settings(), policy, draft.person, draft.request_id, around.now(), lifetime=lifetime or LIFETIME
    )
    return Decision(
        request_id=draft.request_id,
        verdict=verdict,
        actor=actor,
        reason=draft.reason,
        corrected_category=category,
        same_person=draft.same_person,
    )


async def signed_decisions(around: Surroundings, draft: Draft, lifetime: timedelta) -> Answer:
    """The payload of each signal, for whoever decides in the Web UI."""
    from contracts.approval import Verdict
    from starters.status_text import moment

    signals = {
        "approve": signed_decision(around, draft, Verdict.APPROVE, lifetime),
        "reject": signed_decision(around, replace(draft, category=None), Verdict.REJECT, lifetime),
    }
    expires_at = around.now() + lifetime
    text = "\n\n".join(
        [
            f"Run {draft.request_id}, usable until {moment(expires_at)} by {draft.person} alone.",
            *(
                f"To {name}: send the signal `{name}` with this input (JSON):\n{as_document(decision)}"
                for name, decision in signals.items()
            ),
        ]
    )
    return Answer({"workflow_id": draft.request_id, "expires_at": expires_at, "signals": signals}, text)


if __name__ == "__main__":
    run_alone(approve, reject, token)
