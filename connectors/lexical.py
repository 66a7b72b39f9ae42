"""The embedded classifier: finds the policy's words in a text, and says honestly how sure that makes it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from contracts.classification import ClassifyRequest, Label, ModelAnswer
from contracts.vocabulary import Found, TermFinder, stems_of

MODEL = "lexical-1"

HIGHEST_CONFIDENCE = 0.95
"""Words without understanding never prove more."""

REPEATED_BONUS = 0.1
MOST_REPEATED = 1.3
"""Saying a word again says it louder; it proves little."""

WORDS_PER_HIT = 30
"""A text with one deciding word in as many words is about that; with fewer, it mentions it."""
THINNEST_COVERAGE = 0.7

CLEAR_MARGIN = 0.5
"""An intent is answered where the best one is twice as strong as the next; otherwise none, not a guess."""

MAX_EVIDENCE = 20

_DENIALS = TermFinder(
    (
        "not interested",
        "not want",
        "don't want",
        "no need",
        "not need",
        "don't need",
        "not looking",
        "no longer",
        "instead of",
        "rather than",
    )
)
"""Only what denies a wish: "does not work" and "can't log in" say what the text is about."""
_DENIAL_REACH = 4
"""How many words after a denial it covers: "we don't need another product demo"."""


class _Reading(NamedTuple):
    """How the labels of one dimension came out."""

    label: str = ""
    margin: float = 0.0
    confidence: float = 0.0
    evidence: tuple[str, ...] = ()


class LexicalClassifier:
    """Classifies by counting the vocabulary's terms; the same request always gets the same answer.

    A label's strength is the weight of its terms that the text holds. Confidence is the product of three
    things: how much was found (`1 - 0.5 ** strength`: one word of weight 1 is a hint, two are an answer),
    how far the best label leads the second, and how much of the text the words make up. A term inside a
    longer one does not count, and one that the text denies counts against its label.
    """

    async def classify(self, request: ClassifyRequest) -> ModelAnswer:
        stems = stems_of(request.text)
        denied = _denied_places(stems)
        category = _read(request.categories, stems, denied)
        intent = _read(request.intents, stems, denied)
        clear = intent.margin >= CLEAR_MARGIN
        risk_finder = TermFinder(term.term for term in request.risk_terms)
        risks = [found.term for found in risk_finder.find(stems)]
        evidence = (*risks, *category.evidence, *(intent.evidence if clear else ()))
        return ModelAnswer(
            category=category.label,
            intent=intent.label if clear else "",
            risk="high" if risks else "low",
            confidence=round(category.confidence, 4),
            evidence=tuple(dict.fromkeys(evidence))[:MAX_EVIDENCE],
            model=MODEL,
        )


def _denied_places(stems: Sequence[str]) -> frozenset[int]:
    return frozenset(
        place
        for denial in _DENIALS.find(stems)
        for place in range(denial.at + denial.words, denial.at + denial.words + _DENIAL_REACH)
    )


def _read(labels: Sequence[Label], stems: Sequence[str], denied: frozenset[int]) -> _Reading:
    finder = TermFinder(term.term for label in labels for term in label.terms)
    said: defaultdict[str, int] = defaultdict(int)
    denied_terms: set[str] = set()
    words_of: dict[str, int] = {}
    for found in _outermost(finder.find(stems)):
        words_of[found.term] = found.words
        if found.at in denied:
            denied_terms.add(found.term)
        else:
            said[found.term] += 1
    scored = [(_strength(label, said), label) for label in labels]
    # `sorted` is stable: of equally strong labels the first of the policy leads, by nothing.
    ranked = sorted(scored, key=lambda entry: -entry[0])
    if not ranked or ranked[0][0] == 0:
        return _Reading()
    best, label = ranked[0]
    second = ranked[1][0] if len(ranked) > 1 else 0.0
    doubt = sum(term.weight for term in label.terms if term.term in denied_terms)
    margin = max(0.0, (best - second - doubt) / best)
    spoken = [term.term for term in sorted(label.terms, key=lambda term: -term.weight) if term.term in said]
    covered = sum(words_of[term] * said[term] for term in spoken)
    confidence = HIGHEST_CONFIDENCE * (1 - 0.5**best) * margin * _coverage(covered, len(stems))
    return _Reading(label.name, margin, confidence, tuple(spoken))


def _outermost(occurrences: Iterable[Found]) -> Iterable[Found]:
    """Leaves out what a longer occurrence covers: "demo account" is not also "demo"."""
    reach, longest = 0, 0
    for found in occurrences:
        end = found.at + found.words
        if end > reach:
            reach, longest = end, found.words
        elif found.words < longest:
            continue
        yield found


def _strength(label: Label, said: Mapping[str, int]) -> float:
    return sum(
        term.weight * min(MOST_REPEATED, 1 + REPEATED_BONUS * (said[term.term] - 1))
        for term in label.terms
        if term.term in said
    )


def _coverage(covered: int, words: int) -> float:
    return THINNEST_COVERAGE + (1 - THINNEST_COVERAGE) * min(1.0, covered * WORDS_PER_HIT / words)
