"""Text is read only where it must be."""

import pytest

from contracts.assessment import Usability
from contracts.policy import ReadingPolicy
from rules.facts import lead_facts
from rules.reading import NOTHING_TO_READ, reading_plan
from tests.rules.policy_samples import normalised, shipped


@pytest.mark.parametrize(
    ("lead", "usability", "classify", "summarise", "rule"),
    [
        ({"category": "training"}, "usable", False, False, "fixed-choice"),
        ({"category": "training", "has_message": True}, "usable", False, False, "fixed-choice"),
        ({"has_message": True}, "usable", True, False, "open-text"),
        ({"category_raw": "gardening", "has_message": True}, "usable", True, False, "open-text"),
        ({"has_transcript": True}, "usable", True, True, "transcript"),
        (
            {"has_transcript": True, "category": "support"},
            "usable",
            False,
            True,
            "transcript-with-known-category",
        ),
        ({}, "usable", False, False, NOTHING_TO_READ),
        ({"has_message": True}, "incomplete", True, False, "open-text"),
        ({"has_message": True, "has_transcript": True}, "spam", False, False, "spam-is-not-read"),
    ],
)
def test_the_shipped_policy_reads_open_text_only(
    lead: dict[str, object], usability: str, classify: bool, summarise: bool, rule: str
) -> None:
    facts = lead_facts(
        normalised(**lead), usability=Usability(usability), missing=(), spam_signals=(), checks=()
    )
    plan = reading_plan(facts, shipped().reading)
    assert (plan.classify, plan.summarise, plan.rule) == (classify, summarise, rule)


def test_without_rules_nothing_is_read() -> None:
    plan = reading_plan({"lead.has_message": True}, ReadingPolicy(categories=()))
    assert (plan.classify, plan.summarise, plan.rule) == (False, False, NOTHING_TO_READ)
