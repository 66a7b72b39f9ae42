"""What a run shows of itself in the Temporal Web UI."""

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contracts.states import ProcessDeclaration, StateDeclaration
    from contracts.status import ParkedStep, Refusal, ResolvedStep, StateVisit
    from rules.parking import resolution_in_words


def current_details(
    process: ProcessDeclaration,
    state: StateDeclaration,
    *,
    visits: list[StateVisit],
    owner: str,
    waits_for: str,
    due_at: datetime | None,
    commands: tuple[str, ...],
    reasons: tuple[str, ...],
    parked: tuple[ParkedStep, ...],
    resolutions: list[ResolvedStep],
    refusals: list[Refusal],
) -> str:
    """Says in Markdown how a run stands."""
    lines = [
        f"**{process.title}: {state.name}** ({state.lane}). {state.meaning}",
        "",
        "Path: " + " → ".join(visit.state for visit in visits),
        f"Next move: {owner}",
    ]
    if waits_for:
        lines.append(f"Waits for: {waits_for}")
    if due_at:
        lines.append(f"Due: {due_at:%Y-%m-%d %H:%M %Z}")
    if commands:
        lines.append("Takes: " + ", ".join(f"`{command}`" for command in commands))
    if state.next:
        lines.append("May become: " + ", ".join(state.next))
    lines += [f"**Parked at {p.step}** ({p.code}): {p.message}. {p.who_must_act}" for p in parked]
    if reasons:
        lines += ["", "Because:", *(f"- {reason}" for reason in reasons)]
    if resolutions:
        lines += ["", "Resolved:", *(f"- {resolution_in_words(one)}" for one in resolutions[-5:])]
    if refusals:
        lines += ["", "Refused:", *(f"- {r.command} by {r.actor_id}: {r.reason}" for r in refusals[-5:])]
    return "\n".join(lines)
