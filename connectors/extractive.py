"""The embedded summariser: takes the sentences that matter out of a transcript, word for word."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from contracts.classification import SummariseRequest, SummarySentence, TranscriptSummary, VocabularyTerm
from contracts.vocabulary import TermFinder, stems_of

MODEL = "extractive-1"

LONGEST_SENTENCE = 400
"""Speech recognised without full stops is cut after as many characters, at a space where there is one."""

OPENING_SHARE = 0.1
CLOSING_SHARE = 0.15
"""Callers say what they want at the beginning, and what was agreed at the end."""
PLACE_BONUS = 0.5
FIGURES_BONUS = 0.5
"""Amounts, dates and numbers are what a reader would look for."""
SHORTEST_TELLING = 4
"""Fewer words than this are "yes, sure": they count only for their terms."""

_BREAK = re.compile(
    r"(?<=[.!?\u2026])[\"'\u201d\u2019)\]]*[ \t]+|(?<=[\u3002\uff01\uff1f])|[\r\n\x85\u2028\u2029]+"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:mr|mrs|ms|dr|prof|st|no|vs|etc|inc|ltd|co|approx|e\.g|i\.e|z\.b|[a-z])\.$", re.IGNORECASE
)
_LONGEST_ABBREVIATION = 10
_FIGURES = re.compile(r"\d")


class _Span(NamedTuple):
    """Where a sentence stands in the source."""

    start: int
    end: int


class _Scored(NamedTuple):
    """A sentence and how much it matters."""

    score: float
    span: _Span
    stems: tuple[str, ...]


class ExtractiveSummariser:
    """Chooses sentences by the vocabulary's terms, figures and place; never writes one of its own.

    Every sentence is a slice of the source at its offsets, so whatever the summary says was said. The same
    request always gets the same answer.
    """

    async def summarise(self, request: SummariseRequest) -> TranscriptSummary:
        longest = min(LONGEST_SENTENCE, request.max_characters)
        spans = list(sentences_of(request.text, longest))
        scored = _scored(request.text, spans, request.terms)
        chosen = _chosen(scored, request.max_sentences, request.max_characters)
        return TranscriptSummary(
            sentences=tuple(
                SummarySentence(start=start, end=end, text=request.text[start:end]) for start, end in chosen
            ),
            source_length=len(request.text),
            model=MODEL,
        )


def sentences_of(text: str, longest: int = LONGEST_SENTENCE) -> Iterator[_Span]:
    """Yields the sentences and turns of a text as half-open spans without surrounding space, in order."""
    start = 0
    for found in _BREAK.finditer(text):
        # A full stop after "Dr" or "e.g" ends no sentence; a line break always does.
        before = text[max(start, found.start() - _LONGEST_ABBREVIATION) : found.start()]
        if found[0].strip(" \t\"'\u201d\u2019)]") == "" and found[0] and _ABBREVIATION.search(before):
            continue
        yield from _pieces(text, start, found.end(), longest)
        start = found.end()
    yield from _pieces(text, start, len(text), longest)


def _pieces(text: str, start: int, end: int, longest: int) -> Iterator[_Span]:
    while (span := _trimmed(text, start, end)) is not None:
        if span.end - span.start <= longest:
            yield span
            return
        cut = text.rfind(" ", span.start + longest // 2, span.start + longest)
        cut = cut if cut > span.start else span.start + longest
        piece = _trimmed(text, span.start, cut)
        if piece is not None:
            yield piece
        start = cut


def _trimmed(text: str, start: int, end: int) -> _Span | None:
    part = text[start:end]
    inner = part.strip()
    if not inner:
        return None
    offset = start + len(part) - len(part.lstrip())
    return _Span(offset, offset + len(inner))


def _scored(text: str, spans: Sequence[_Span], terms: Sequence[VocabularyTerm]) -> list[_Scored]:
    weights = {term.term: term.weight for term in terms}
    finder = TermFinder(weights)
    scored: list[_Scored] = []
    for span in spans:
        sentence = text[span.start : span.end]
        stems = tuple(stems_of(sentence))
        score = sum(weights[term] for term in {found.term for found in finder.find(stems)})
        if len(stems) >= SHORTEST_TELLING:
            score += _place_bonus(span, len(text)) + (FIGURES_BONUS if _FIGURES.search(sentence) else 0.0)
        scored.append(_Scored(score, span, stems))
    return scored


def _place_bonus(span: _Span, length: int) -> float:
    opening = span.start < length * OPENING_SHARE
    closing = span.end > length * (1 - CLOSING_SHARE)
    return PLACE_BONUS if opening or closing else 0.0


def _chosen(scored: Sequence[_Scored], max_sentences: int, max_characters: int) -> list[_Span]:
    """The best sentences that fit, each thing said once, in the order of the source."""
    chosen: list[_Span] = []
    said: set[tuple[str, ...]] = set()
    left = max_characters
    for _, span, stems in sorted(scored, key=lambda one: (-one.score, one.span.start)):
        if len(chosen) == max_sentences:
            break
        length = span.end - span.start
        if length <= left and stems and stems not in said:
            chosen.append(span)
            said.add(stems)
            left -= length
    return sorted(chosen)
