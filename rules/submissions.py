"""The front door's rules: what becomes a submission, and what is refused with field and reason named.

Doors refuse what contracts ignore: unknown keys.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from pydantic import ValidationError

from contracts.lead import ContactAmendment, ContactDetails, LeadSubmission
from rules.columns import COLUMNS, document_from_row
from rules.documents import (
    DOCUMENT,
    MAX_PROBLEMS,
    Problem,
    SubmissionRefused,
    decoded,
    dotted,
    structural_problems,
)
from rules.email_addresses import normalised_email

__all__ = [
    "COLUMNS",
    "Problem",
    "SubmissionRefused",
    "amended",
    "completed",
    "parse_submission",
    "submission_from_row",
    "submission_from_text",
]

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""Instants outside are slips or mixed-up units; at the far ends they cannot be converted between zones."""

# By the error types of pydantic, in words for people who fill in forms and tables.
REASONS = {
    "bool_type": "must be true or false",
    "datetime_from_date_parsing": "must be an ISO 8601 date and time",
    "datetime_parsing": "must be an ISO 8601 date and time",
    "datetime_type": "must be an ISO 8601 date and time",
    "dict_type": "must be an object",
    "enum": "must be one of {expected}",
    "extra_forbidden": "is no field of a submission",
    "float_type": "must be a number",
    "greater_than_equal": "must be at least {ge}",
    "int_type": "must be a whole number",
    "less_than_equal": "must be at most {le}",
    "model_type": "must be an object",
    "string_pattern_mismatch": "must have the form {pattern}",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must not be empty",
    "string_type": "must be text",
    "timezone_aware": "must have a time zone offset",
    "too_long": "must have at most {max_length} characters",
    "too_short": "must not be empty",
    "value_error": "{error}",
}


def parse_submission(data: object, *, received_at: datetime) -> LeadSubmission:
    """The submission that decoded JSON stands for.

    Args:
        data: an object as `json.loads` gives it; instants may be `datetime`.
        received_at: when the door took it; counts where the data does not say itself.

    Raises:
        SubmissionRefused: it is no submission; each problem is named.
    """
    if not isinstance(data, dict):
        raise SubmissionRefused((Problem(DOCUMENT, "must be an object"),))
    document = dict(cast("dict[object, object]", data))
    if document.get("received_at") is None:
        document["received_at"] = received_at
    problems = structural_problems(document)
    if problems:
        raise SubmissionRefused(problems)
    return _validated(json.dumps(document, default=datetime.isoformat))


def submission_from_text(text: str, *, received_at: datetime) -> LeadSubmission:
    """The submission in a JSON text.

    Raises:
        SubmissionRefused: it is too long, no JSON, ambiguous (a key twice), or no submission.
    """
    return parse_submission(decoded(text), received_at=received_at)


def submission_from_row(row: Mapping[str, str], *, received_at: datetime) -> LeadSubmission:
    """The submission in a row of a table, by the column names of `COLUMNS`.

    An empty cell is a missing value. A column that the table does not know goes to the extras, inside their
    bounds.

    Args:
        row: cells by column, as `csv.DictReader` gives them.
        received_at: when the door took it; counts where the row does not say itself.

    Raises:
        SubmissionRefused: the row is no submission; problems are named by column.
    """
    document = document_from_row(row)
    try:
        return parse_submission(document, received_at=received_at)
    except SubmissionRefused as refused:
        columns = {column.field: name for name, column in COLUMNS.items()}
        renamed = (Problem(columns.get(one.field, one.field), one.reason) for one in refused.problems)
        raise SubmissionRefused(tuple(renamed)) from None


def amended(submission: LeadSubmission, details: ContactAmendment) -> LeadSubmission:
    """The submission with what a person supplied or corrected; what they left out stays as it came."""
    given = details.model_dump(exclude_none=True)
    contact = {name: value for name, value in given.items() if name in ContactDetails.model_fields}
    own = {name: value for name, value in given.items() if name not in contact}
    return submission.model_copy(update={**own, "contact": submission.contact.model_copy(update=contact)})


def completed(submission: LeadSubmission, details: ContactAmendment) -> LeadSubmission:
    """The submission with details for what it lacks; what it has is never replaced by another lead's.

    An address that cannot be written to counts as lacking.
    """
    contact = submission.contact
    has = {**submission.model_dump(), **contact.model_dump(), "email": normalised_email(contact.email)}
    lacking = {name for name in ContactAmendment.model_fields if _is_blank(has.get(name))}
    return amended(submission, ContactAmendment.model_validate(details.model_dump(include=lacking)))


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _validated(document: str) -> LeadSubmission:
    try:
        # Strict JSON: a number is no text and "5" is no number, but an instant is written as text.
        submission = LeadSubmission.model_validate_json(document, strict=True, extra="forbid")
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[:MAX_PROBLEMS]
        problems = (Problem(dotted(one["loc"]), _reason(one["type"], one.get("ctx", {}))) for one in found)
        raise SubmissionRefused(tuple(problems)) from None
    outside = _instants_out_of_range(submission)
    if outside:
        raise SubmissionRefused(outside)
    return submission


def _reason(kind: str, context: Mapping[str, object]) -> str:
    return REASONS.get(kind, "is not valid").format_map(context)


def _instants_out_of_range(submission: LeadSubmission) -> tuple[Problem, ...]:
    instants = {
        "received_at": submission.received_at,
        "occurred_at": submission.occurred_at,
        "consent.captured_at": submission.consent.captured_at,
    }
    reason = f"must lie between {EARLIEST:%Y} and {LATEST:%Y}"
    return tuple(
        Problem(field, reason)
        for field, instant in instants.items()
        if instant is not None and not EARLIEST <= instant < LATEST
    )
