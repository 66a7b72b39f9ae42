"""What Tryton's error answers mean."""

from connectors.errors import ErrorRow, ErrorTable
from contracts.failures import FailureCode

ERRORS = ErrorTable(
    (
        # A page in HTML for a model or a field that it does not have. The transaction was rolled back, and
        # the same call ends the same way: somebody has to act.
        ErrorRow(500, None, FailureCode.REJECTED),
    )
)
