"""What fits in a bundle made in code and what does not; `policy_mistakes.yaml` has the other mistakes."""

from datetime import time, timedelta

import pytest

from contracts.calendars import Calendar, OpeningHours
from contracts.onboarding_policy import SELLER, KickoffPolicy
from contracts.policy import PolicyBundle
from rules.handover_note import HANDOVER_REASON
from rules.policy_references import reference_problems
from tests.bundles import small_bundle
from tests.onboarding_bundles import full_template, lean_template, small_onboarding_policy


def test_the_small_bundle_has_nothing_wrong_with_it() -> None:
    assert list(reference_problems(small_bundle())) == []


def with_kickoff(host: str, hours: int, **calendars: Calendar) -> PolicyBundle:
    """A bundle whose `o-ben` works by the calendar `short`."""
    kickoff = KickoffPolicy(
        host=host,
        duration=timedelta(hours=hours),
        first_after=timedelta(hours=1),
        choose_within=timedelta(hours=8),
    )
    people = tuple(
        person.model_copy(update={"calendar": "short"}) if person.id == "o-ben" else person
        for person in small_bundle().people
    )
    templates = (lean_template(), full_template(kickoff=kickoff))
    return small_bundle(
        people=people,
        calendars={**small_bundle().calendars, **calendars},
        onboarding=small_onboarding_policy(templates=templates),
    )


SHORT = Calendar(
    hours={
        "mon": (OpeningHours(opens=time(9), closes=time(10)),),
        "tue": (OpeningHours(opens=time(21), closes=time(0)),),
    }
)


@pytest.mark.parametrize(
    ("host", "hours", "fits"),
    [("o-ben", 3, True), ("o-ben", 4, False), ("o-ada", 8, True), ("o-ada", 9, False), (SELLER, 9, True)],
)
def test_a_kickoff_fits_into_an_opening_of_its_hosts_own_calendar(host: str, hours: int, fits: bool) -> None:
    found = [message for _, message in reference_problems(with_kickoff(host, hours, short=SHORT))]
    assert found == ([] if fits else ["is longer than the host's calendar is ever open"])


def test_whoever_takes_a_customer_over_is_told_why_they_are_asked() -> None:
    approvals = small_bundle().approvals
    reasons = {code: words for code, words in approvals.reasons.items() if code != HANDOVER_REASON}
    bundle = small_bundle(approvals=approvals.model_copy(update={"reasons": reasons}))
    assert [(place[-1], message) for place, message in reference_problems(bundle)] == [
        ("handover_approval", f"needs the reason code {HANDOVER_REASON!r} (approvals.yaml, reasons)")
    ]
