"""An assertion proves one actor to one run for a short time, and nothing else passes for it."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.actors import Actor
from contracts.ports import ActorVerifier
from rules.actor_proof import MAX_LIFETIME, HmacActorVerifier, sign_assertion

SECRET = b"a secret of the doors and the workers"
OTHER = b"another secret that nobody here has used"
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)
RUN = "lead-intake/01J9ZK/approval"

VERIFIER: ActorVerifier = HmacActorVerifier([SECRET])


def test_what_a_door_signed_holds_for_that_actor_and_run() -> None:
    assert VERIFIER.problem("ada", sign_assertion(SECRET, "ada", RUN, SOON), RUN, NOW) is None


def test_the_shape_is_as_documented_and_fits_an_actor() -> None:
    assertion = sign_assertion(SECRET, "ada", RUN, SOON)
    version, expires, signature = assertion.split(".")
    assert (version, int(expires)) == ("v1", SOON.timestamp())
    assert len(base64.urlsafe_b64decode(signature + "=")) == 32
    assert Actor(id="ada", assertion=assertion).assertion == assertion


def test_the_bytes_that_are_signed_never_change() -> None:
    # Doors in other languages sign too: whoever changes this breaks them.
    assert sign_assertion(b"secret", "ada", "lead-intake/1", datetime(2026, 1, 1, tzinfo=UTC)) == (
        "v1.1767225600.LojNdt-FWNJv8uPLHbVPDps84NlZuVhd3tBndDNNnIM"
    )


@pytest.mark.parametrize(
    ("assertion", "actor", "audience", "why"),
    [
        ("", "ada", RUN, "no assertion was given"),
        (sign_assertion(SECRET, "ada", RUN, SOON), "ben", RUN, "not signed for this actor and this run"),
        (sign_assertion(SECRET, "ada", RUN, SOON), "ada", "lead-intake/2/approval", "not signed for this"),
        (sign_assertion(OTHER, "ada", RUN, SOON), "ada", RUN, "not signed for this actor and this run"),
        (sign_assertion(SECRET, "ada", RUN, NOW), "ada", RUN, "has expired"),
        (sign_assertion(SECRET, "ada", RUN, NOW - timedelta(days=1)), "ada", RUN, "has expired"),
        (
            sign_assertion(SECRET, "ada", RUN, NOW + MAX_LIFETIME + timedelta(seconds=1)),
            "ada",
            RUN,
            "lasts longer than is allowed",
        ),
    ],
)
def test_anything_else_is_refused_with_the_reason(
    assertion: str, actor: str, audience: str, why: str
) -> None:
    problem = VERIFIER.problem(actor, assertion, audience, NOW)
    assert problem is not None
    assert why in problem


def test_the_longest_lifetime_is_allowed_and_the_last_second_counts() -> None:
    assertion = sign_assertion(SECRET, "ada", RUN, NOW + MAX_LIFETIME)
    assert VERIFIER.problem("ada", assertion, RUN, NOW) is None
    assert VERIFIER.problem("ada", assertion, RUN, NOW + MAX_LIFETIME - timedelta(seconds=1)) is None
    assert VERIFIER.problem("ada", assertion, RUN, NOW + MAX_LIFETIME) is not None


GOOD = sign_assertion(SECRET, "ada", RUN, SOON)


@pytest.mark.parametrize(
    "assertion",
    [
        "v1",
        "v1..",
        GOOD + "=",
        GOOD + "\n",
        " " + GOOD,
        GOOD.replace("v1", "v2"),
        GOOD.replace("v1", "V1"),
        GOOD[:-1],
        GOOD.replace(".", ",", 1),
        GOOD.replace("v1.", "v1.0"),
        GOOD.replace("v1.", "v1.-"),
        GOOD.replace("v1.", "v1.+"),
        GOOD.replace("v1.", "v1.9999999999999"),
        GOOD.replace("1", "\u0661"),
        "v1.\u0661\u0662\u0663." + "A" * 43,
        "v1.1." + "\u00e4" * 43,
        "\ud800",
    ],
)
def test_a_malformed_assertion_is_refused_and_never_crashes(assertion: str) -> None:
    problem = VERIFIER.problem("ada", assertion, RUN, NOW)
    assert problem == "the actor is not verified: the assertion is malformed"


@given(st.text(max_size=120), st.text(max_size=40), st.text(max_size=40))
def test_no_made_up_assertion_holds(assertion: str, actor: str, audience: str) -> None:
    assert VERIFIER.problem(actor, assertion, audience, NOW) is not None


@given(st.integers(0, len(GOOD) - 1), st.sampled_from("0123456789abcXYZ-_."))
def test_no_changed_character_goes_unnoticed(place: int, char: str) -> None:
    changed = GOOD[:place] + char + GOOD[place + 1 :]
    assert (VERIFIER.problem("ada", changed, RUN, NOW) is None) == (changed == GOOD)


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_fields_cannot_run_into_each_other(first: str, second: str, third: str) -> None:
    one = sign_assertion(SECRET, first + second, third, SOON)
    other = sign_assertion(SECRET, first, second + third, SOON)
    assert (one == other) == (second == "")


def test_a_replaced_key_is_honoured_while_it_is_listed() -> None:
    old = sign_assertion(OTHER, "ada", RUN, SOON)
    assert HmacActorVerifier([SECRET, OTHER]).problem("ada", old, RUN, NOW) is None
    assert HmacActorVerifier([SECRET, OTHER]).problem("ada", GOOD, RUN, NOW) is None
    assert HmacActorVerifier([SECRET]).problem("ada", old, RUN, NOW) is not None


def test_the_zone_of_an_instant_does_not_matter() -> None:
    there = timezone(timedelta(hours=-8))
    assert sign_assertion(SECRET, "ada", RUN, SOON.astimezone(there)) == GOOD
    assert VERIFIER.problem("ada", GOOD, RUN, NOW.astimezone(there)) is None


@pytest.mark.parametrize("secrets", [[], [b""], [SECRET, b""]])
def test_a_verifier_without_a_usable_secret_is_refused(secrets: list[bytes]) -> None:
    with pytest.raises(ValueError, match="secret"):
        HmacActorVerifier(secrets)


def test_nothing_is_signed_without_a_secret_or_a_zone() -> None:
    with pytest.raises(ValueError, match="secret"):
        sign_assertion(b"", "ada", RUN, SOON)
    with pytest.raises(ValueError, match="zone"):
        sign_assertion(SECRET, "ada", RUN, datetime(2026, 11, 21))  # noqa: DTZ001 - that is what is refused


def test_no_reason_repeats_the_assertion() -> None:
    for assertion in (GOOD, GOOD[:-3]):
        problem = VERIFIER.problem("ben", assertion, RUN, NOW)
        assert problem is not None
        assert assertion not in problem
