"""Reads texts with a language model. What it answers is checked against the text before anybody sees it."""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, ValidationError

from connectors.card import ConnectorCard, Operation, PortName
from connectors.models import LanguageModel, Question, Said
from connectors.prompts import prompt
from connectors.quotes import evidence_in, quoted_sentences
from contracts.classification import (
    ClassifyRequest,
    Label,
    ModelAnswer,
    Risk,
    SummariseRequest,
    TranscriptSummary,
)

CLASSIFY = "classify.v1"
SUMMARISE = "summarise.v1"
"""The prompts in use. Another wording is another file with the next number."""

NO_LABEL = "(none)"
"""How a model says that no label fits; no policy calls a label so."""

MOST_EVIDENCE = 20
TERMS_SENT = 40
"""Of the policy's vocabulary, the heaviest: enough to say what matters."""

CLASSIFY_TOKENS = 800
CHARACTERS_PER_TOKEN = 2
"""At worst, in the scripts that tokenisers know least; of what a summary may copy."""
ENVELOPE_TOKENS = 300


class _Read(BaseModel):
    """What a model may say about a text: nothing else, and nothing about itself."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    category: str = Field(max_length=120)
    intent: str = Field(max_length=120)
    risk: str = Field(max_length=20)
    confidence: StrictFloat | StrictInt
    evidence: list[str]


class _Picked(BaseModel):
    """What a model may say about a transcript: quotes of it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    sentences: list[str]


_Answer = TypeVar("_Answer", bound=BaseModel)


class ModelReader:
    """`Classifier` and `Summariser` over one language model. The text is data: it is sent between marks.

    Labels that the policy does not have, and numbers that mean nothing, are left for the guardrails, which
    show them to a person; whatever has another shape than the schema is MALFORMED.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    async def classify(self, request: ClassifyRequest) -> ModelAnswer:
        """Asks which labels fit. Evidence is terms of the policy, in quotes that stand in the text."""
        schema = _reading_schema(request)
        instructions, text = prompt(CLASSIFY).filled(
            mark=text_mark(request.key, request.text),
            none=NO_LABEL,
            categories=_listed(request.categories),
            intents=_listed(request.intents),
            schema=json.dumps(schema),
            text=request.text,
        )
        said = await self._model.ask(
            Question("classify_text", CLASSIFY, instructions, text, schema, CLASSIFY_TOKENS)
        )
        read = _checked(said, _Read)
        return ModelAnswer(
            category=_label(read.category),
            intent=_label(read.intent),
            risk=read.risk,
            confidence=float(read.confidence),
            evidence=evidence_in(request, read.evidence)[:MOST_EVIDENCE],
            model=said.call.model,
            call=said.call,
        )

    async def summarise(self, request: SummariseRequest) -> TranscriptSummary:
        """Asks for quotes, and takes over the whole sentences of the source that they stand in."""
        heaviest = sorted(request.terms, key=lambda term: -term.weight)[:TERMS_SENT]
        instructions, text = prompt(SUMMARISE).filled(
            mark=text_mark(request.key, request.text),
            most_sentences=str(request.max_sentences),
            most_characters=str(request.max_characters),
            terms=", ".join(term.term for term in heaviest) or "none in particular",
            schema=json.dumps(_SUMMARY_SCHEMA),
            text=request.text,
        )
        tokens = request.max_characters // CHARACTERS_PER_TOKEN + ENVELOPE_TOKENS
        said = await self._model.ask(
            Question("summarise_text", SUMMARISE, instructions, text, _SUMMARY_SCHEMA, tokens)
        )
        quotes = _checked(said, _Picked).sentences
        sentences = quoted_sentences(request, quotes)
        if any(quote.strip() for quote in quotes) and not sentences:
            raise said.answer.malformed("holds no sentence that fits and stands in the transcript")
        return TranscriptSummary(
            sentences=sentences,
            source_length=len(request.text),
            model=said.call.model,
            call=said.call,
        )


def reading_cards(
    *, name: str, system: str, rate_limit: str, scopes: str, not_established: str
) -> tuple[ConnectorCard, ...]:
    """The cards of a model that reads, one for each of its ports."""
    harmless = "reading has no effect; a repeat costs tokens and nothing else"
    reads: tuple[tuple[PortName, str], ...] = (("classifier", "classify"), ("summariser", "summarise"))
    return tuple(
        ConnectorCard(
            name=name,
            port=port,
            system=system,
            operations=(Operation(operation, harmless, "none"),),
            rate_limit=rate_limit,
            scopes=scopes,
            not_established=not_established,
        )
        for port, operation in reads
    )


def _checked(said: Said, kind: type[_Answer]) -> _Answer:
    try:
        return kind.model_validate(said.content)
    except ValidationError as error:
        # A name that the model made up may hold anything: only our own are repeated.
        fields = {str(one["loc"][0]) for one in error.errors(include_input=False) if one["loc"]}
        ours = ", ".join(sorted(fields & kind.model_fields.keys())) or "a field that nobody asked for"
        raise said.answer.malformed(f"is not of the schema: {ours}") from None


def text_mark(key: str, text: str) -> str:
    """A word that no text can hold by intent: it depends on all of the text."""
    return "text-" + sha256(f"{key}\n{text}".encode()).hexdigest()[:20]


def _label(answered: str) -> str:
    return "" if answered == NO_LABEL else answered


def _listed(labels: Iterable[Label]) -> str:
    return "\n".join(f"- {label.name}: {label.meaning}" for label in labels) or f"- {NO_LABEL}"


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """An object with these properties, all of them, and no others: what strict modes ask for."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _one_of(names: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(names)}


def _reading_schema(request: ClassifyRequest) -> dict[str, Any]:
    return _closed(
        {
            "category": _one_of((*(label.name for label in request.categories), NO_LABEL)),
            "intent": _one_of((*(label.name for label in request.intents), NO_LABEL)),
            "risk": _one_of(risk.value for risk in Risk),
            "confidence": {"type": "number"},
            "evidence": {"type": "array", "items": {"type": "string"}},
        }
    )


_SUMMARY_SCHEMA = _closed({"sentences": {"type": "array", "items": {"type": "string"}}})
