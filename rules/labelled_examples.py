"""Labelled examples: what they must hold to say anything about a classifier under a policy."""

from dataclasses import dataclass

from pydantic import Field

from contracts.base import Contract, Text
from contracts.classification import Risk
from contracts.policy import ReadingPolicy
from rules.documents import DocumentRefused, Problem, parsed

EXAMPLE = "labelled example"
COLUMNS = ("text", "category", "intent", "risk")
REQUIRED = ("text", "category")


class Example(Contract):
    """One text with what it should be read as. An empty label means that nobody said."""

    text: Text = Field(min_length=1)
    category: str = Field(min_length=1)
    intent: str = ""
    risk: str = ""


@dataclass(frozen=True)
class PlacedExample:
    """An example with its line in the file."""

    line: int
    example: Example


def example_of(row: dict[object, object], policy: ReadingPolicy) -> Example:
    """One example of a row.

    Raises:
        DocumentRefused: a field is missing, unknown or wrong, or a label is none of the policy's.
    """
    example = parsed(row, Example, EXAMPLE)
    allowed = {
        "category": {label.name for label in policy.categories},
        "intent": {label.name for label in policy.intents} | {""},
        "risk": {risk.value for risk in Risk} | {""},
    }
    problems = tuple(
        Problem(field, f"must be one of {', '.join(sorted(names - {''}))}")
        for field, names in allowed.items()
        if getattr(example, field) not in names
    )
    if problems:
        raise DocumentRefused(problems)
    return example
