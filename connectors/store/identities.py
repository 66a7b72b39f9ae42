"""When two spellings are one person, company or name. What is stored beside them is only for finding them."""

import unicodedata
from hashlib import sha256

_DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
"""Providers that deliver `a.b@` and `ab@` to the same person, and the domain that they are known by."""

PREFIX_LENGTH = 5
"""Letters of a name that near candidates share: enough to be few, short enough to forgive an ending."""


def match_key(email: str | None, given_key: str | None, phone: str | None) -> str | None:
    """What makes a contact unique: the address without its variations, else the number.

    Args:
        email: the address.
        given_key: what the lead's assessment compares the address by, if it says so.
        phone: the number in E.164.
    """
    if email:
        return f"email:{given_key or email_key(email)}"
    return f"phone:{phone}" if phone else None


def email_key(email: str) -> str:
    """The mailbox that an address delivers to: lower case, without a plus tag, for Gmail without dots."""
    local, _, domain = email.strip().lower().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _DOTLESS:
        local, domain = local.replace(".", "") or local, _DOTLESS[domain]
    return f"{local}@{domain}"


def name_key(name: str | None) -> str | None:
    """A name in lower case without accents, punctuation and double spaces; none if nothing is left."""
    if not name:
        return None
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(
        char if char.isalnum() else " " for char in decomposed if not unicodedata.combining(char)
    )
    return " ".join(letters.split()) or None


def name_prefix(name: str | None) -> str | None:
    """The beginning of a name's key."""
    key = name_key(name)
    return key[:PREFIX_LENGTH] if key else None


def identity_digest(kind: str, identity: str) -> str:
    """An identity as a claim holds it."""
    return sha256(f"{kind}:{identity}".encode()).hexdigest()
