"""A term is found where a reader would say that the text holds it, and the finding is linear."""

from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.vocabulary import Found, TermFinder, plain_words, stems_of, terms_in


@pytest.mark.parametrize(
    "family",
    [
        "invoice invoices Invoicing INVOICED",
        "price prices pricing priced",
        "hire hires hiring hired",
        "run runs running",
        "plan plans planning planned",
        "cancel cancels canceling cancelled cancelling",
        "bill bills billing billed",
        "call calls calling called",
        "note notes noting noted",
        "company companies",
        "try tries tried",
        "crash crashes crashed crashing",
        "box boxes",
        "pass passes passed passing",
        "fix fixes fixed fixing",
        "play plays playing played",
        "quote quotes quoting quoted",
        "ask asks asking asked",
        "demo demos",
        "status",
        "analysis",
    ],
)
def test_forms_of_a_word_share_a_stem(family: str) -> None:
    assert len(set(stems_of(family))) == 1


@pytest.mark.parametrize(
    "pair",
    [
        "note not",
        "need ne",
        "speed spe",
        "sue suite",
        "king kin",
        "thing th",
        "care car",
        "rate rat",
        "site sit",
    ],
)
def test_different_words_keep_different_stems(pair: str) -> None:
    assert len(set(stems_of(pair))) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't PANIC!", ["don", "t", "panic"]),
        ("Acme's plan, the Joneses\u2019s too", ["acme", "plan", "the", "joneses", "too"]),
        ("single sign-on / SSO", ["single", "sign", "on", "sso"]),
        ("snake_case", ["snake", "case"]),
        (
            "na\u00efve caf\u00e9 \u0391\u0398\u0397\u039d\u0391 Stra\u00dfe",
            ["naive", "cafe", "\u03b1\u03b8\u03b7\u03bd\u03b1", "strasse"],
        ),
        ("la\u200bw\u00adyer", ["lawyer"]),
        ("\uff4c\uff41\uff57\uff59\uff45\uff52", ["lawyer"]),
        ("\u8acb\u6c42\u66f8 2\u901a", ["\u8acb", "\u6c42", "\u66f8", "2", "\u901a"]),
        ("", []),
    ],
)
def test_a_text_is_cut_into_words_that_can_be_compared(text: str, words: list[str]) -> None:
    assert plain_words(text) == words


def test_a_phrase_is_found_where_its_words_stand_side_by_side() -> None:
    finder = TermFinder(["data breach", "data", "breach of contract"])
    assert list(finder.find(stems_of("Data breaches; the data was old. Breach of contracts!"))) == [
        Found("data breach", 0, 2),
        Found("data", 0, 1),
        Found("data", 3, 1),
        Found("breach of contract", 6, 3),
    ]


def test_terms_come_once_and_in_the_order_of_the_vocabulary() -> None:
    assert terms_in("b a b", ["a", "b", "c", "a"]) == ("a", "b")


def test_a_term_without_a_word_is_never_found() -> None:
    assert terms_in("!!! ???", ["!!!", ""]) == ()


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_a_term_is_found_in_any_text_that_contains_it_as_words(before: str, term: str, after: str) -> None:
    expected = (term,) if stems_of(term) else ()
    assert terms_in(f"{before}\n. {term} .\n{after}", [term]) == expected


@settings(deadline=None)
@given(st.text(max_size=200))
def test_words_that_were_cut_once_stay_as_they_are(text: str) -> None:
    assert stems_of(" ".join(plain_words(text))) == stems_of(text)


def test_a_long_text_and_a_nasty_vocabulary_take_milliseconds() -> None:
    terms = ["a " * length + "b" for length in range(1, 60)]
    started = perf_counter()
    assert terms_in("a " * 10_000, terms) == ()
    # Linear in the text; phrases are bounded by the policy's own lines.
    assert perf_counter() - started < 2
