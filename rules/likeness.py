"""How alike two people or companies are, by what they are called."""

from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler

from rules.texts import plain

# A name says most about who somebody is. The company tells namesakes apart; its domain says the same again.
NAME_WEIGHT, COMPANY_WEIGHT, DOMAIN_WEIGHT = 0.6, 0.25, 0.15

# Jaro-Winkler of two words of a name: Steven and Stephen 0.89, Smith and Smythe 0.86, John and Jane 0.67.
SAME_WORD_AT = 0.82

# From here on a field is named as one that agrees.
AGREES_AT = 0.8

FORMS_OF_ADDRESS = frozenset(
    {
        "dr",
        "prof",
        "professor",
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "sir",
        "herr",
        "frau",
        "hr",
        "fr",
        "ing",
        "dipl",
    }
)

LEGAL_FORMS = frozenset(
    {
        "ab", "ag", "aps", "as", "bv", "co", "company", "corp", "corporation", "eg", "ev", "gbr", "gmbh",
        "inc", "incorporated", "kft", "kg", "kgaa", "limited", "llc", "llp", "lp", "ltd", "ltda", "mbh",
        "nv", "ohg", "oy", "oyj", "plc", "private", "pte", "pty", "pvt", "sa", "sarl", "sas", "se", "sl",
        "spa", "srl", "sro", "ug",
    }
)  # fmt: skip

# Legal forms written with full stops or spaces, as they stand once punctuation is gone.
SPACED_LEGAL_FORMS = (
    "s a r l", "s p a", "s r l", "s r o", "s a s", "sp z o o", "e v", "g m b h", "l l c", "l l p", "b v",
    "n v", "s a", "a s", "a g", "s l", "p l c",
)  # fmt: skip


@dataclass(frozen=True)
class Identity:
    """What is compared of a person; none where it is not known."""

    name: str | None
    company: str | None
    domain: str | None
    """The company's own domain, never a free-mail provider's."""


@dataclass(frozen=True)
class Likeness:
    """How alike two identities are, 0 to 1, and the fields that agree."""

    score: float
    evidence: tuple[str, ...]


def comparable_name(raw: str | None) -> str:
    """A person's name for comparison: no case, accents, punctuation or form of address."""
    words = plain(raw or "").split()
    return " ".join(word for word in words if word not in FORMS_OF_ADDRESS) or " ".join(words)


def comparable_company(raw: str | None) -> str:
    """A company's name for comparison: no case, accents, punctuation or legal form."""
    name = plain(raw or "")
    shortened = _without_legal_form(name)
    while shortened != name:
        name, shortened = shortened, _without_legal_form(shortened)
    return name


def _without_legal_form(name: str) -> str:
    for form in SPACED_LEGAL_FORMS:
        if name.endswith(f" {form}"):
            return name.removesuffix(f" {form}")
    first, _, last = name.rpartition(" ")
    return first if first and last in LEGAL_FORMS else name


def names_compatible(one: str | None, other: str | None) -> bool:
    """Whether two names can be of one person: each word of the shorter has its own counterpart in the longer.

    A name that is missing speaks against nobody. An initial stands for any word that begins with it.
    """
    shorter, longer = sorted((comparable_name(one).split(), comparable_name(other).split()), key=len)
    unpaired = list(longer)
    for word in sorted(shorter, key=len, reverse=True):
        found = next((candidate for candidate in unpaired if _same_word(word, candidate)), None)
        if found is None:
            return False
        unpaired.remove(found)
    return True


def _same_word(one: str, other: str) -> bool:
    if min(len(one), len(other)) == 1:
        return one[0] == other[0]
    return JaroWinkler.similarity(one, other) >= SAME_WORD_AT


def likeness(one: Identity, other: Identity) -> Likeness:
    """How alike two identities are by name, company and domain, over what both of them have.

    A name alone is no evidence: namesakes are common. Without a name, or without company and domain, it is 0.
    """
    names = comparable_name(one.name), comparable_name(other.name)
    companies = comparable_company(one.company), comparable_company(other.company)
    parts: list[tuple[str, float, float]] = []
    if all(companies):
        parts.append(("company", COMPANY_WEIGHT, fuzz.token_sort_ratio(*companies) / 100))
    if one.domain and other.domain:
        parts.append(("company_domain", DOMAIN_WEIGHT, float(one.domain == other.domain)))
    if not parts or not all(names):
        return Likeness(score=0.0, evidence=())
    parts.insert(0, ("name", NAME_WEIGHT, fuzz.token_sort_ratio(*names) / 100))
    score = sum(weight * value for _, weight, value in parts) / sum(weight for _, weight, _ in parts)
    agreeing = tuple(field for field, _, value in parts if value >= AGREES_AT)
    return Likeness(score=round(score, 4), evidence=agreeing)
