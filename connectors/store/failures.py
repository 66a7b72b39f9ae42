"""What the database says, in the vocabulary of failures. Texts name rules and conditions, never values."""

from collections.abc import Generator
from contextlib import contextmanager

from pydantic import ValidationError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from contracts.failures import FailureCode, ServiceFailure

Meaning = tuple[FailureCode, str]

BUSY: Meaning = (FailureCode.UNAVAILABLE, "the store is busy: other writers held it for too long")
UNREACHABLE: Meaning = (FailureCode.UNREACHABLE, "the store cannot be reached")
NOT_MIGRATED: Meaning = (FailureCode.UNAVAILABLE, "the store lacks a table or column: run the migrations")
READ_ONLY: Meaning = (FailureCode.FORBIDDEN, "the store refuses this access")
NO_SPACE: Meaning = (FailureCode.UNAVAILABLE, "the store has no room or cannot write its files")
DAMAGED: Meaning = (FailureCode.MALFORMED, "the store's file is damaged or is not a database")
UNSTORABLE: Meaning = (FailureCode.REJECTED, "the store cannot hold one of the values")

_SQLITE: tuple[tuple[str, Meaning], ...] = (
    ("SQLITE_BUSY", BUSY),
    ("SQLITE_LOCKED", BUSY),
    ("SQLITE_FULL", NO_SPACE),
    ("SQLITE_IOERR", NO_SPACE),
    ("SQLITE_NOMEM", NO_SPACE),
    ("SQLITE_CANTOPEN", UNREACHABLE),
    ("SQLITE_READONLY", READ_ONLY),
    ("SQLITE_PERM", READ_ONLY),
    ("SQLITE_AUTH", READ_ONLY),
    ("SQLITE_CORRUPT", DAMAGED),
    ("SQLITE_NOTADB", DAMAGED),
)
"""By the beginning of SQLite's error name; extended codes continue the basic one."""

_POSTGRESQL: tuple[tuple[str, Meaning], ...] = (
    ("08", UNREACHABLE),
    ("57P", UNREACHABLE),
    ("3D", UNREACHABLE),
    ("40", BUSY),
    ("55P03", BUSY),
    ("57014", BUSY),
    ("53", NO_SPACE),
    ("28", READ_ONLY),
    ("42501", READ_ONLY),
    ("25006", READ_ONLY),
    ("42P01", NOT_MIGRATED),
    ("42703", NOT_MIGRATED),
    ("22", UNSTORABLE),
)
"""By the beginning of the SQLSTATE; two characters are a whole class of conditions."""

_MISSING_REFERENCE = ("SQLITE_CONSTRAINT_FOREIGNKEY", "23503")


@contextmanager
def translated(system: str) -> Generator[None]:
    """Raises what goes wrong inside as `ServiceFailure` of this system.

    The driver's own exception is left out of the chain: PostgreSQL quotes the values of a refused row.
    """
    try:
        yield
    except ValidationError:
        raise ServiceFailure(
            FailureCode.MALFORMED, system, "a stored document does not fit this version's contract"
        ) from None
    except UnicodeEncodeError:
        raise ServiceFailure(UNSTORABLE[0], system, UNSTORABLE[1]) from None
    except SQLAlchemyError as error:
        code, text = meaning_of(error)
        raise ServiceFailure(code, system, text) from None


def meaning_of(error: SQLAlchemyError) -> Meaning:
    """What a database error means for whoever called."""
    if isinstance(error, NoFreeConnection):
        return BUSY
    if isinstance(error, DBAPIError):
        condition = condition_of(error)
        if isinstance(error, IntegrityError):
            return _integrity(condition, error)
        if isinstance(error, DataError):
            return UNSTORABLE
        if error.connection_invalidated or (condition is None and isinstance(error, OperationalError)):
            return UNREACHABLE
        return _operational(condition or type(error).__name__, str(error.orig))
    return UNSTORABLE


def condition_of(error: DBAPIError) -> str | None:
    """SQLite's error name or PostgreSQL's SQLSTATE, where the driver gives one."""
    for attribute in ("sqlite_errorname", "sqlstate"):
        condition = getattr(error.orig, attribute, None)
        if isinstance(condition, str):
            return condition
    return None


def _operational(condition: str, text: str) -> Meaning:
    if condition == "SQLITE_ERROR" and text.startswith(("no such table", "no such column")):
        return NOT_MIGRATED
    for beginning, meaning in _SQLITE if condition.startswith("SQLITE") else _POSTGRESQL:
        if condition.startswith(beginning):
            return meaning
    return FailureCode.MALFORMED, f"the store answered with {condition}"


def _integrity(condition: str | None, error: IntegrityError) -> Meaning:
    if condition in _MISSING_REFERENCE:
        return FailureCode.NOT_FOUND, "a record that this one refers to is not there"
    diagnosis = getattr(error.orig, "diag", None)
    rule = getattr(diagnosis, "constraint_name", None) or condition or "unnamed"
    return FailureCode.CONFLICT, f"a rule of the store refused the write: {rule}"
