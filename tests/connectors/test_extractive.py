"""The embedded summariser takes the sentences that matter, and each stands in the source where it says."""

import re
from itertools import pairwise
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.extractive import ExtractiveSummariser, sentences_of
from contracts.classification import SummariseRequest, TranscriptSummary, VocabularyTerm
from contracts.ports import Summariser

SUMMARISER: Summariser = ExtractiveSummariser()

TERMS = tuple(
    VocabularyTerm(term=term, weight=weight)
    for term, weight in (
        ("crm", 2),
        ("pricing", 1.5),
        ("migration", 1.5),
        ("deadline", 1),
        ("data warehouse", 2),
    )
)

CALL = """\
Agent: Good morning, this is Sam. How can I help?
Caller: Hi Sam. We run a sales team of 40 people and want to replace our CRM.
Agent: I see. Nice weather today, isn't it?
Caller: Yes, lovely. My dog loves it, he is out all day.
Agent: What matters most to you?
Caller: Migration from the old system, e.g. the notes. And pricing, of course.
Agent: Sure.
Caller: Dr. Lee, our CFO, will only sign below 2.5 percent of revenue.
Agent: Understood. Let me think about that for a moment, if I may.
Caller: Take your time, we are not in a hurry with the weather like this.
Agent: So I will send a quote by Friday, and we talk again on 3 December.
Caller: Great. Bye!
"""


async def summary(
    text: str, *, sentences: int = 5, characters: int = 1_200, terms: tuple[VocabularyTerm, ...] = TERMS
) -> TranscriptSummary:
    request = SummariseRequest(
        key="lead-intake/1#summarise_transcript",
        text=text,
        max_sentences=sentences,
        max_characters=characters,
        terms=terms,
    )
    return await SUMMARISER.summarise(request)


async def test_a_call_is_summarised_by_what_it_was_about() -> None:
    found = await summary(CALL, sentences=4)
    assert [one.text for one in found.sentences] == [
        "We run a sales team of 40 people and want to replace our CRM.",
        "Caller: Migration from the old system, e.g. the notes.",
        "And pricing, of course.",
        "Agent: So I will send a quote by Friday, and we talk again on 3 December.",
    ]
    assert found.source_length == len(CALL)


ANY_TEXT = st.text(
    st.one_of(
        st.sampled_from(".!?\u3002\u2026\"')] \n\r\t\u2028 aA1\u00e9\u0301\U0001f600"),
        st.characters(exclude_categories=["Cs"], exclude_characters=[chr(n) for n in range(32)]),
    ),
    max_size=600,
)


@settings(max_examples=300)
@given(ANY_TEXT, st.integers(1, 20), st.integers(1, 300))
async def test_every_sentence_stands_in_the_source_and_all_bounds_hold(
    text: str, sentences: int, characters: int
) -> None:
    found = await summary(text, sentences=sentences, characters=characters)
    assert found.source_length == len(text)
    assert len(found.sentences) <= sentences
    assert sum(len(one.text) for one in found.sentences) <= characters
    for one in found.sentences:
        assert text[one.start : one.end] == one.text
        assert one.text.strip() == one.text != ""
    places = [(one.start, one.end) for one in found.sentences]
    assert all(before[1] <= after[0] for before, after in pairwise(places))
    assert found == await summary(text, sentences=sentences, characters=characters)


@settings(max_examples=300)
@given(ANY_TEXT, st.integers(1, 50))
def test_splitting_loses_nothing_but_space(text: str, longest: int) -> None:
    spans = list(sentences_of(text, longest))
    kept = "".join(text[start:end] for start, end in spans)
    assert re.sub(r"\s", "", kept) == re.sub(r"\s", "", text)
    assert all(0 < end - start <= longest for start, end in spans)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Sam: yes.\nAda: no", ["Sam: yes.", "Ada: no"]),
        ("It costs 3.50 a month. Fine.", ["It costs 3.50 a month.", "Fine."]),
        ("Ask Dr. Lee of Acme Inc. today.", ["Ask Dr. Lee of Acme Inc. today."]),
        ("Formats, e.g. CSV. Then more.", ["Formats, e.g. CSV.", "Then more."]),
        ('He said "Yes." Then he left.', ['He said "Yes."', "Then he left."]),
        (
            "\u3053\u3093\u306b\u3061\u306f\u3002\u5143\u6c17\uff1f\u306f\u3044",
            ["\u3053\u3093\u306b\u3061\u306f\u3002", "\u5143\u6c17\uff1f", "\u306f\u3044"],
        ),
        ("Wait\u2026 what?  Now.", ["Wait\u2026", "what?", "Now."]),
        ("First\r\n\r\n  second\u2028third", ["First", "second", "third"]),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_sentences_and_turns_are_told_apart(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences_of(text)] == expected


def test_speech_without_full_stops_is_cut_between_words() -> None:
    text = "and then we " * 100
    pieces = [text[start:end] for start, end in sentences_of(text, 50)]
    assert all(len(piece) <= 50 for piece in pieces)
    assert {word for piece in pieces for word in piece.split()} == {"and", "then", "we"}


async def test_what_is_said_twice_is_taken_once() -> None:
    found = await summary(
        "We want a CRM. Yes we do. We want a CRM! We want a crm. The deadline is near.", sentences=3
    )
    assert [one.text for one in found.sentences] == ["We want a CRM.", "Yes we do.", "The deadline is near."]


async def test_a_sentence_that_does_not_fit_makes_room_for_one_that_does() -> None:
    text = "CRM pricing and migration. We want our data warehouse moved. A deadline is set."
    found = await summary(text, characters=50)
    assert [one.text for one in found.sentences] == ["CRM pricing and migration.", "A deadline is set."]


async def test_without_any_term_the_place_and_the_figures_decide() -> None:
    middle = " ".join(
        f"Sentence of chatter, the {word} one here." for word in ("first", "next", "other", "last")
    )
    text = f"I call about my broken gate. {middle * 5} We agreed on 12 May then."
    found = await summary(text, sentences=2, terms=())
    assert [one.text for one in found.sentences] == [
        "I call about my broken gate.",
        "We agreed on 12 May then.",
    ]


async def test_fewer_characters_than_any_word_still_give_a_slice() -> None:
    found = await summary("Supercalifragilistic", characters=5)
    assert [(one.start, one.end) for one in found.sentences] == [(0, 5)]


@pytest.mark.parametrize("text", ["", "   ", "...", "\U0001f600 !!"])
async def test_nothing_said_is_an_empty_summary(text: str) -> None:
    assert (await summary(text)).sentences == ()


@pytest.mark.parametrize(
    "text",
    [
        CALL * 300,
        "word " * 40_000,
        "a" * 200_000,
        "." * 200_000,
        ". " * 100_000,
        '."' * 100_000,
        "." + "'" * 199_999,
        "Dr. " * 50_000,
        "caf\u00e9 crm. " * 20_000,
        "\n" * 200_000,
    ],
    ids=[
        "call",
        "no stops",
        "one word",
        "stops",
        "stops and spaces",
        "quotes",
        "one stop",
        "dr",
        "accents",
        "lines",
    ],
)
async def test_the_longest_transcript_is_read_fast(text: str) -> None:
    text = text[:200_000]
    started = perf_counter()
    found = await summary(text)
    # About 0.1 s on two quiet cores; anything quadratic takes minutes.
    assert perf_counter() - started < 3
    assert all(text[one.start : one.end] == one.text for one in found.sentences)


async def test_a_short_yes_is_not_taken_for_its_place_or_figures() -> None:
    found = await summary("Yes, 1. We would like the gate repaired.", sentences=1, terms=())
    assert [one.text for one in found.sentences] == ["We would like the gate repaired."]
