"""What HubSpot's error answers mean."""

import re
from datetime import timedelta

from connectors.errors import ErrorRow, ErrorTable, first_text
from contracts.failures import FailureCode

EXISTING = re.compile(r"Existing ID:\s*(\d+)")
"""In a 409: the record that has the unique value already."""


def _code_of(body: object) -> str | None:
    return first_text(body, "policyName") or first_text(body, "category")


ERRORS = ErrorTable(
    (
        # No Retry-After is promised with these; the waits are those of HubSpot's own client.
        ErrorRow(429, "TEN_SECONDLY_ROLLING", FailureCode.RATE_LIMITED, timedelta(seconds=10)),
        ErrorRow(429, "SECONDLY", FailureCode.RATE_LIMITED, timedelta(seconds=1)),
        ErrorRow(429, "DAILY", FailureCode.RATE_LIMITED, timedelta(hours=1)),
        ErrorRow(423, None, FailureCode.UNAVAILABLE, timedelta(seconds=2)),
        ErrorRow(403, "MISSING_SCOPES", FailureCode.FORBIDDEN),
        # An account that is moved between data centres.
        ErrorRow(477, None, FailureCode.UNAVAILABLE, timedelta(minutes=1)),
    ),
    code_of=_code_of,
)
