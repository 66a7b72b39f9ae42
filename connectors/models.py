"""What connectors to language models share: one question, one counted call, one answer nobody trusts."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, cast

from connectors.connections.models import ModelConnection
from connectors.http import Answer, Call, HttpSystem, JsonObject
from contracts.classification import ModelCall
from contracts.failures import ServiceFailure
from contracts.model_spend import ModelSpend, ReserveSpendInput, SettleSpendInput, SpendHold

Schema = Mapping[str, Any]

MICROS = 1_000_000
ENVELOPE_TOKENS = 500
"""What a provider adds around instructions, text and schema, at most."""
MODEL_NAME = 120


@dataclass(frozen=True)
class Question:
    """What a model is asked. Only `text` holds what others wrote."""

    operation: str
    """Names the schema too, so it is a word of at most 64 letters and underscores."""
    prompt: str
    """Name and version."""
    instructions: str
    text: str
    schema: Schema
    most_tokens: int
    """Of the answer."""


@dataclass(frozen=True)
class Used:
    """What an answer says about itself."""

    model: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None


class Dialect(Protocol):
    """How one interface is spoken: pure, so that the call in between is the same for all."""

    def call(self, question: Question) -> Call: ...

    def used(self, body: JsonObject) -> Used:
        """Which model answered and what it took; tolerant, since bills are read before answers are judged."""
        ...

    def said(self, answer: Answer, body: JsonObject) -> str | None:
        """The text of a complete answer; None where the interface's table says what is wrong with it.

        Raises:
            ServiceFailure: MALFORMED.
        """
        ...


@dataclass(frozen=True)
class Said:
    """What a model answered: decoded, and not trusted yet."""

    content: JsonObject
    call: ModelCall
    answer: Answer


class LanguageModel:
    """One model behind one interface. Calls are counted; none is made that the day's budget cannot bear."""

    def __init__(
        self, system: HttpSystem, dialect: Dialect, settings: ModelConnection, spend: ModelSpend
    ) -> None:
        self._system = system
        self._dialect = dialect
        self._settings = settings
        self._spend = spend

    async def ask(self, question: Question) -> Said:
        """Asks, and returns the JSON object that the model answered with.

        Raises:
            ServiceFailure: FORBIDDEN where the budget is spent; MALFORMED where the answer is cut off or no
                JSON object; REJECTED where the model refuses; otherwise as the interface's table says.
        """
        hold = await self._spend.reserve(
            ReserveSpendInput(
                model=f"{self._system.name}/{self._settings.model}"[:255],
                most_micros=self._cost(_most_input_tokens(question), question.most_tokens) or 0,
                budget_micros=_micros(self._settings.daily_budget),
            )
        )
        try:
            answer = await self._system.call(self._dialect.call(question))
        except ServiceFailure as failure:
            # Where nobody knows whether it was answered, it may be billed: the amount stays set aside.
            if not failure.outcome_unknown:
                await self._settle(SettleSpendInput(hold=hold, calls=0))
            raise
        # What answers without an answer may bill all the same: the amount stays set aside here too.
        body = answer.object()
        call = await self._counted(question, hold, self._dialect.used(body))
        said = self._dialect.said(answer, body)
        if said is None:
            raise self._system.failure_of(answer)
        return Said(_json_object(said, answer), call, answer)

    async def _counted(self, question: Question, hold: SpendHold, used: Used) -> ModelCall:
        call = ModelCall(
            model=(used.model or self._settings.model)[:MODEL_NAME],
            prompt=question.prompt,
            input_tokens=used.input_tokens,
            output_tokens=used.output_tokens,
            cost_micros=self._cost(used.input_tokens, used.output_tokens),
        )
        # An answer that does not say what it took counts as the most that it can have taken.
        known = call.input_tokens is not None and call.output_tokens is not None
        await self._settle(
            SettleSpendInput(
                hold=hold,
                input_tokens=call.input_tokens or 0,
                output_tokens=call.output_tokens or 0,
                cost_micros=(call.cost_micros or 0) if known else hold.micros,
            )
        )
        return call

    async def _settle(self, request: SettleSpendInput) -> None:
        """That a bill cannot be noted must not lose an answer; its amount stays set aside until midnight."""
        with suppress(ServiceFailure):
            await self._spend.settle(request)

    def _cost(self, input_tokens: int | None, output_tokens: int | None) -> int | None:
        """In millionths: so many tokens at a price for a million of them."""
        settings = self._settings
        if settings.input_price is None or settings.output_price is None:
            return None
        if input_tokens is None or output_tokens is None:
            return None
        return round(input_tokens * settings.input_price + output_tokens * settings.output_price)


def tokens_of(value: object) -> int | None:
    """A count of tokens as an answer gives it; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def object_at(body: JsonObject, name: str) -> JsonObject:
    """An object in an answer; an empty one where it is not there, or is something else."""
    value = body.get(name)
    return cast(JsonObject, value) if isinstance(value, dict) else {}


def _most_input_tokens(question: Question) -> int:
    """No tokeniser of the models spoken to makes more tokens than there are bytes."""
    schema = json.dumps(question.schema)
    return len((question.instructions + question.text + schema).encode()) + ENVELOPE_TOKENS


def _micros(amount: float | None) -> int | None:
    return None if amount is None else round(amount * MICROS)


def _json_object(text: str, answer: Answer) -> JsonObject:
    """The object that a model wrote, without the fence that some put around it."""
    bare = text.strip()
    if bare.startswith("```") and bare.endswith("```"):
        bare = bare[3:-3].removeprefix("json").strip()
    try:
        decoded = json.loads(bare)
    except (ValueError, RecursionError):
        raise answer.malformed("holds no complete JSON of the model") from None
    if not isinstance(decoded, dict):
        raise answer.malformed("holds JSON of the model that is no object")
    return cast(JsonObject, decoded)
