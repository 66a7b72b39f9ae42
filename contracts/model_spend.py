"""What models were paid for on a day, and what may still be spent: shared by all workers of a deployment."""

from datetime import date
from typing import Protocol

from pydantic import Field

from contracts.base import Contract, Key


class ReserveSpendInput(Contract):
    """Sets the most that one call can cost aside, before it is made."""

    model: Key
    """Connector and model, such as `anthropic/claude-haiku-4-5`: what a budget is for."""
    most_micros: int = Field(ge=0)
    """Millionths of the currency that prices are set in."""
    budget_micros: int | None = Field(default=None, ge=0)
    """What the day may cost; None where nobody set a limit."""


class SpendHold(Contract):
    """What was set aside for a call, and on which day it counts."""

    model: Key
    day: date
    micros: int = Field(ge=0)


class SettleSpendInput(Contract):
    """What a call came to in the end. One that certainly was not billed comes to nothing."""

    hold: SpendHold
    calls: int = Field(default=1, ge=0)
    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    cost_micros: int = Field(default=0, ge=0)


class DaySpend(Contract):
    """What one model came to on one day (UTC)."""

    model: Key
    day: date
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_micros: int = 0
    held_micros: int = 0
    """Set aside for calls under way, and for those of which nobody knows whether they were billed."""


class ModelSpend(Protocol):
    """Counts what models cost. A day is one of UTC, as providers bill."""

    async def reserve(self, request: ReserveSpendInput) -> SpendHold:
        """Sets an amount aside, so that calls made at once cannot overrun a budget together.

        Raises:
            ServiceFailure: FORBIDDEN where the day's budget does not hold the amount any more. That is no
                failure of the model: nobody waits, and its circuit stays as it is.
        """
        ...

    async def settle(self, request: SettleSpendInput) -> None:
        """Puts what a call came to in the place of what was set aside for it."""
        ...

    async def days(self, first: date) -> tuple[DaySpend, ...]:
        """What each model came to on that day and later, the newest day first."""
        ...
