"""Access tokens of a service account: a signed assertion for one hour of access (RFC 7523)."""

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from connectors.answers import Said, read
from connectors.connections.onboarding import GoogleCalendarSettings
from connectors.http import Call, HttpSystem
from contracts.failures import FailureCode, ServiceFailure
from contracts.ports import Clock

SCOPE = "https://www.googleapis.com/auth/calendar"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LASTS = timedelta(minutes=55)
"""Asked for; Google allows an hour from `iat`, which lies back for clocks that are ahead."""
CLOCKS_DIFFER = timedelta(minutes=2)


class _Token(Said):
    access_token: str
    expires_in: int


class ServiceAccountToken:
    """The token of one service account, renewed before it ends.

    Raises:
        ServiceFailure: FORBIDDEN, when made, if the private key is none.
    """

    def __init__(self, system: HttpSystem, settings: GoogleCalendarSettings, clock: Clock) -> None:
        self._system = system
        self._settings = settings
        self._clock = clock
        self._key = _private_key(system.name, settings.private_key.get_secret_value())
        self._path = token_path(settings)[1]
        self._turn = asyncio.Lock()
        self._known: str | None = None
        self._ends_at: datetime | None = None

    async def current(self) -> str:
        """A token that is good for a call now."""
        async with self._turn:
            if self._known is None or self._ends_at is None or self._clock() >= self._ends_at:
                self._known, self._ends_at = await self._fetched()
            return self._known

    def forget(self, refused: str) -> None:
        """Drops a token that was refused, unless it was renewed meanwhile."""
        if self._known == refused:
            self._known = None

    async def _fetched(self) -> tuple[str, datetime]:
        now = self._clock()
        form = [("grant_type", GRANT), ("assertion", self._assertion(now))]
        answer = await self._system.call(Call("token", "POST", self._path, form=form, reads_only=True))
        token = read(answer, _Token)
        return token.access_token, now + timedelta(seconds=token.expires_in) - CLOCKS_DIFFER

    def _assertion(self, now: datetime) -> str:
        issued = now - CLOCKS_DIFFER
        claims = {
            "iss": self._settings.account_email,
            "scope": SCOPE,
            "aud": self._settings.token_url,
            "iat": int(issued.timestamp()),
            "exp": int((issued + LASTS).timestamp()),
            **({"sub": self._settings.subject} if self._settings.subject else {}),
        }
        signed = f"{_encoded({'alg': 'RS256', 'typ': 'JWT'})}.{_encoded(claims)}"
        return f"{signed}.{_base64(self._key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def token_path(settings: GoogleCalendarSettings) -> tuple[str, str]:
    """Where tokens are had: the server's URL, and the path there."""
    server, _, name = settings.token_url.rpartition("/")
    return server, f"/{name}"


def _private_key(system: str, pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.replace("\\n", "\n").encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ServiceFailure(FailureCode.FORBIDDEN, system, "private_key: is no RSA key in PEM")
    return key


def _encoded(part: Mapping[str, object]) -> str:
    return _base64(json.dumps(part, separators=(",", ":")).encode())


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
