"""What the schema cannot say of onboarding and access: names exist, and what belongs together is there.

Each check yields the place of a problem and the problem in plain words.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from string import Template

from contracts.calendars import Calendar, OpeningHours
from contracts.onboarding_plan import OnboardingStep, Prerequisite
from contracts.onboarding_policy import SELLER, KickoffPolicy, OnboardingPolicy, OnboardingTemplate
from contracts.policy import PolicyBundle
from rules.business_time import is_zone
from rules.countries import iso_country
from rules.customer_messages import CUSTOMER_PLACEHOLDERS
from rules.handover_note import HANDOVER_REASON
from rules.onboarding_facts import ACCESS_FACTS, ONBOARDING_FACTS, TERMS_FACTS
from rules.onboarding_plan import dependencies, in_order
from rules.policy_findings import (
    Finding,
    people_of,
    repeated_names,
    review_problems,
    template_problems,
    unknown_name,
)
from rules.policy_tables import Sight, last_row_problems, row_problems
from rules.policy_yaml import Place

_S = OnboardingStep
_P = Prerequisite

NEEDS_STEPS: Mapping[OnboardingStep, tuple[OnboardingStep, ...]] = {
    _S.START_SUBSCRIPTION: (_S.OPEN_BILLING_CUSTOMER,),
    _S.INVITE_ADMIN: (_S.CREATE_WORKSPACE,),
    _S.SEND_WELCOME: (_S.CREATE_WORKSPACE,),
    _S.HAND_OVER: (_S.OPEN_ACCOUNT,),
    _S.ACTIVATE_ACCOUNT: (_S.OPEN_ACCOUNT,),
    _S.CONFIRM_FIRST_VALUE: (_S.CREATE_WORKSPACE,),
}
"""Steps that use what others made."""

NEEDS_DATA: Mapping[OnboardingStep, tuple[Prerequisite, ...]] = {
    _S.OPEN_ACCOUNT: (_P.COMPANY,),
    _S.OPEN_BILLING_CUSTOMER: (_P.COMPANY, _P.BILLING_CONTACT, _P.BILLING_ADDRESS),
    _S.START_SUBSCRIPTION: (_P.PLAN, _P.SEATS),
    _S.CREATE_WORKSPACE: (_P.COMPANY, _P.REGION, _P.PLAN, _P.SEATS),
    _S.INVITE_ADMIN: (_P.TECHNICAL_CONTACT,),
    _S.ARRANGE_KICKOFF: (_P.COMPANY, _P.TECHNICAL_CONTACT),
    _S.SEND_WELCOME: (_P.COMPANY, _P.TECHNICAL_CONTACT),
}
"""Steps that use what an order says; without the prerequisite it may be missing when they are taken."""

NEEDS_SETTING: Mapping[OnboardingStep, str] = {
    _S.ARRANGE_KICKOFF: "kickoff",
    _S.ASSIGN_TASKS: "tasks",
    _S.HAND_OVER: "handover_approval",
    _S.CONFIRM_FIRST_VALUE: "first_value_after",
}
"""Steps that a template must say more about; said without the step, it is never looked at."""

_TOP: Place = ("onboarding",)
_NOTHING = timedelta(0)


def onboarding_problems(bundle: PolicyBundle) -> Iterator[Finding]:
    """Yields what is wrong with what a bundle says about onboarding."""
    policy = bundle.onboarding
    if policy is None:
        yield _TOP, "the key 'onboarding' is missing: it says how customers are onboarded"
        return
    yield from unknown_name((*_TOP, "calendar"), "calendar", policy.calendar, bundle.calendars)
    if not is_zone(policy.zone):
        yield (*_TOP, "zone"), f"unknown zone {policy.zone!r}; write an IANA name such as Europe/Berlin"
    yield from _unknown_person((*_TOP, "manager"), policy.manager, bundle)
    yield from _plan_problems(policy)
    yield from _supply_problems(policy, bundle)
    yield from _contract_problems(policy)
    yield from _terms_problems(policy, bundle)
    yield from _template_table_problems(policy)
    for position, template in enumerate(policy.templates):
        yield from _way_problems((*_TOP, "templates", position), template, bundle)
    yield from _message_problems(policy)


def access_problems(bundle: PolicyBundle) -> Iterator[Finding]:
    """Yields what is wrong with what a bundle says about access requests."""
    policy, place = bundle.access, ("access", "rules")
    if policy is None:
        yield ("access",), "the key 'access' is missing: it says who must agree to access"
        return
    roles = sorted({role for person in bundle.people for role in person.roles})
    yield from row_problems(place, policy.rules, Sight(ACCESS_FACTS, (), {"person.roles": roles}))
    yield from last_row_problems(place, policy.rules)
    for position, rule in enumerate(policy.rules):
        yield from review_problems((*place, position), rule.approval, rule.reason, bundle)
        yield from _too_short((*place, position, "lasts"), rule.lasts)
    yield from unknown_name(("access", "manager"), "person", policy.manager, people_of(bundle))


# ---------------------------------------------------------------- orders and their terms


def _plan_problems(policy: OnboardingPolicy) -> Iterator[Finding]:
    for name, limits in policy.plans.items():
        if limits.most_seats is not None and limits.most_seats < limits.least_seats:
            yield (*_TOP, "plans", name, "most_seats"), "must not be below least_seats"


def _supply_problems(policy: OnboardingPolicy, bundle: PolicyBundle) -> Iterator[Finding]:
    supply, place = policy.supply, (*_TOP, "supply")
    for prerequisite, name in supply.ask.items():
        yield from _unknown_person((*place, "ask", prerequisite), name, bundle)
    for prerequisite in Prerequisite:
        if prerequisite not in supply.ask:
            yield (*place, "ask"), f"does not say who supplies {prerequisite.value!r}"
    for country in sorted(supply.tax_id_countries):
        if iso_country(country) != country:
            yield (*place, "tax_id_countries"), f"{country!r} is no ISO 3166 code of a country, such as DE"
    yield from _wait_problems(place, supply.remind_after, supply.deadline)


def _contract_problems(policy: OnboardingPolicy) -> Iterator[Finding]:
    contract, place = policy.contract, (*_TOP, "contract")
    if contract.confirm_by == "poll" and contract.poll_every is None:
        yield place, "confirm_by is poll, but poll_every does not say how often"
    if contract.confirm_by != "poll" and contract.poll_every is not None:
        yield (*place, "poll_every"), "says how often, but confirm_by is not poll"
    if contract.poll_every is not None:
        yield from _too_short((*place, "poll_every"), contract.poll_every)
    yield from _wait_problems(place, contract.remind_after, contract.deadline)


def _terms_problems(policy: OnboardingPolicy, bundle: PolicyBundle) -> Iterator[Finding]:
    place = (*_TOP, "approvals")
    words = {**_words(policy), "template": [template.id for template in policy.templates]}
    yield from row_problems(place, policy.approvals, Sight(TERMS_FACTS, (), words))
    for position, row in enumerate(policy.approvals):
        review = row.review
        yield from review_problems((*place, position, "review"), review.approval, review.reason, bundle)


def _words(policy: OnboardingPolicy) -> dict[str, Collection[str]]:
    """Facts that have certain values only."""
    return {"order.plan": sorted(policy.plans), "order.region": sorted(policy.regions)}


# ---------------------------------------------------------------- templates


def _template_table_problems(policy: OnboardingPolicy) -> Iterator[Finding]:
    place, sight = (*_TOP, "templates"), Sight(ONBOARDING_FACTS, TERMS_FACTS, _words(policy))
    yield from row_problems(place, policy.templates, sight)
    yield from last_row_problems(place, policy.templates)


def _way_problems(place: Place, template: OnboardingTemplate, bundle: PolicyBundle) -> Iterator[Finding]:
    yield from _unknown_person((*place, "success_owner"), template.success_owner, bundle)
    yield from repeated_names((*place, "prerequisites"), None, template.prerequisites)
    yield from repeated_names((*place, "tasks"), "id", [task.id for task in template.tasks])
    for position, task in enumerate(template.tasks):
        yield from _unknown_person((*place, "tasks", position, "owner"), task.owner, bundle)
    yield from _step_problems(place, template, bundle)
    yield from _need_problems(place, template)
    if template.kickoff is not None:
        yield from _kickoff_problems((*place, "kickoff"), template.kickoff, bundle)
    if template.handover_approval is not None:
        known = bundle.approvals.policies
        yield from unknown_name((*place, "handover_approval"), "approval", template.handover_approval, known)
        if HANDOVER_REASON not in bundle.approvals.reasons:
            problem = f"needs the reason code {HANDOVER_REASON!r} (approvals.yaml, reasons)"
            yield (*place, "handover_approval"), problem
    if template.first_value_after is not None:
        yield from _too_short((*place, "first_value_after"), template.first_value_after)


def _step_problems(place: Place, template: OnboardingTemplate, bundle: PolicyBundle) -> Iterator[Finding]:
    taken = {chosen.step: chosen.after for chosen in template.steps}
    yield from repeated_names((*place, "steps"), "step", [chosen.step for chosen in template.steps])
    for position, chosen in enumerate(template.steps):
        row = (*place, "steps", position)
        yield from _unknown_person((*row, "owner"), chosen.owner, bundle)
        for awaited in chosen.after:
            if awaited not in taken:
                yield (*row, "after"), f"waits for {awaited.value!r}, which the template does not take"
    try:
        in_order(dependencies(taken))
    except ValueError as problem:
        yield (*place, "steps"), str(problem)


def _need_problems(place: Place, template: OnboardingTemplate) -> Iterator[Finding]:
    taken = {chosen.step for chosen in template.steps}
    for position, chosen in enumerate(template.steps):
        row = (*place, "steps", position)
        for needed in NEEDS_STEPS.get(chosen.step, ()):
            if needed not in taken:
                yield row, f"the step {chosen.step} needs the step {needed}"
        for wanted in NEEDS_DATA.get(chosen.step, ()):
            if wanted not in template.prerequisites:
                yield row, f"the step {chosen.step} needs the prerequisite {wanted}"
    for step, setting in NEEDS_SETTING.items():
        said = bool(getattr(template, setting))
        if step in taken and not said:
            yield place, f"the step {step} needs {setting}"
        if said and step not in taken:
            yield (*place, setting), f"is never looked at without the step {step}"


def _kickoff_problems(place: Place, kickoff: KickoffPolicy, bundle: PolicyBundle) -> Iterator[Finding]:
    yield from _unknown_person((*place, "host"), kickoff.host, bundle)
    yield from _too_short((*place, "duration"), kickoff.duration)
    yield from _too_short((*place, "choose_within"), kickoff.choose_within)
    host = next((person for person in bundle.people if person.id == kickoff.host), None)
    calendar = bundle.calendars.get(host.calendar) if host is not None else None
    if calendar is not None and kickoff.duration > _longest_opening(calendar):
        yield (*place, "duration"), "is longer than the host's calendar is ever open"


def _longest_opening(calendar: Calendar) -> timedelta:
    return max((_length(opening) for day in calendar.hours.values() for opening in day), default=_NOTHING)


def _length(opening: OpeningHours) -> timedelta:
    day = date.min
    end = day + timedelta(days=1) if opening.closes == time(0) else day
    return datetime.combine(end, opening.closes) - datetime.combine(day, opening.opens)


# ---------------------------------------------------------------- messages, and what all share


def _message_problems(policy: OnboardingPolicy) -> Iterator[Finding]:
    words = policy.messages
    offers = {"kickoff_offer": words.kickoff_offer, "kickoff_offered_again": words.kickoff_offered_again}
    for key, template in {**offers, "welcome": words.welcome, "withdrawn": words.withdrawn}.items():
        place = (*_TOP, "messages", key)
        yield from template_problems((*place, "subject"), template.subject, CUSTOMER_PLACEHOLDERS)
        yield from template_problems((*place, "body"), template.body, CUSTOMER_PLACEHOLDERS)
    for key, template in offers.items():
        if "slots" not in Template(template.body).get_identifiers():
            yield (*_TOP, "messages", key, "body"), "must name the $slots that are offered"


def _unknown_person(place: Place, name: str, bundle: PolicyBundle) -> Iterator[Finding]:
    yield from unknown_name(place, "person", name, {*people_of(bundle), SELLER})


def _wait_problems(
    place: Place, remind_after: Collection[timedelta], deadline: timedelta
) -> Iterator[Finding]:
    yield from _too_short((*place, "deadline"), deadline)
    if any(wait >= deadline for wait in remind_after):
        yield (*place, "remind_after"), "a reminder must come before the deadline"


def _too_short(place: Place, span: timedelta) -> Iterator[Finding]:
    if span <= _NOTHING:
        yield place, "must be longer than nothing"
