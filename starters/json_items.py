"""The leads of a JSON text: one object, or an array of them."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from contracts.lead import LeadSubmission
from rules.documents import DocumentRefused, Problem, decoded
from rules.submissions import SUBMISSION, parse_submission
from starters.console import CommandFailure
from starters.input_text import refused
from starters.json_documents import problems_in_words

ONLY = 0
"""The number of an item that is not one of several."""


def submissions_in(text: str, name: str, received_at: datetime) -> list[LeadSubmission]:
    """Every submission of a JSON text, all of them checked.

    Args:
        text: a JSON object, or an array of objects.
        name: what messages call it.
        received_at: when the door took it.

    Raises:
        CommandFailure: INPUT_REFUSED, naming each field and why, and the item where there are several.
    """
    try:
        data = decoded(text, SUBMISSION)
    except DocumentRefused as wrong:
        raise _refusal([(ONLY, problem) for problem in wrong.problems], name) from None
    if data == []:
        raise refused("an empty array", name, "hand in at least one lead")
    accepted: list[LeadSubmission] = []
    problems: list[tuple[int, Problem]] = []
    for number, item in _numbered(data):
        try:
            accepted.append(parse_submission(item, received_at=received_at))
        except DocumentRefused as wrong:
            problems += [(number, problem) for problem in wrong.problems]
    if problems:
        raise _refusal(problems, name)
    return accepted


def _numbered(data: object) -> list[tuple[int, object]]:
    if isinstance(data, list):
        return list(enumerate(cast("list[object]", data), start=1))
    return [(ONLY, data)]


def _refusal(problems: list[tuple[int, Problem]], name: str) -> CommandFailure:
    return refused(
        problems_in_words([_placed(number, problem) for number, problem in problems]),
        name,
        "correct it and run this again; nothing was started",
        [{"item": number, "field": one.field, "reason": one.reason} for number, one in problems],
    )


def _placed(number: int, problem: Problem) -> Problem:
    """The problem with the item that it is in, where there are several."""
    return problem if number == ONLY else Problem(f"item {number}: {problem.field}", problem.reason)
