"""What the demo says of a server's contents: what is there twice, lacks, or is accounted for by nothing."""

from starters.demo.counterparts.contents import Contents
from starters.demo.counterparts.read_back import Due, Holding, Server, compared

SERVER = Server("Acme", "things", "acme", {})


def held(due: Due, *marks: str, likenesses: tuple[str, ...] = ()) -> Holding:
    return compared(SERVER, due, Contents(list(marks), list(likenesses)), {"acme": {"calls": 9, "drop": 1}})


def test_one_record_for_each_effect_is_right() -> None:
    holding = held(Due(["a", "b"]), "b", "a")
    assert (holding.differences, holding.effects, holding.found) == ((), 2, 2)
    assert (holding.calls, holding.lost) == (9, 1)


def test_second_record_of_an_effect_is_named() -> None:
    assert held(Due(["a"]), "a", "a").differences == ("Acme: 1 there twice: a",)


def test_two_records_that_are_alike_are_named() -> None:
    alike = ("contact kim", "contact ali", "contact kim")
    assert held(Due(["a"]), "a", likenesses=alike).differences == ("Acme: 1 there twice: contact kim",)


def test_effect_without_a_record_is_named() -> None:
    assert held(Due(["a", "b"]), "a").differences == ("Acme: 1 not there: b",)


def test_record_of_an_effect_that_was_taken_back_is_named() -> None:
    assert held(Due(["a"], undone=1), "a", "b").differences == ("Acme: 1 too many: b",)


def test_record_of_a_call_whose_end_nobody_heard_is_counted_apart() -> None:
    holding = held(Due(["a"], unheard=["b", "c"]), "a", "b")
    assert (holding.differences, holding.unheard) == ((), 1)
    assert held(Due(["a"], unheard=["b"]), "a", "b", "b").differences == ("Acme: 1 there twice: b",)
