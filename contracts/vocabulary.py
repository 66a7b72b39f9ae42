"""What it means that a text holds a vocabulary term: one answer for classifiers, guardrails and tests.

A text is cut into words, each folded (case, accents, invisible characters) and reduced to a stem, so that
`Invoices` holds `invoice`. A phrase is held where its stems stand side by side. All is linear in the text's
length.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
"""Scripts written without spaces: each character is a word, so that a term is found inside a run of them."""

_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_POSSESSIVE = re.compile(r"['\u2019]s\b")
_INVISIBLE = frozenset({"Mn", "Cf"})
_SHORTEST_STEM = 3
_VOWELS = frozenset("aeiouy")


def folded(text: str) -> str:
    """The text in lower case, without accents and without characters that cannot be seen.

    Invisible characters go because they are the cheapest way to hide a word from a filter.
    """
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    seen = "".join(char for char in decomposed if unicodedata.category(char) not in _INVISIBLE)
    return unicodedata.normalize("NFC", seen).casefold()


def plain_words(text: str) -> list[str]:
    """The words of a text, folded but not stemmed, in order."""
    return _WORD.findall(_POSSESSIVE.sub("", folded(text)))


def stems_of(text: str) -> list[str]:
    """The words of a text, folded and stemmed, in order."""
    return [_stem(word) for word in plain_words(text)]


@lru_cache(maxsize=8_192)
def _stem(word: str) -> str:
    """Takes off plural and verb endings of English words; other scripts stay as they are."""
    if len(word) <= _SHORTEST_STEM or not word.isascii() or not word.isalpha():
        return word
    stem = _without_verb_ending(_singular(word))
    if len(stem) > _SHORTEST_STEM + 1 and stem.endswith("e"):
        return stem[:-1]
    if len(stem) > _SHORTEST_STEM and stem[-1] == stem[-2]:
        return stem[:-1]
    return stem


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > _SHORTEST_STEM + 1:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _without_verb_ending(word: str) -> str:
    if word.endswith("ied"):
        return word[:-3] + "y"
    ending = 3 if word.endswith("ing") else 2 if word.endswith("ed") and not word.endswith("eed") else 0
    stem = word[:-ending] if ending else word
    if not ending or len(stem) < _SHORTEST_STEM or _VOWELS.isdisjoint(stem):
        return word
    # "hiring" is from "hire": a stem such as "hir" would have doubled its last letter, as "running" does.
    short = len(stem) == _SHORTEST_STEM and stem[-1] not in "aeiouwxy" and stem[-2] in _VOWELS
    return stem + "e" if short and stem[0] not in _VOWELS else stem


class Found(NamedTuple):
    """One place where a text holds a term."""

    term: str
    """As the vocabulary spells it."""
    at: int
    """Index of its first word."""
    words: int


class TermFinder:
    """Finds the terms of one vocabulary in stemmed words."""

    def __init__(self, terms: Iterable[str]) -> None:
        phrases: defaultdict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        for term in dict.fromkeys(terms):
            stems = tuple(stems_of(term))
            if stems:
                phrases[stems[0]].append((stems, term))
        self._phrases = {
            first: sorted(found, key=lambda entry: -len(entry[0])) for first, found in phrases.items()
        }

    def find(self, stems: Sequence[str]) -> Iterator[Found]:
        """Yields every occurrence, in order of place, longer terms first."""
        for at, stem in enumerate(stems):
            for phrase, term in self._phrases.get(stem, ()):
                if tuple(stems[at : at + len(phrase)]) == phrase:
                    yield Found(term, at, len(phrase))


def terms_in(text: str, terms: Iterable[str]) -> tuple[str, ...]:
    """The terms that a text holds, each once, in the order of the vocabulary."""
    kept = tuple(dict.fromkeys(terms))
    held = {found.term for found in TermFinder(kept).find(stems_of(text))}
    return tuple(term for term in kept if term in held)
