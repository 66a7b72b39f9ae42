"""What Salesforce's error answers mean: a JSON array of errors, the first of which is read."""

import re
from datetime import timedelta

from connectors.errors import ErrorRow, ErrorTable, first_text
from contracts.failures import FailureCode

EXPIRED = "INVALID_SESSION_ID"
DUPLICATE_VALUE = "DUPLICATE_VALUE"
TAKEN_BY = re.compile(r"record with id:\s*([a-zA-Z0-9]{15,18})")
"""In a DUPLICATE_VALUE: the record that has the unique value already."""


def code_of(body: object) -> str | None:
    """The code of the first error: `statusCode` for a record of a collection, `error` for a token."""
    return (
        first_text(body, 0, "errorCode")
        or first_text(body, 0, "errors", 0, "statusCode")
        or first_text(body, "error")
    )


ERRORS = ErrorTable(
    (
        # Renewed once already: the connected app or its user is not let in.
        ErrorRow(401, EXPIRED, FailureCode.FORBIDDEN),
        ErrorRow(400, "invalid_client", FailureCode.FORBIDDEN),
        ErrorRow(400, "invalid_grant", FailureCode.FORBIDDEN),
        ErrorRow(403, "REQUEST_LIMIT_EXCEEDED", FailureCode.RATE_LIMITED, timedelta(minutes=15)),
        ErrorRow(400, "UNABLE_TO_LOCK_ROW", FailureCode.UNAVAILABLE, timedelta(seconds=1)),
        ErrorRow(400, "DUPLICATES_DETECTED", FailureCode.CONFLICT),
        ErrorRow(400, DUPLICATE_VALUE, FailureCode.CONFLICT),
        # Several records have the key: its field is not unique in Salesforce.
        ErrorRow(400, "DUPLICATE_EXTERNAL_ID", FailureCode.CONFLICT),
        ErrorRow(400, "INVALID_CROSS_REFERENCE_KEY", FailureCode.NOT_FOUND),
        ErrorRow(400, "MALFORMED_ID", FailureCode.NOT_FOUND),
    ),
    code_of=code_of,
)
