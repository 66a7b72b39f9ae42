"""What a mail server's replies mean: by its code first, else by the first digit (RFC 5321, 4.2.1)."""

from datetime import timedelta
from enum import StrEnum

from connectors.errors import ErrorRow
from contracts.failures import FailureCode


class Phase(StrEnum):
    """What was said when a reply came."""

    GREETING = "greeting"
    LOGIN = "login"
    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "data"


GREYLISTING = timedelta(minutes=5)
"""How long a server is left alone that wants to see us again."""

FIRST_PERMANENT = 500

ROWS: tuple[ErrorRow, ...] = (
    ErrorRow(450, Phase.RECIPIENT, FailureCode.UNAVAILABLE, GREYLISTING),
    ErrorRow(451, Phase.RECIPIENT, FailureCode.UNAVAILABLE, GREYLISTING),
    ErrorRow(452, Phase.RECIPIENT, FailureCode.RATE_LIMITED, GREYLISTING),
    ErrorRow(421, None, FailureCode.UNAVAILABLE, GREYLISTING),
    ErrorRow(454, Phase.LOGIN, FailureCode.UNAVAILABLE),
    ErrorRow(530, None, FailureCode.FORBIDDEN),
    ErrorRow(534, None, FailureCode.FORBIDDEN),
    ErrorRow(535, None, FailureCode.FORBIDDEN),
    ErrorRow(538, None, FailureCode.FORBIDDEN),
    ErrorRow(None, Phase.LOGIN, FailureCode.FORBIDDEN),
    ErrorRow(550, Phase.SENDER, FailureCode.FORBIDDEN),
    ErrorRow(553, Phase.SENDER, FailureCode.FORBIDDEN),
    ErrorRow(554, Phase.GREETING, FailureCode.FORBIDDEN),
    ErrorRow(550, Phase.RECIPIENT, FailureCode.NOT_FOUND),
    ErrorRow(551, Phase.RECIPIENT, FailureCode.NOT_FOUND),
    ErrorRow(553, Phase.RECIPIENT, FailureCode.NOT_FOUND),
    ErrorRow(556, Phase.RECIPIENT, FailureCode.NOT_FOUND),
)
"""Where a reply's code means more than its first digit. A row's code is the phase."""


def row_for(phase: Phase, reply: int) -> ErrorRow:
    """The row that a reply falls under: 4xx may be mended by time, 5xx is for good."""
    for row in ROWS:
        if row.matches(reply, phase):
            return row
    meaning = FailureCode.REJECTED if reply >= FIRST_PERMANENT else FailureCode.UNAVAILABLE
    return ErrorRow(reply, phase, meaning)
