"""What an order must have before anything is touched, what completes it, and whether its terms pass."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from contracts.accounts import CrmDeal
from contracts.onboarding_plan import (
    CheckPrerequisitesInput,
    JudgeTermsInput,
    OnboardingPlan,
    Prerequisite,
    PrerequisiteCheck,
    PrerequisiteReport,
    Readiness,
    TermsVerdict,
)
from contracts.onboarding_policy import OnboardingPolicy
from contracts.order import OrderDetails, PartyContact
from contracts.policy import PolicyBundle
from rules.conditions import first_match
from rules.countries import iso_country
from rules.email_addresses import email_problem, normalised_email
from rules.onboarding_facts import onboarding_facts
from rules.onboarding_plan import meant_by, onboarding_section
from rules.wording import MAX_LINE, code_in_words, one_line

_P = Prerequisite

ELSEWHERE: frozenset[Prerequisite] = frozenset({_P.BILLING_READY, _P.WORKSPACE_READY})
"""What other systems answer."""


def prerequisites_report(question: CheckPrerequisitesInput, bundle: PolicyBundle) -> PrerequisiteReport:
    """Every prerequisite that the order alone can answer, in the order asked.

    Raises:
        ValueError: the bundle says nothing about onboarding.
    """
    policy = onboarding_section(bundle)
    return PrerequisiteReport(
        checks=tuple(
            _check(
                wanted,
                _problem(wanted, question.details, policy),
                meant_by(policy.supply.ask.get(wanted, policy.manager), question.seller_id),
            )
            for wanted in question.prerequisites
            if wanted not in ELSEWHERE
        )
    )


def readiness_check(
    prerequisite: Prerequisite, readiness: Readiness, plan: OnboardingPlan
) -> PrerequisiteCheck:
    """What another system answered, as a check with whoever must see to it."""
    problem = "" if readiness.ready else readiness.problem or "the system cannot take the customer"
    return _check(prerequisite, problem, plan.ask.get(prerequisite, plan.manager_id))


def provided(details: OrderDetails, more: OrderDetails) -> OrderDetails:
    """The order with what somebody supplied; what they give goes before what is there."""
    given = {name: getattr(more, name) for name in OrderDetails.model_fields}
    return details.model_copy(update={name: value for name, value in given.items() if value is not None})


def filled_in(details: OrderDetails, deal: CrmDeal) -> OrderDetails:
    """The order with what it lacks and the deal knows.

    What the CRM holds in a form that an order cannot take is left out, and so asked for. So is a value in
    another currency than the order's: the number alone would say something else.
    """
    known: dict[str, Any] = {
        "company": deal.company,
        "company_domain": deal.company_domain,
        "country": deal.country,
        "value": deal.value if details.currency in (None, deal.currency) else None,
        "currency": deal.currency,
    }
    missing = {name: value for name, value in known.items() if not _given(getattr(details, name))}
    fitting = {name: value for name, value in missing.items() if _given(value) and _fits(name, value)}
    return details.model_copy(update=fitting)


def terms_verdict(question: JudgeTermsInput, bundle: PolicyBundle) -> TermsVerdict:
    """What the first row says that holds for the terms; nobody is asked where none holds.

    Raises:
        ValueError: the bundle says nothing about onboarding.
    """
    rows = onboarding_section(bundle).approvals
    row, trace = first_match(rows, onboarding_facts(question.details, template=question.template))
    if row is None:
        return TermsVerdict(trace=trace)
    terms = ", ".join((*_terms_in_words(question.details), f"onboarded as {question.template}"))
    why = code_in_words(row.review.reason)
    text = f"Shall this customer be onboarded on these terms: {terms}? Asked because: {why}."
    return TermsVerdict(review=row.review, rule=row.id, question=one_line(text, MAX_LINE), trace=trace)


def _check(prerequisite: Prerequisite, problem: str, ask: str) -> PrerequisiteCheck:
    met = not problem
    return PrerequisiteCheck(prerequisite=prerequisite, met=met, problem=problem, ask="" if met else ask)


# ---------------------------------------------------------------- the prerequisites


def _company(details: OrderDetails) -> str:
    return "" if _given(details.company) else "the company's name is not known"


def _contract_reference(details: OrderDetails) -> str:
    return "" if _given(details.contract_reference) else "the reference of the contract is not known"


def _billing_contact(details: OrderDetails) -> str:
    return _contact_problem(details.billing_contact, "the billing contact")


def _technical_contact(details: OrderDetails) -> str:
    return _contact_problem(details.technical_contact, "the technical contact")


def _contact_problem(contact: PartyContact | None, who: str) -> str:
    if contact is None:
        return f"{who} is not known"
    if not _given(contact.name):
        return f"{who} has no name"
    if normalised_email(contact.email) is None:
        return f"{who} cannot be written to: {email_problem(contact.email)}"
    return ""


def _billing_address(details: OrderDetails) -> str:
    address = details.billing_address
    if address is None:
        return "the address that invoices go to is not known"
    if not _given(address.street) or not _given(address.city):
        return "the address that invoices go to lacks its street or its city"
    if iso_country(address.country) is None:
        return "the country of the address that invoices go to is not one that is known"
    return ""


def _tax_id(details: OrderDetails, policy: OnboardingPolicy) -> str:
    """Wanted in the country of the seat as well as in that of the invoice: either may make it due."""
    billed = details.billing_address.country if details.billing_address else None
    countries = {country for raw in (details.country, billed) if (country := iso_country(raw))}
    needing = countries & policy.supply.tax_id_countries
    if not needing or _given(details.tax_id):
        return ""
    return f"the tax id is not known, and invoices in {', '.join(sorted(needing))} need one"


def _plan(details: OrderDetails, policy: OnboardingPolicy) -> str:
    if details.plan is None:
        return "the plan is not known"
    if details.plan not in policy.plans:
        return f"the plan {details.plan} is not sold; sold are: {', '.join(sorted(policy.plans))}"
    return ""


def _seats(details: OrderDetails, policy: OnboardingPolicy) -> str:
    if details.seats is None:
        return "the number of seats is not known"
    limits = policy.plans.get(details.plan or "")
    if limits is None:
        return ""
    if details.seats < limits.least_seats:
        return f"the plan {details.plan} is sold from {limits.least_seats} seats on, not for {details.seats}"
    if limits.most_seats is not None and details.seats > limits.most_seats:
        return f"the plan {details.plan} is sold for up to {limits.most_seats} seats, not for {details.seats}"
    return ""


def _region(details: OrderDetails, policy: OnboardingPolicy) -> str:
    if details.region is None:
        return "where the customer's data must live is not known"
    if details.region not in policy.regions:
        return f"the region {details.region} is not ours; ours are: {', '.join(sorted(policy.regions))}"
    return ""


_OF_ITSELF: Mapping[Prerequisite, Callable[[OrderDetails], str]] = {
    _P.COMPANY: _company,
    _P.CONTRACT_REFERENCE: _contract_reference,
    _P.BILLING_CONTACT: _billing_contact,
    _P.BILLING_ADDRESS: _billing_address,
    _P.TECHNICAL_CONTACT: _technical_contact,
}
_BY_POLICY: Mapping[Prerequisite, Callable[[OrderDetails, OnboardingPolicy], str]] = {
    _P.TAX_ID: _tax_id,
    _P.PLAN: _plan,
    _P.SEATS: _seats,
    _P.REGION: _region,
}


def _problem(wanted: Prerequisite, details: OrderDetails, policy: OnboardingPolicy) -> str:
    """What is wrong, in words that hold no personal data; nothing where all is well."""
    judge = _OF_ITSELF.get(wanted)
    return judge(details) if judge is not None else _BY_POLICY[wanted](details, policy)


# ---------------------------------------------------------------- values


def _given(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None


def _fits(name: str, value: object) -> bool:
    try:
        OrderDetails.model_validate({name: value})
    except ValidationError:
        return False
    return True


def _terms_in_words(details: OrderDetails) -> list[str]:
    words = [
        (details.plan is not None, f"plan {details.plan}"),
        (details.seats is not None, f"{details.seats} seats"),
        (
            details.value is not None,
            f"{details.currency or 'currency unknown'} {details.value or 0:,} a year",
        ),
        (bool(details.discount_percent), f"{details.discount_percent} % discount"),
        (details.nonstandard_terms is True, "terms that are not our standard"),
        (details.region is not None, f"data in {details.region}"),
    ]
    return [text for is_known, text in words if is_known]
