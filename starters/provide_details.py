"""`onboarding provide`: somebody supplies what an order lacks, or corrects it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from starters.arguments import (
    DEFAULT_TIMEOUT,
    AsJson,
    AsPerson,
    OnboardingId,
    Reason,
    Timeout,
    line_from,
    onboarding_id_from,
)
from starters.console import Answer, run, run_alone
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.order import OrderDetails

Field = typer.Option(metavar="TEXT")
Country = typer.Option(metavar="CODE", help="ISO 3166, two letters.")


def provide(
    context: typer.Context,
    *,
    onboarding: OnboardingId,
    file: Annotated[
        str | None, typer.Argument(metavar="FILE|-", help="The details as a JSON object; - is stdin.")
    ] = None,
    person: AsPerson,
    company: Annotated[str | None, Field] = None,
    country: Annotated[str | None, Country] = None,
    contract_reference: Annotated[str | None, Field] = None,
    plan: Annotated[str | None, Field] = None,
    seats: Annotated[int | None, typer.Option(metavar="N")] = None,
    region: Annotated[str | None, Field] = None,
    tax_id: Annotated[str | None, Field] = None,
    billing_name: Annotated[str | None, Field] = None,
    billing_email: Annotated[str | None, Field] = None,
    technical_name: Annotated[str | None, Field] = None,
    technical_email: Annotated[str | None, Field] = None,
    street: Annotated[str | None, Field] = None,
    city: Annotated[str | None, Field] = None,
    postal_code: Annotated[str | None, Field] = None,
    address_country: Annotated[str | None, Country] = None,
    reason: Reason = "",
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Supply or correct details of an order; what is not named stays as it is. Says what is still missing.

    A file holds the fields of an order's `details`; an option goes before the same field of the file. A
    contact and an address are given whole: name and e-mail; street, city and country.

    \b
    Examples:
      throughline onboarding provide o7b3kq2m5x4vd6yh9t8n1a0ce --tax-id DE136695976 --as p-femi
      throughline onboarding provide o7b3kq2m5x4vd6yh9t8n1a0ce details.json --seats 25 --as p-jonas
      throughline onboarding provide o7b3kq2m5x4vd6yh9t8n1a0ce --as p-jonas \\
        --technical-name 'Tess Admin' --technical-email tess@buyer.example

    Exit codes: 0 taken, 2 nothing is given, 3 a detail cannot be used, 4 no such onboarding, 5 the run
    refused (nothing is missing), 7 no worker answers.
    """  # noqa: D301
    options = {
        "company": company,
        "country": country,
        "contract_reference": contract_reference,
        "plan": plan,
        "seats": seats,
        "region": region,
        "tax_id": tax_id,
        "billing_contact": {"name": billing_name, "email": billing_email},
        "technical_contact": {"name": technical_name, "email": technical_email},
        "billing_address": {
            "street": street,
            "city": city,
            "postal_code": postal_code,
            "country": address_country,
        },
    }
    named = given(options)
    if not named and file is None:
        raise typer.BadParameter(
            "name at least one detail, or a file", param_hint="FILE, --tax-id and the like"
        )
    around, onboarding_id = surroundings_of(context), onboarding_id_from(onboarding)
    supply = Supply(file, named, person, line_from("--reason", reason))
    run(as_json, lambda: provide_details(around, onboarding_id, supply, timeout))


@dataclass(frozen=True)
class Supply:
    """What a person supplies, before they are vouched for."""

    file: str | None
    named: dict[str, Any]
    """The options that were given, in the shape of the file."""
    person: str
    reason: str


async def provide_details(around: Surroundings, onboarding_id: str, supply: Supply, seconds: float) -> Answer:
    """Supplies details and says what is still missing."""
    from contracts.ids import onboarding_workflow_id
    from contracts.onboarding import ProvideDetails
    from starters.identity import prove
    from starters.status_text import missing_text, onboarding_text

    details = details_in(supply)
    audience = onboarding_workflow_id(onboarding_id)
    actor = prove(around.settings(), around.policy(), supply.person, audience, around.now())
    async with around.doors(seconds) as doors:
        status = await doors.onboarding.provide(
            onboarding_id, ProvideDetails(actor=actor, details=details, reason=supply.reason)
        )
    missing = missing_text(status.prerequisites)
    said = f"still missing:{missing}" if missing else "nothing is missing any more"
    return Answer(status, f"{said}\n\n{onboarding_text(status)}")


def details_in(supply: Supply) -> OrderDetails:
    """What is supplied, from file and options.

    Raises:
        CommandFailure: INPUT_REFUSED, naming each detail and why, never the value.
    """
    from rules.documents import Problem, object_in
    from rules.orders import DETAILS, parse_details
    from starters.json_documents import document_in, refusal, refusing

    source = supply.file or "onboarding provide"
    with refusing(source):
        document = object_in(document_in(supply.file, DETAILS) if supply.file else {}, DETAILS)
        document.update(supply.named)
        details = parse_details(document)
    if not details.model_dump(exclude_none=True):
        raise refusal((Problem(DETAILS, "hold nothing that is known"),), source)
    return details


def given(options: Mapping[str, object]) -> dict[str, Any]:
    """The options that were given, those of one person or place together."""
    found: dict[str, Any] = {}
    for name, value in options.items():
        inner = given(cast("Mapping[str, object]", value)) if isinstance(value, dict) else value
        if inner not in (None, {}):
            found[name] = inner
    return found


if __name__ == "__main__":
    run_alone(provide)
