"""When business time runs."""

from typing import Literal

from contracts.policy_terms import ClockTime, DaySet, PolicyModel


class OpeningHours(PolicyModel):
    """One opening of a weekday, in the calendar's own zone."""

    opens: ClockTime
    closes: ClockTime
    """Exclusive; midnight (00:00) means the end of the day."""


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Calendar(PolicyModel):
    """When business time runs. The zone comes from whoever the calendar is applied to."""

    hours: dict[Weekday, tuple[OpeningHours, ...]]
    holidays: DaySet = frozenset()
