"""`agreement record` and `agreement show`: how a contract stands in the embedded registry."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import AsJson, SignedAt, choice, past_instant_from, words_from
from starters.console import Answer, facts, run, run_alone
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.agreements import Agreement, AgreementState

Reference = Annotated[str, typer.Argument(metavar="REFERENCE", help="The contract's reference.")]


def record(
    context: typer.Context,
    *,
    reference: Reference,
    state: Annotated[
        str, typer.Argument(metavar="sent|signed|void", help="Out; signed; withdrawn or declined.")
    ],
    signed_at: SignedAt = None,
    as_json: AsJson = False,
) -> None:
    """Note how a contract stands; what is signed or void stays so. Onboardings that wait for it look it up.

    \b
    Examples:
      throughline agreement record C-2026-41 sent
      throughline agreement record C-2026-41 signed --signed-at 2026-11-20T10:00:00+01:00

    Exit codes: 0 noted or known already, 2 no such state or time, 5 it is signed or void for good, 6 the
    store does not answer.
    """  # noqa: D301
    from contracts.agreements import AgreementState

    around, name = surroundings_of(context), words_from("REFERENCE", reference)
    chosen = choice("sent|signed|void", state, AgreementState, without=(AgreementState.UNKNOWN,))
    if signed_at is not None and chosen is not AgreementState.SIGNED:
        raise typer.BadParameter("only what is signed was signed at some time", param_hint="--signed-at")
    at = past_instant_from("--signed-at", signed_at, around.now())
    run(as_json, lambda: record_agreement(around, name, chosen, at))


def show(context: typer.Context, *, reference: Reference, as_json: AsJson = False) -> None:
    """Show how a contract stands; one that nobody has noted is unknown.

    \b
    Example:
      throughline agreement show C-2026-41

    Exit codes: 0 shown, 6 the store does not answer.
    """  # noqa: D301
    around, name = surroundings_of(context), words_from("REFERENCE", reference)
    run(as_json, lambda: show_agreement(around, name))


async def record_agreement(
    around: Surroundings, reference: str, state: AgreementState, signed_at: datetime | None
) -> Answer:
    """Notes how a contract stands, and shows it."""
    async with around.embedded() as embedded:
        return agreement_answer(await embedded.record_agreement(reference, state, signed_at))


async def show_agreement(around: Surroundings, reference: str) -> Answer:
    """How a contract stands."""
    async with around.embedded() as embedded:
        return agreement_answer(await embedded.agreement(reference))


def agreement_answer(agreement: Agreement) -> Answer:
    """A contract as the registry knows it."""
    from starters.status_text import moment

    return Answer(
        agreement,
        facts(
            (
                ("contract", agreement.reference),
                ("state", agreement.state),
                ("signed", moment(agreement.signed_at)),
            )
        ),
    )


if __name__ == "__main__":
    run_alone(record, show)
