"""`onboarding start`: starts the onboarding of an order in a JSON file or on stdin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from starters.arguments import AsJson
from starters.console import Answer, complain, facts, run, run_alone
from starters.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from contracts.order import OnboardingOrder
    from starters.runs import StartedRun

START_SECONDS = 10.0
"""How long the server may take to accept a start; it takes milliseconds when it is well."""


def start(
    context: typer.Context,
    *,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="The order as a JSON object; - is stdin.")],
    as_json: AsJson = False,
) -> None:
    """Start the onboarding of an order; the same order again starts nothing.

    An order is `customer_id`, `seller_id` and, as far as they are known, `details`: company, country,
    contract_reference, contract_signed_at, plan, seats, value, currency, discount_percent, nonstandard_terms,
    region, tax_id, billing_contact, billing_address, technical_contact, zone. What is missing is asked for,
    not refused. Orders of a customer are told apart by contract_reference, else by `ordered_at`, which is now
    if nobody says.

    \b
    Examples:
      throughline onboarding start order.json
      echo '{"customer_id": "cus-77", "seller_id": "p-jonas",
             "details": {"contract_reference": "C-2026-41", "plan": "team", "seats": 10}}' |
        throughline onboarding start -

    Exit codes: 0 started or already known, 3 the order cannot be used, 6 Temporal does not answer, 8 the
    policy is wrong or says nothing about onboarding.
    """  # noqa: D301
    around = surroundings_of(context)
    run(as_json, lambda: start_onboarding(around, file))


async def start_onboarding(around: Surroundings, file: str) -> Answer:
    """Starts the onboarding of the order in a file."""
    order = order_in(around, file)
    if not (order.lead_id or order.details.contract_reference):
        complain(
            "the order has no contract_reference, so only ordered_at tells it from the customer's others: "
            "name one of them, so that this can be repeated"
        )
    async with around.doors(START_SECONDS) as doors:
        started = await doors.onboarding.start(order)
    return Answer(
        {
            "onboarding_id": started.id,
            "workflow_id": started.workflow_id,
            "already_known": started.already_known,
        },
        started_text("onboarding", started),
    )


def order_in(around: Surroundings, file: str) -> OnboardingOrder:
    """The order in a file, checked against the policy as far as that is possible here.

    Raises:
        CommandFailure: INPUT_REFUSED or MISCONFIGURED.
    """
    from rules.orders import ORDER, order_problems, parse_order
    from starters.configuration import require_section
    from starters.json_documents import document_in, refusal, refusing

    with refusing(file):
        order = parse_order(document_in(file, ORDER), ordered_at=around.now())
    policy = around.policy()
    require_section(policy.onboarding, "onboarding")
    if problems := order_problems(order, policy):
        raise refusal(problems, file)
    return order


def started_text(kind: str, started: StartedRun) -> str:
    """What has been started, and what shows how it stands."""
    from starters.run_commands import look_command

    return facts(
        (
            (kind, started.id),
            ("run", started.workflow_id),
            ("start", "already known, nothing was started" if started.already_known else "started"),
            ("look at it", look_command(started.workflow_id)),
        )
    )


if __name__ == "__main__":
    run_alone(start)
