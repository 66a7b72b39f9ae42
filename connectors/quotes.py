"""Finds what a model quotes in the source. What is not there is dropped."""

import re
from collections.abc import Sequence

from connectors.extractive import LONGEST_SENTENCE, sentences_of
from contracts.classification import ClassifyRequest, SummariseRequest, SummarySentence
from contracts.vocabulary import TermFinder, plain_words, stems_of

MOST_QUOTES = 50
"""Looked at, of those that a model gives: a summary has twenty sentences at most."""
LONGEST_QUOTE = 2_000
_WORD = re.compile(r"\w")


def evidence_in(request: ClassifyRequest, quotes: Sequence[str]) -> tuple[str, ...]:
    """The terms of the vocabulary that stand in quotes, which themselves stand in the text."""
    text = f" {' '.join(plain_words(request.text))} "
    said = (" ".join(plain_words(quote)) for quote in quotes[:MOST_QUOTES])
    labels = (*request.categories, *request.intents)
    terms = [term.term for label in labels for term in label.terms]
    finder = TermFinder((*(term.term for term in request.risk_terms), *terms))
    proven = (quote for quote in said if quote and f" {quote} " in text)
    held = (found.term for quote in proven for found in finder.find(stems_of(quote)))
    return tuple(dict.fromkeys(held))


def quoted_sentences(request: SummariseRequest, quotes: Sequence[str]) -> tuple[SummarySentence, ...]:
    """The whole sentences that quotes stand in, so that none is cut out of its sense; within bounds."""
    spans = list(sentences_of(request.text, min(LONGEST_SENTENCE, request.max_characters)))
    chosen: dict[int, tuple[int, int]] = {}
    left = request.max_characters
    for quote in quotes[:MOST_QUOTES]:
        found = _place_of(quote, request.text)
        if found is None:
            continue
        for at, (start, end) in enumerate(spans):
            inside = start < found[1] and found[0] < end
            if inside and at not in chosen and end - start <= left and len(chosen) < request.max_sentences:
                chosen[at] = (start, end)
                left -= end - start
    return tuple(
        SummarySentence(start=start, end=end, text=request.text[start:end])
        for start, end in sorted(chosen.values())
    )


def _place_of(quote: str, text: str) -> tuple[int, int] | None:
    """Where a quote stands, letter by letter; only space may differ, since models wrap lines anew."""
    words = quote.split()
    if not words or len(quote) > LONGEST_QUOTE or _WORD.search(quote) is None:
        return None
    pattern = r"(?<!\w)" * bool(_WORD.match(words[0])) + r"\s+".join(map(re.escape, words))
    pattern += r"(?!\w)" * bool(_WORD.match(words[-1][-1]))
    found = re.search(pattern, text)
    return found.span() if found else None
