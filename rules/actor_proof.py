"""Proof that a door has authenticated an actor: a short-lived signature for one actor and one run.

A decision on Temporal can be sent by anybody who reaches the server. Doors that know who is asking sign
that, with a key that only they and the workers hold; a run refuses a decision whose signature does not
hold.
"""

import base64
import hashlib
import hmac
import re
import struct
from collections.abc import Sequence
from datetime import datetime, timedelta

MAX_LIFETIME = timedelta(minutes=15)
"""A stolen assertion is worth something for this long at most. A door signs when a person presses the
button, so five minutes leave room enough for a slow queue and for clocks that differ."""

_VERSION = "v1"
_SHAPE = re.compile(r"v1\.([1-9][0-9]{0,11})\.([A-Za-z0-9_-]{43})")
_PURPOSE = "throughline-actor"
"""Keeps a signature of this kind from passing as another kind made with the same key."""


def sign_assertion(secret: bytes, actor_id: str, audience: str, expires_at: datetime) -> str:
    """Returns `v1.<unix seconds>.<signature>`, which proves the actor to one audience until it expires.

    Args:
        secret: the key shared by doors and workers.
        actor_id: who was authenticated.
        audience: the workflow id that the command is for.
        expires_at: aware; fractions of a second are cut off.

    Raises:
        ValueError: the secret is empty, or the instant has no zone.
    """
    if not secret:
        raise ValueError("the secret of actor assertions must not be empty")
    if expires_at.tzinfo is None:
        raise ValueError("the expiry of an actor assertion must have a zone")
    expires = int(expires_at.timestamp())
    return f"{_VERSION}.{expires}.{_signature(secret, actor_id, audience, expires)}"


class HmacActorVerifier:
    """Checks assertions with the keys that doors sign with.

    Args:
        secrets: the current key first; the others are honoured still, so that a key can be replaced while
            assertions signed with the old one are on their way.

    Raises:
        ValueError: there is no secret, or one is empty.
    """

    def __init__(self, secrets: Sequence[bytes]) -> None:
        if not secrets or not all(secrets):
            raise ValueError("actor assertions need at least one secret, and none may be empty")
        self._secrets = tuple(secrets)

    def problem(self, actor_id: str, assertion: str, audience: str, at: datetime) -> str | None:
        """Why the assertion does not hold, or None if it does. Its timing tells nothing of a key."""
        if not assertion:
            return "the actor is not verified: no assertion was given"
        parts = _SHAPE.fullmatch(assertion)
        if parts is None:
            return "the actor is not verified: the assertion is malformed"
        expires, signature = int(parts[1]), parts[2].encode()
        holds = False
        for secret in self._secrets:
            expected = _signature(secret, actor_id, audience, expires).encode()
            holds |= hmac.compare_digest(expected, signature)
        if not holds:
            return "the actor is not verified: the assertion was not signed for this actor and this run"
        left = expires - at.timestamp()
        if left <= 0:
            return "the actor is not verified: the assertion has expired"
        if left > MAX_LIFETIME.total_seconds():
            return "the actor is not verified: the assertion lasts longer than is allowed"
        return None


def _signature(secret: bytes, actor_id: str, audience: str, expires: int) -> str:
    # Each field carries its length, so that no two different sets of fields make the same bytes.
    fields = (field.encode("utf-8", "surrogatepass") for field in (_PURPOSE, _VERSION, actor_id, audience))
    message = b"".join(struct.pack(">I", len(field)) + field for field in fields) + struct.pack(">q", expires)
    digest = hmac.new(secret, message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
