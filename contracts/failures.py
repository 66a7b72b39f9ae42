"""The closed vocabulary of failures: what went wrong, and who must act."""

from datetime import timedelta
from enum import StrEnum


class FailureCode(StrEnum):
    """Why a step could not be done. Litmus test for a new one: does somebody else have to act?"""

    TIMED_OUT = "TIMED_OUT"
    UNREACHABLE = "UNREACHABLE"
    RATE_LIMITED = "RATE_LIMITED"
    UNAVAILABLE = "UNAVAILABLE"
    REJECTED = "REJECTED"
    CONFLICT = "CONFLICT"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    MALFORMED = "MALFORMED"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    POLICY_UNKNOWN = "POLICY_UNKNOWN"
    UNDO_INCOMPLETE = "UNDO_INCOMPLETE"
    UNEXPECTED = "UNEXPECTED"
    """A bug of ours; tried again, since a mended worker may take the next attempt."""


WHO_MUST_ACT: dict[FailureCode, str] = {
    FailureCode.TIMED_OUT: "nobody yet: it is retried; the system's owner if it lasts",
    FailureCode.UNREACHABLE: "nobody yet: it is retried; the site engineer if it lasts",
    FailureCode.RATE_LIMITED: "nobody: it is retried when the system allows",
    FailureCode.UNAVAILABLE: "nobody yet: it is retried; the system's owner if it lasts",
    FailureCode.REJECTED: "an operator: amend the data, then retry",
    FailureCode.CONFLICT: "an operator: somebody changed the record; decide which value stands",
    FailureCode.FORBIDDEN: "the site engineer: the credential is wrong or lacks a scope",
    FailureCode.NOT_FOUND: "an operator: the record is gone; amend or abandon",
    FailureCode.MALFORMED: "an engineer: the system's answer is not what its contract says",
    FailureCode.OUTCOME_UNKNOWN: "nobody yet: the step is repeated under the same key",
    FailureCode.POLICY_UNKNOWN: "the site engineer: restore the policy bundle that the run was pinned to",
    FailureCode.UNDO_INCOMPLETE: "an operator: undo by hand what the report names",
    FailureCode.UNEXPECTED: "an engineer: this is a bug",
}

RETRYABLE: frozenset[FailureCode] = frozenset(
    {
        FailureCode.TIMED_OUT,
        FailureCode.UNREACHABLE,
        FailureCode.RATE_LIMITED,
        FailureCode.UNAVAILABLE,
        FailureCode.OUTCOME_UNKNOWN,
    }
)
"""What a later attempt may mend without anybody acting; also what says that a system is not well."""

OF_A_STEP: tuple[FailureCode, ...] = tuple(
    code for code in FailureCode if code not in (FailureCode.POLICY_UNKNOWN, FailureCode.UNDO_INCOMPLETE)
)
"""The columns of the failure table. The others are never a policy's to answer: without its policy a run can
only wait for a person, and an undo is not a step."""


class ServiceFailure(Exception):
    """What every connector raises, and all it raises.

    The text names systems, operations and fields, never values: it ends in histories and logs.

    Args:
        code: what went wrong.
        system: the system spoken to, for example `crm`.
        message: one plain sentence without personal data.
        retry_after: how long the system asked us to wait, if it did.
        asked: whether the system was asked. Where it was not, the failure says nothing of how it does.
    """

    def __init__(
        self,
        code: FailureCode,
        system: str,
        message: str,
        *,
        retry_after: timedelta | None = None,
        asked: bool = True,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.system = system
        self.message = message
        self.retry_after = retry_after
        self.asked = asked

    @property
    def retryable(self) -> bool:
        """Whether the same call can succeed later without anybody acting."""
        return self.code in RETRYABLE

    @property
    def outcome_unknown(self) -> bool:
        """Whether the system may have acted although no answer came."""
        return self.code in (FailureCode.OUTCOME_UNKNOWN, FailureCode.TIMED_OUT)
