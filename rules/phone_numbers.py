"""Phone numbers: read in the lead's region and written as E.164."""

import re

import phonenumbers

MAX_RAW = 64

# Digits and the marks that people group them with, then perhaps an extension. Words are refused: a number
# picked out of a sentence, or spelt in letters, is a guess.
_WRITTEN = re.compile(
    r"(?:tel:)?\s*[+\uff0b]?[\d\s()\[\]./\-\u2010-\u2015\u2212]+"
    r"(?:[;,]?\s*(?:ext\.?|extension|x|#|dw)[\s.:=]*\d{1,7})?",
    re.IGNORECASE,
)
_INTERNATIONAL_PREFIX = re.compile(r"^\s*(?:tel:)?\s*00(?=[\s\d(])", re.IGNORECASE)


def normalised_phone(raw: str | None, region: str) -> str | None:
    """The number as E.164, or none where it is missing or no number of its country.

    An extension is left out: E.164 has none, and the switchboard's number is what is dialled and compared.

    Args:
        raw: as typed.
        region: ISO 3166 alpha-2; how a number without country code is read.
    """
    if raw is None or len(raw) > MAX_RAW or not _WRITTEN.fullmatch(raw.strip()):
        return None
    # `00` is how most of the world dials out, and starts no national number where it is not.
    for spelling in dict.fromkeys((raw, _INTERNATIONAL_PREFIX.sub("+", raw))):
        found = _e164(spelling, region)
        if found:
            return found
    return None


def _e164(raw: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_problem(raw: str) -> str:
    """Why a number that `normalised_phone` refuses cannot be used, in words that do not repeat it."""
    if not _WRITTEN.fullmatch(raw.strip()):
        return "it holds more than a number and an extension"
    return "it is no number of the lead's country, and has no country code that fits"
