"""What others send us by webhook: refused by name unless it is signed by them, recent and understood."""

import hashlib
import hmac
from datetime import datetime, timedelta
from enum import StrEnum

RECENT = timedelta(minutes=15)
"""An old delivery is refused: long enough for a sender's queue, and for clocks that differ."""


class DeliveryProblem(StrEnum):
    """Why a delivery is not taken."""

    UNSIGNED = "unsigned"
    WRONG_SIGNATURE = "wrong_signature"
    MALFORMED = "malformed"
    STALE = "stale"
    UNKNOWN_EVENT = "unknown_event"
    NOT_OURS = "not_ours"
    """It tells of something that did not begin with us, or whose beginning with us cannot be proven."""
    NOT_CONFIRMED = "not_confirmed"


class DeliveryRefused(Exception):
    """A delivery that is not taken. Its text names fields, never values."""

    def __init__(self, problem: DeliveryProblem, what: str) -> None:
        super().__init__(f"{problem}: {what}")
        self.problem = problem
        self.what = what


def hex_signature(secret: str, signed: bytes) -> str:
    """HMAC-SHA256 in hexadecimal digits."""
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def refuse_unsigned(secret: str, signed: bytes, signature: str) -> None:
    """Lets pass what was signed with the secret. How long it takes tells nothing of the signature wanted.

    Raises:
        DeliveryRefused: UNSIGNED or WRONG_SIGNATURE.
    """
    if not signature.strip():
        raise DeliveryRefused(DeliveryProblem.UNSIGNED, "the request carries no signature")
    wanted = hex_signature(secret, signed).encode()
    if not hmac.compare_digest(wanted, signature.strip().encode("utf-8", "surrogateescape")):
        raise DeliveryRefused(
            DeliveryProblem.WRONG_SIGNATURE, "the signature is not that of this body under the secret we hold"
        )


def refuse_old(sent_at: datetime, now: datetime) -> None:
    """Lets pass what was sent a moment ago.

    Raises:
        DeliveryRefused: STALE.
    """
    if abs(now - sent_at) > RECENT:
        raise DeliveryRefused(
            DeliveryProblem.STALE, f"it was not sent within {RECENT.total_seconds() / 60:g} minutes of now"
        )
