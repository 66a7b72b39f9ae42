"""What a bundle's schema cannot say: that names exist, that waits fit each other, that no table has holes.

Each check yields the place of a problem and the problem in plain words.
"""

from collections.abc import Iterator
from datetime import time, timedelta
from itertools import pairwise

from contracts.lead import EntryKind, NormalisedLead
from contracts.policy import ApprovalPolicy, Calendar, OpeningHours, PolicyBundle
from rules.business_time import is_zone
from rules.delivery import delivery_problems
from rules.failure_policy_checks import failure_problems
from rules.limbo_policy_checks import limbo_problems
from rules.onboarding_policy_checks import access_problems, onboarding_problems
from rules.policy_findings import Finding, people_of, repeated_names, template_problems, unknown_name
from rules.policy_tables import table_problems
from rules.policy_yaml import Place
from rules.texts import spelling_key

PLACEHOLDERS = frozenset({"name", "company", "owner", "category"})
"""What a follow-up template may fill in."""


def reference_problems(bundle: PolicyBundle) -> Iterator[Finding]:
    """Yields everything that is wrong with a bundle whose schema is right."""
    yield from _calendar_problems(bundle)
    yield from _people_problems(bundle)
    yield from _pool_problems(bundle)
    yield from _assessment_problems(bundle)
    yield from _incomplete_problems(bundle)
    yield from _approval_problems(bundle)
    yield from _follow_through_problems(bundle)
    yield from _message_problems(bundle)
    yield from failure_problems(bundle)
    yield from table_problems(bundle)
    yield from onboarding_problems(bundle)
    yield from access_problems(bundle)
    yield from limbo_problems(bundle)
    yield from delivery_problems(bundle)


def _calendar_problems(bundle: PolicyBundle) -> Iterator[Finding]:
    for name, calendar in bundle.calendars.items():
        place = ("calendars", name, "hours")
        if not any(calendar.hours.values()):
            yield place, "the calendar never opens"
        yield from _opening_problems(place, calendar)


def _opening_problems(place: Place, calendar: Calendar) -> Iterator[Finding]:
    for weekday, openings in calendar.hours.items():
        for position, opening in enumerate(openings):
            if not _opens_before_it_closes(opening):
                yield (*place, weekday, position), "must close later than it opens, or at 00:00 (midnight)"
        spans = sorted((opening.opens, opening.closes) for opening in openings)
        for (_, closes), (opens, _) in pairwise(spans):
            if closes == time(0) or opens < closes:
                yield (*place, weekday), "two openings of the day overlap"


def _opens_before_it_closes(opening: OpeningHours) -> bool:
    return opening.closes == time(0) or opening.opens < opening.closes


def _people_problems(bundle: PolicyBundle) -> Iterator[Finding]:
    managers = {person.id: person.manager for person in bundle.people}
    yield from repeated_names(("people",), "id", [person.id for person in bundle.people])
    for position, person in enumerate(bundle.people):
        place = ("people", position)
        if not is_zone(person.zone):
            yield (*place, "zone"), f"unknown zone {person.zone!r}; write an IANA name such as Europe/Berlin"
        if person.calendar not in bundle.calendars:
            yield (*place, "calendar"), f"unknown calendar {person.calendar!r}"
        if "@" not in person.email:
            yield (*place, "email"), "is not an e-mail address"
        if person.manager is not None and person.manager not in managers:
            yield (*place, "manager"), f"unknown person {person.manager!r}"
        elif _loops(person.id, managers):
            yield (*place, "manager"), "the chain of managers comes back to this person"


def _pool_problems(bundle: PolicyBundle) -> Iterator[Finding]:
    people = people_of(bundle)
    fallbacks = {name: pool.fallback_pool for name, pool in bundle.pools.items()}
    for name, pool in bundle.pools.items():
        place = ("pools", name)
        yield from repeated_names((*place, "members"), "person", [member.person for member in pool.members])
        for position, member in enumerate(pool.members):
            yield from unknown_name((*place, "members", position, "person"), "person", member.person, people)
        yield from unknown_name((*place, "escalate_to"), "person", pool.escalate_to, people)
        if pool.fallback_pool is not None and pool.fallback_pool not in bundle.pools:
            yield (*place, "fallback_pool"), f"unknown pool {pool.fallback_pool!r}"
        elif _loops(name, fallbacks):
            yield (*place, "fallback_pool"), "the chain of fallbacks comes back to this pool"


def _assessment_problems(bundle: PolicyBundle) -> Iterator[Finding]:
    policy = bundle.assessment
    for position, names in enumerate(policy.required_fields):
        for name in names.split("|"):
            yield from _unknown_field(("assessment", "required_fields", position), name.strip())
    for position, kind in enumerate(policy.utm_expected_for):
        yield from unknown_name(
            ("assessment", "utm_expected_for", position), "entry kind", kind, set(EntryKind)
        )
    for section, spellings in (("sources", policy.sources), ("categories", policy.categories)):
        yield from _ambiguous_spellings(("assessment", section), spellings)
    for position, mapping in enumerate(bundle.crm_fields):
        yield from _unknown_field(("crm_fields", position, "field"), mapping.field)
    if bundle.matching.review_at > bundle.matching.merge_at:
        yield ("matching", "review_at"), "must not be above merge_at"


def _ambiguous_spellings(place: Place, spellings: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    meaning: dict[str, str] = {}
    for name, others in spellings.items():
        for spelling in (name, *others):
            other = meaning.setdefault(spelling_key(spelling), name)
            if other != name:
                yield (*place, name), f"the spelling {spelling!r} already means {other!r}"


def _unknown_field(place: Place, name: str) -> Iterator[Finding]:
    if name.removeprefix("lead.") not in NormalisedLead.model_fields:
        yield place, f"unknown field {name!r}; write lead.NAME, with a NAME of the normalised lead"


def _incomplete_problems(bundle: PolicyBundle) -> Iterator[Finding]:
    policy = bundle.incomplete
    yield from unknown_name(("incomplete", "ask"), "person", policy.ask, people_of(bundle))
    yield from unknown_name(("incomplete", "calendar"), "calendar", policy.calendar, bundle.calendars)
    if policy.remind_after >= policy.deadline:
        yield ("incomplete", "remind_after"), "must be shorter than the deadline"


def _approval_problems(bundle: PolicyBundle) -> Iterator[Finding]:
    people = people_of(bundle)
    for name, policy in bundle.approvals.policies.items():
        place = ("approvals", "policies", name)
        for key, persons in (("approvers", policy.approvers), ("escalate_to", policy.escalate_to)):
            yield from repeated_names((*place, key), None, persons)
            for position, person in enumerate(persons):
                yield from unknown_name((*place, key, position), "person", person, people)
        if policy.calendar is not None:
            yield from unknown_name((*place, "calendar"), "calendar", policy.calendar, bundle.calendars)
        if policy.quorum > len(policy.approvers):
            yield (*place, "quorum"), f"can never be reached by {len(policy.approvers)} approver(s)"
        for key, problem in _wait_problems(policy):
            yield (*place, key), problem


def _wait_problems(policy: ApprovalPolicy) -> Iterator[tuple[str, str]]:
    if policy.expire_after <= timedelta(0):
        yield "expire_after", "must be longer than nothing"
    if any(wait >= policy.expire_after for wait in policy.remind_after):
        yield "remind_after", "a reminder must come before the request expires"
    if policy.escalate_after is not None and policy.escalate_after >= policy.expire_after:
        yield "escalate_after", "must come before the request expires"
    if policy.escalate_to and policy.escalate_after is None:
        yield "escalate_to", "names people, but escalate_after does not say when"
    if policy.escalate_after is not None and not policy.escalate_to:
        yield "escalate_after", "says when, but escalate_to names nobody"


def _follow_through_problems(bundle: PolicyBundle) -> Iterator[Finding]:
    for name, rule in bundle.follow_through.items():
        place = ("follow_through", name)
        if rule.remind_before >= rule.acknowledge_within:
            yield (*place, "remind_before"), "must be shorter than acknowledge_within"
        if rule.outcome_within <= rule.acknowledge_within:
            yield (*place, "outcome_within"), "must be longer than acknowledge_within"
        if rule.flag_again_after <= timedelta(0):
            yield (*place, "flag_again_after"), "must be longer than nothing"


def _message_problems(bundle: PolicyBundle) -> Iterator[Finding]:
    for name, template in bundle.follow_ups.items():
        for key, text in (("subject", template.subject), ("body", template.body)):
            yield from template_problems(("follow_ups", name, key), text, PLACEHOLDERS)


def _loops(start: str, following: dict[str, str | None]) -> bool:
    seen: set[str] = set()
    name = following.get(start)
    while name is not None and name not in seen:
        if name == start:
            return True
        seen.add(name)
        name = following.get(name)
    return False
