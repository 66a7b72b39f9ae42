"""Single lines as people type them: made tidy for keeping, and made plain for comparing."""

import re
import unicodedata

_NOT_WORD = re.compile(r"[\W_]+")


def tidy(raw: str | None) -> str | None:
    """The line composed (NFC), trimmed and with single spaces; none where nothing is left."""
    if raw is None:
        return None
    return " ".join(unicodedata.normalize("NFC", raw).split()) or None


def plain(raw: str) -> str:
    """The line for comparison only: no case, accents or punctuation, single spaces."""
    decomposed = unicodedata.normalize("NFKD", raw.casefold())
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(_NOT_WORD.sub(" ", letters.casefold()).split())


def spelling_key(raw: str) -> str:
    """What two spellings of a listed name have in common: `Google Ads`, `google-ads`, `GOOGLE_ADS`."""
    return _NOT_WORD.sub("-", unicodedata.normalize("NFKC", raw).casefold()).strip("-")
