"""The front door's rules: what becomes a submission, and what is refused with field and reason named.

Doors refuse what contracts ignore: unknown keys.
"""

from collections.abc import Mapping
from datetime import datetime

from contracts.lead import ContactAmendment, ContactDetails, LeadSubmission
from rules.columns import COLUMNS, document_from_row
from rules.documents import (
    DocumentRefused,
    Problem,
    decoded,
    object_in,
    parsed,
    refuse_far_instants,
)
from rules.email_addresses import normalised_email

__all__ = [
    "COLUMNS",
    "SUBMISSION",
    "DocumentRefused",
    "Problem",
    "amended",
    "completed",
    "parse_submission",
    "submission_from_row",
    "submission_from_text",
]

SUBMISSION = "submission"
"""What a problem of the whole document is filed under."""


def parse_submission(data: object, *, received_at: datetime) -> LeadSubmission:
    """The submission that decoded JSON stands for.

    Args:
        data: an object as `json.loads` gives it; instants may be `datetime`.
        received_at: when the door took it; counts where the data does not say itself.

    Raises:
        DocumentRefused: it is no submission; each problem is named.
    """
    document = object_in(data, SUBMISSION)
    if document.get("received_at") is None:
        document["received_at"] = received_at
    submission = parsed(document, LeadSubmission, SUBMISSION)
    refuse_far_instants(
        {
            "received_at": submission.received_at,
            "occurred_at": submission.occurred_at,
            "consent.captured_at": submission.consent.captured_at,
        }
    )
    return submission


def submission_from_text(text: str, *, received_at: datetime) -> LeadSubmission:
    """The submission in a JSON text.

    Raises:
        DocumentRefused: it is too long, no JSON, ambiguous (a key twice), or no submission.
    """
    return parse_submission(decoded(text, SUBMISSION), received_at=received_at)


def submission_from_row(row: Mapping[str, str], *, received_at: datetime) -> LeadSubmission:
    """The submission in a row of a table, by the column names of `COLUMNS`.

    An empty cell is a missing value. A column that the table does not know goes to the extras, inside their
    bounds.

    Args:
        row: cells by column, as `csv.DictReader` gives them.
        received_at: when the door took it; counts where the row does not say itself.

    Raises:
        DocumentRefused: the row is no submission; problems are named by column.
    """
    document = document_from_row(row)
    try:
        return parse_submission(document, received_at=received_at)
    except DocumentRefused as refused:
        columns = {column.field: name for name, column in COLUMNS.items()}
        renamed = (Problem(columns.get(one.field, one.field), one.reason) for one in refused.problems)
        raise DocumentRefused(tuple(renamed)) from None


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
