"""Incomplete leads: somebody who is there is asked, and the time allowed is that of the desk."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from contracts.lead_intake import PlanDetailsInput
from contracts.policy import Absence, PolicyBundle
from rules.incomplete import details_plan
from tests.rules.policy_samples import shipped

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY_TEN = datetime(2026, 11, 23, 10, tzinfo=BERLIN)
QUESTION = PlanDetailsInput(policy_hash="h", at=MONDAY_TEN)


def without(*people: str, first: date, last: date) -> PolicyBundle:
    away = (Absence(first=first, last=last),)
    return shipped().model_copy(
        update={
            "people": tuple(
                person.model_copy(update={"absences": away}) if person.id in people else person
                for person in shipped().people
            )
        }
    )


def test_the_desk_is_asked_and_given_office_hours() -> None:
    # 4 h and 17 h of days of 8.5 h, the second ending at closing time, hence at the next opening.
    plan = details_plan(QUESTION, shipped())
    assert plan.ask == "p-nadia"
    assert plan.remind_at == datetime(2026, 11, 23, 14, tzinfo=BERLIN)
    assert plan.deadline == datetime(2026, 11, 25, 10, tzinfo=BERLIN)


def test_the_manager_is_asked_where_the_desk_is_away_and_the_time_stays_the_same() -> None:
    plan = details_plan(QUESTION, without("p-nadia", first=date(2026, 11, 20), last=date(2035, 1, 1)))
    assert plan.ask == "p-elena"
    assert plan.deadline == details_plan(QUESTION, shipped()).deadline


def test_somebody_who_is_back_by_their_next_opening_is_asked() -> None:
    question = PlanDetailsInput(policy_hash="h", at=datetime(2026, 11, 22, 12, tzinfo=UTC))
    weekend = without("p-nadia", first=date(2026, 11, 21), last=date(2026, 11, 22))
    assert details_plan(question, weekend).ask == "p-nadia"


def test_the_desk_is_asked_all_the_same_where_everybody_above_is_away_too() -> None:
    plan = details_plan(
        QUESTION, without("p-nadia", "p-elena", first=date(2026, 1, 1), last=date(2035, 1, 1))
    )
    assert plan.ask == "p-nadia"
