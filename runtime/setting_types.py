"""The types of settings, and where relative paths start."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

ROOT = Path(__file__).resolve().parents[1]
"""The checkout. Relative paths in settings start here, whatever folder a command is called from."""

STATE = ROOT / ".throughline"
"""What the processes of this checkout keep: the SQLite store, keys, the dev server's file and logs."""


def _at_root(path: Path) -> Path:
    return path if path.is_absolute() else ROOT / path


def _store_at_root(url: SecretStr) -> SecretStr:
    scheme, slashes, path = url.get_secret_value().partition(":///")
    if scheme.startswith("sqlite") and slashes and path and not path.startswith(("/", ":memory:", "file:")):
        return SecretStr(f"{scheme}:///{ROOT / path}")
    return url


def _split(value: object) -> object:
    """Lists are written `a,b`: JSON in a variable is a quoting trap."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _host_and_port(address: str) -> str:
    host, _, port = address.rpartition(":")
    if not (port.isdecimal() and host and "/" not in host and not set(host) & set(" \t")):
        raise ValueError("should be host:port, for example 127.0.0.1:7233")
    return address


Address = Annotated[str, AfterValidator(_host_and_port)]
StoreUrl = Annotated[SecretStr, AfterValidator(_store_at_root)]
RootedPath = Annotated[Path, AfterValidator(_at_root)]
CommaSeparated = BeforeValidator(_split)
Seconds = Annotated[float, Field(ge=0, le=3600)]
VersionName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,119}$")]
"""Fit for the server's own names of versions, which join two with a dot or a colon."""
Slots = Annotated[int, Field(ge=1, le=100_000)]
