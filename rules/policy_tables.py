"""Checks the tables of a bundle (reading, routing, reviews): conditions, order, and what the rows name."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from contracts.assessment import CheckName, SpamSignal, Usability
from contracts.classification import Risk
from contracts.crm import DEAL_STAGE_MOVES, DealStage, TicketStage
from contracts.lead import OTHER_SOURCE, UNKNOWN_SOURCE, EntryKind
from contracts.matching import MatchKind
from contracts.policy import PolicyBundle, RoutingRule
from contracts.policy_terms import AllOf, AnyOf, Comparison, Condition, NotOf, Op, Scalar
from contracts.routing import LeadPath
from rules.conditions import Row, always_holds
from rules.facts import LEAD_FACTS, ROUTING_FACTS, FactKind
from rules.policy_findings import Finding, review_problems
from rules.policy_yaml import Place

_MEMBERSHIP = frozenset({Op.IN, Op.NOT_IN})
_ORDERING = frozenset({Op.GT, Op.GTE, Op.LT, Op.LTE})

OPS_FOR: Mapping[FactKind, frozenset[Op]] = {
    FactKind.TEXT: frozenset(Op) - _ORDERING,
    FactKind.NUMBER: frozenset(Op) - {Op.CONTAINS, Op.STARTS_WITH},
    FactKind.FLAG: frozenset({Op.EQ, Op.NE, Op.EXISTS}),
    FactKind.LIST: frozenset({Op.CONTAINS, Op.EXISTS}),
}
"""Which comparisons can come out true or false for which kind of fact."""

_STAGES: Mapping[LeadPath, Collection[str]] = {
    LeadPath.SALES: tuple(stage for stage in DealStage if DEAL_STAGE_MOVES[stage]),
    LeadPath.SUPPORT: (TicketStage.OPEN,),
}
"""The stages in which the CRM lets the work of a path begin: none that is closed."""


class Sight(NamedTuple):
    """What the rows of a table may look at."""

    facts: Mapping[str, FactKind]
    later: Collection[str]
    """Facts of the same process that are not known yet when the table is used."""
    words: Mapping[str, Collection[str]]
    """All values of those facts that have certain values only."""


def table_problems(bundle: PolicyBundle) -> Iterator[Finding]:
    """Yields what is wrong with the tables that a lead passes."""
    words = _closed_vocabularies(bundle)
    rules, reviews = bundle.routing.rules, bundle.routing.reviews
    on_routing = Sight(ROUTING_FACTS, (), words)
    yield from row_problems(
        ("reading", "rules"), bundle.reading.rules, Sight(LEAD_FACTS, ROUTING_FACTS, words)
    )
    yield from row_problems(("routing", "rules"), rules, on_routing)
    yield from last_row_problems(("routing", "rules"), rules)
    yield from row_problems(("routing", "reviews"), reviews, on_routing)
    yield from _label_problems(bundle)
    routing_ids = {rule.id for rule in rules}
    for position, review in enumerate(reviews):
        place = ("routing", "reviews", position)
        if review.id in routing_ids:
            yield (*place, "id"), f"the id {review.id!r} is a routing rule's already"
        yield from review_problems((*place, "review"), review.review.approval, review.review.reason, bundle)
    for position, rule in enumerate(rules):
        yield from _route_problems(("routing", "rules", position), rule, bundle)


# ---------------------------------------------------------------- rows


def last_row_problems(place: Place, rules: Sequence[Row]) -> Iterator[Finding]:
    """Yields the hole in a table that must have an answer for everything, if there is one."""
    if not rules or not always_holds(rules[-1].when):
        last = (len(rules) - 1, "when") if rules else ()
        yield (*place, *last), "the last row must always hold: write `when: {always: true}`"


def row_problems(place: Place, rules: Sequence[Row], sight: Sight) -> Iterator[Finding]:
    """Yields the rows of a table that can never be reached, and conditions that can never hold."""
    seen: dict[str, int] = {}
    catch_all: str | None = None
    for position, rule in enumerate(rules):
        row = (*place, position)
        if rule.id in seen:
            yield (*row, "id"), f"the id {rule.id!r} stands here a second time"
        seen.setdefault(rule.id, position)
        if catch_all is not None:
            yield row, f"can never be reached: the rule {catch_all!r} above always holds"
        same = next((earlier.id for earlier in rules[:position] if earlier.when == rule.when), None)
        if same is not None and catch_all is None:
            yield row, f"can never be reached: the rule {same!r} above has the same condition"
        if always_holds(rule.when):
            catch_all = catch_all or rule.id
        yield from _condition_problems((*row, "when"), rule.when, sight)


def _label_problems(bundle: PolicyBundle) -> Iterator[Finding]:
    for position, label in enumerate(bundle.reading.categories):
        if label.name not in bundle.assessment.categories:
            place = ("reading", "categories", position, "name")
            yield place, f"{label.name!r} is not an allowed category (assessment.yaml, categories)"
    for key, labels in (("categories", bundle.reading.categories), ("intents", bundle.reading.intents)):
        names = [label.name for label in labels]
        for position, name in enumerate(names):
            if name in names[:position]:
                yield ("reading", key, position, "name"), f"{name!r} stands here a second time"


def _route_problems(place: Place, rule: RoutingRule, bundle: PolicyBundle) -> Iterator[Finding]:
    names: tuple[tuple[str, str | None, Collection[str]], ...] = (
        ("pool", rule.pool, bundle.pools),
        ("sla", rule.sla, bundle.follow_through),
        ("programme", rule.programme, bundle.programmes),
        ("category", rule.category, bundle.assessment.categories),
        ("escalate_to", rule.escalate_to, {person.id for person in bundle.people}),
    )
    for key, name, known in names:
        if name is not None and name not in known:
            yield (*place, key), f"unknown {'person' if key == 'escalate_to' else key} {name!r}"
    if rule.follow_up is not None and rule.follow_up.template not in bundle.follow_ups:
        yield (*place, "follow_up", "template"), f"unknown template {rule.follow_up.template!r}"
    if rule.review is not None:
        yield from review_problems((*place, "review"), rule.review.approval, rule.review.reason, bundle)
    yield from _path_problems(place, rule)


def _path_problems(place: Place, rule: RoutingRule) -> Iterator[Finding]:
    if rule.path is LeadPath.DISQUALIFIED:
        if rule.disqualify_reason is None:
            yield place, "a disqualifying rule needs a disqualify_reason"
        for key, value in (("review", rule.review), ("pool", rule.pool), ("follow_up", rule.follow_up)):
            if value is not None:
                yield (*place, key), "a disqualified lead is not passed on: leave this out"
        return
    if rule.pool is None or rule.sla is None:
        yield place, f"the path {rule.path} needs a pool and an sla: somebody must look after the lead"
    if rule.path is LeadPath.NURTURE and rule.programme is None:
        yield place, "the path nurture needs a programme"
    stages = _STAGES.get(rule.path)
    if stages is not None and rule.stage not in stages:
        yield (*place, "stage"), f"the path {rule.path} cannot begin in the stage {rule.stage!r}"


# ---------------------------------------------------------------- conditions


def _condition_problems(place: Place, condition: Condition, sight: Sight) -> Iterator[Finding]:
    if isinstance(condition, Comparison):
        kind = sight.facts.get(condition.field)
        if kind is None:
            later = condition.field in sight.later
            hint = "is not known yet when this table is used" if later else "is not a known fact"
            yield (*place, "field"), f"{condition.field!r} {hint}"
        else:
            yield from _comparison_problems(place, condition, kind, sight.words.get(condition.field))
    elif isinstance(condition, AllOf | AnyOf):
        key, parts = ("all", condition.all) if isinstance(condition, AllOf) else ("any", condition.any)
        for position, part in enumerate(parts):
            yield from _condition_problems((*place, key, position), part, sight)
    elif isinstance(condition, NotOf):
        yield from _condition_problems((*place, "not"), condition.not_, sight)


def _comparison_problems(
    place: Place, comparison: Comparison, kind: FactKind, words: Collection[str] | None
) -> Iterator[Finding]:
    field, op, value = comparison.field, comparison.op, comparison.value
    if op not in OPS_FOR[kind]:
        yield (*place, "op"), f"{op} cannot be asked of {field!r}, which is {kind}"
    elif op is Op.EXISTS:
        if value is not None and not isinstance(value, bool):
            yield (*place, "value"), "exists takes no value, or true or false"
    elif problem := _value_problem(op, value, FactKind.TEXT if kind is FactKind.LIST else kind):
        yield (*place, "value"), problem
    elif words is not None and (kind is FactKind.LIST or op not in (Op.CONTAINS, Op.STARTS_WITH)):
        known = {word.casefold() for word in words}
        for member in value if isinstance(value, tuple) else (value,):
            if str(member).casefold() not in known:
                yield (
                    (*place, "value"),
                    f"{field!r} is never {member!r}; it is one of: {', '.join(sorted(words))}",
                )


def _value_problem(op: Op, value: Scalar | tuple[Scalar, ...] | None, kind: FactKind) -> str | None:
    if value is None:
        return f"{op} needs a value"
    if op in _MEMBERSHIP:
        if not isinstance(value, tuple) or not value:
            return f"{op} needs a list of values"
    elif isinstance(value, tuple):
        return f"{op} takes one value, not a list"
    members = value if isinstance(value, tuple) else (value,)
    if all(_fits(member, kind) for member in members):
        return None
    return f"{op} needs {'text' if kind is FactKind.TEXT else kind} here"


def _fits(value: object, kind: FactKind) -> bool:
    if kind is FactKind.FLAG:
        return isinstance(value, bool)
    if kind is FactKind.NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def _closed_vocabularies(bundle: PolicyBundle) -> dict[str, Collection[str]]:
    """Facts that have certain values only: another one in a condition is a misspelling that never matches."""
    categories = tuple(bundle.assessment.categories)
    return {
        "lead.source": (*bundle.assessment.sources, UNKNOWN_SOURCE, OTHER_SOURCE),
        "lead.entry_kind": tuple(EntryKind),
        "lead.category": categories,
        "topic": categories,
        "review.corrected_category": categories,
        "classification.category": tuple(label.name for label in bundle.reading.categories),
        "classification.intent": tuple(label.name for label in bundle.reading.intents),
        "classification.risk": tuple(Risk),
        "match.kind": tuple(MatchKind),
        "assessment.usability": tuple(Usability),
        "assessment.missing": bundle.assessment.required_fields,
        "assessment.spam_signals": tuple(SpamSignal),
        "assessment.warnings": tuple(CheckName),
        "assessment.failures": tuple(CheckName),
    }
