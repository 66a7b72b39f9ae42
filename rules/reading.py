"""Whether the text of a lead must be read by a classifier or summarised."""

from contracts.assessment import ReadingPlan
from contracts.policy import ReadingPolicy
from rules.conditions import first_match
from rules.facts import Facts

NOTHING_TO_READ = "nothing-to-read"
"""Stands for the rule where none matched."""


def reading_plan(facts: Facts, policy: ReadingPolicy) -> ReadingPlan:
    """What the first matching rule says; nothing is read where none matches."""
    rule, _ = first_match(policy.rules, facts)
    if rule is None:
        return ReadingPlan(rule=NOTHING_TO_READ)
    return ReadingPlan(classify=rule.classify, summarise=rule.summarise, rule=rule.id)
