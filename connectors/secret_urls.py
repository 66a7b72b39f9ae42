"""URLs that are secrets as a whole: whoever has one may call it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr


@dataclass(frozen=True)
class SecretUrl:
    """A URL in two parts: what failures and logs may name, and what they may not."""

    origin: str
    path: str
    """With its query."""

    @classmethod
    def of(cls, secret: SecretStr) -> "SecretUrl":
        """The parts of a URL that the settings have checked."""
        url = urlsplit(secret.get_secret_value())
        query = f"?{url.query}" if url.query else ""
        return cls(f"{url.scheme}://{url.netloc}", f"{url.path or '/'}{query}")

    def __repr__(self) -> str:
        return f"SecretUrl({self.origin!r})"
