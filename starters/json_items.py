"""The leads of a JSON text: one object, or an array of them."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from contracts.lead import LeadSubmission
from rules.documents import Problem, SubmissionRefused, decoded
from rules.submissions import parse_submission
from starters.console import CommandFailure
from starters.input_text import refused

SHOWN_PROBLEMS = 5

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
        data = decoded(text)
    except SubmissionRefused as wrong:
        raise _refusal([(ONLY, problem) for problem in wrong.problems], name) from None
    if data == []:
        raise refused("an empty array", name, "hand in at least one lead")
    accepted: list[LeadSubmission] = []
    problems: list[tuple[int, Problem]] = []
    for number, item in _numbered(data):
        try:
            accepted.append(parse_submission(item, received_at=received_at))
        except SubmissionRefused as wrong:
            problems += [(number, problem) for problem in wrong.problems]
    if problems:
        raise _refusal(problems, name)
    return accepted


def _numbered(data: object) -> list[tuple[int, object]]:
    if isinstance(data, list):
        return list(enumerate(cast("list[object]", data), start=1))
    return [(ONLY, data)]


def _refusal(problems: list[tuple[int, Problem]], name: str) -> CommandFailure:
    shown = "; ".join(_words(number, problem) for number, problem in problems[:SHOWN_PROBLEMS])
    more = len(problems) - SHOWN_PROBLEMS
    return refused(
        shown + (f"; and {more} more (--json lists them)" if more > 0 else ""),
        name,
        "correct it and run this again; nothing was started",
        [{"item": number, "field": one.field, "reason": one.reason} for number, one in problems],
    )


def _words(number: int, problem: Problem) -> str:
    item = f"item {number}: " if number != ONLY else ""
    return f"{item}{problem.field} {problem.reason}"
