"""The keys that sign and check who decides: from settings, or from a file that is made on first use."""

import contextlib
import os
import secrets
import stat
from pathlib import Path

from runtime.problems import SettingsProblem
from runtime.settings import SHORTEST_KEY, IdentitySettings

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def signing_keys(settings: IdentitySettings) -> tuple[bytes, ...]:
    """Returns the keys, the one that signs first; the others are honoured, so that a key can be replaced.

    Raises:
        SettingsProblem: the key file cannot be made or read, others can read it, or it holds no usable key.
    """
    if settings.signing_keys:
        return tuple(key.get_secret_value().encode() for key in settings.signing_keys)
    try:
        return _keys_in(settings.key_file)
    except OSError as error:
        raise SettingsProblem(
            f"the identity key file {settings.key_file} cannot be used ({error.strerror}); "
            "set THROUGHLINE__IDENTITY__SIGNING_KEYS or THROUGHLINE__IDENTITY__KEY_FILE"
        ) from None


def _keys_in(path: Path) -> tuple[bytes, ...]:
    if not path.exists():
        _make(path)
    if path.stat().st_mode & OTHERS:
        raise SettingsProblem(f"others can read the identity key file: chmod 600 {path}")
    keys = tuple(path.read_text(encoding="ascii", errors="replace").split())
    if not keys or any(len(key) < SHORTEST_KEY for key in keys):
        raise SettingsProblem(
            f"the identity key file {path} needs one key of {SHORTEST_KEY} characters or more a line; "
            "remove it to have it made anew"
        )
    return tuple(key.encode() for key in keys)


def _make(path: Path) -> None:
    """Makes the file whole or not at all: a door and a worker that start together must read the same key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(SHORTEST_KEY) + "\n")
    # A link fails where the file exists by now, so the first of two processes wins.
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
