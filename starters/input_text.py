"""Reads what a person hands in, bounded and as UTF-8: every way it can be unusable has its own words."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import BufferedReader
from pathlib import Path

from starters.console import CommandFailure, complain
from starters.exit_codes import ExitCode

MAX_BYTES = 1024 * 1024
"""One megabyte: five of the longest transcripts that a submission may hold."""

STDIN = "-"
UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
SAVE_AS_UTF8 = "save it as UTF-8 and run this again"


def read_text(name: str, *, limit: int = MAX_BYTES) -> str:
    """The text of a file, or of stdin where the name is `-`; never more than `limit` bytes are read.

    Raises:
        CommandFailure: INPUT_REFUSED, with the reason and, for bad bytes, their offset.
    """
    return text_of(_beginning(name, limit), _shown(name), limit)


def read_bytes(name: str, *, limit: int = MAX_BYTES) -> bytes:
    """The same as it stands, byte for byte, for whoever checks a signature over it.

    Raises:
        CommandFailure: INPUT_REFUSED where it cannot be read, or is larger than `limit`.
    """
    data = _beginning(name, limit)
    if len(data) > limit:
        raise _too_large(_shown(name), limit)
    return data


def _beginning(name: str, limit: int) -> bytes:
    """One byte more than the limit, so that more is seen to be there."""
    if name == STDIN:
        if sys.stdin.isatty():
            complain("reading from the terminal; Ctrl-D ends")
        return sys.stdin.buffer.read(limit + 1)
    with open_input(name) as stream:
        return stream.read(limit + 1)


def _shown(name: str) -> str:
    return "stdin" if name == STDIN else name


def _too_large(name: str, limit: int) -> CommandFailure:
    return refused(f"larger than {limit:,} bytes", name, "split it, or shorten its texts")


def open_input(name: str) -> BufferedReader:
    """A file opened for reading.

    Raises:
        CommandFailure: INPUT_REFUSED where it is missing, a directory or closed to us.
    """
    try:
        return Path(name).open("rb")
    except FileNotFoundError:
        raise refused("there is no such file", name, "check the path") from None
    except IsADirectoryError:
        raise refused("that is a directory", name, "name one file") from None
    except PermissionError:
        raise refused("the file may not be read", name, "give yourself read permission") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise refused(f"the file cannot be opened ({reason})", name, "check the path") from None


def text_of(data: bytes, name: str, limit: int) -> str:
    """The bytes as text.

    Raises:
        CommandFailure: INPUT_REFUSED where they are too many, empty, not UTF-8 or hold a NUL.
    """
    if len(data) > limit:
        raise _too_large(name, limit)
    refuse_utf16(data[:2], name)
    mark = len(UTF8_MARK) if data.startswith(UTF8_MARK) else 0
    try:
        text = data[mark:].decode("utf-8")
    except UnicodeDecodeError as error:
        offset = error.start + mark
        raise refused(f"not UTF-8 at byte {offset} (0x{data[offset]:02X})", name, SAVE_AS_UTF8) from None
    nul = data.find(b"\0")
    if nul >= 0:
        raise refused(f"a NUL at byte {nul}", name, "remove it; text has none")
    if not text.strip():
        raise refused("it is empty", name, "hand in a JSON object or array")
    return text


def refuse_utf16(beginning: bytes, name: str) -> None:
    """Raises INPUT_REFUSED where a file begins as UTF-16 does, the usual result of "Unicode text" exports."""
    if beginning in UTF16_MARKS:
        raise refused("it is UTF-16, at byte 0", name, SAVE_AS_UTF8)


def refused(what: str, where: str, remedy: str, details: Sequence[object] | None = None) -> CommandFailure:
    """An input that cannot be used."""
    return CommandFailure(ExitCode.INPUT_REFUSED, what, where=where, remedy=remedy, details=details)
