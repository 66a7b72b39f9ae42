"""What HTTP's statuses mean, written down by hand from RFC 9110, 6585 and 4918 and what gateways document.

Not read off `BY_STATUS`, so that a change of that table is seen by every test that goes by this one.
"""

from collections.abc import Mapping

from contracts.failures import FailureCode

MEANS: Mapping[int, FailureCode] = {
    400: FailureCode.REJECTED,
    401: FailureCode.FORBIDDEN,
    402: FailureCode.FORBIDDEN,
    403: FailureCode.FORBIDDEN,
    404: FailureCode.NOT_FOUND,
    405: FailureCode.REJECTED,
    407: FailureCode.FORBIDDEN,
    408: FailureCode.TIMED_OUT,
    409: FailureCode.CONFLICT,
    410: FailureCode.NOT_FOUND,
    411: FailureCode.REJECTED,
    412: FailureCode.CONFLICT,
    413: FailureCode.REJECTED,
    414: FailureCode.REJECTED,
    415: FailureCode.REJECTED,
    422: FailureCode.REJECTED,
    423: FailureCode.UNAVAILABLE,
    425: FailureCode.UNAVAILABLE,
    428: FailureCode.REJECTED,
    429: FailureCode.RATE_LIMITED,
    431: FailureCode.REJECTED,
    451: FailureCode.FORBIDDEN,
    500: FailureCode.OUTCOME_UNKNOWN,
    502: FailureCode.OUTCOME_UNKNOWN,
    503: FailureCode.UNAVAILABLE,
    504: FailureCode.OUTCOME_UNKNOWN,
    507: FailureCode.OUTCOME_UNKNOWN,
    520: FailureCode.OUTCOME_UNKNOWN,
    522: FailureCode.OUTCOME_UNKNOWN,
    524: FailureCode.OUTCOME_UNKNOWN,
}
"""Of every status that a table of ours may leave to HTTP."""
