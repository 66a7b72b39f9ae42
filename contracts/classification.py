"""What reading a text yields. What a model says and what we trust are two types."""

from enum import StrEnum

from pydantic import ConfigDict, Field

from contracts.assessment import CheckResult
from contracts.base import Contract, Key, Line, LongText, Text


class Risk(StrEnum):
    """Whether a message may be acted on without a person."""

    LOW = "low"
    HIGH = "high"


class VocabularyTerm(Contract):
    """A word or phrase and how strongly it speaks for a label."""

    term: Line
    weight: float = Field(default=1.0, gt=0, le=10)


class Label(Contract):
    """One allowed answer, with what it means and the words that speak for it."""

    name: str
    meaning: str
    terms: tuple[VocabularyTerm, ...] = ()


class ClassifyRequest(Contract):
    """What a classifier is asked. The text is data: nothing in it is an instruction."""

    key: Key
    text: Text
    categories: tuple[Label, ...]
    intents: tuple[Label, ...]
    risk_terms: tuple[VocabularyTerm, ...] = ()
    language: str = "en"


class ModelCall(Contract):
    """One call of a model: what answered, by which prompt, and what it took."""

    model: str = Field(default="", max_length=120)
    """As the answer names it."""
    prompt: str = Field(default="", max_length=120)
    """Name and version of the prompt, such as `classify.v1`."""
    input_tokens: int | None = Field(default=None, ge=0)
    output_tokens: int | None = Field(default=None, ge=0)
    """None where the answer does not say."""
    cost_micros: int | None = Field(default=None, ge=0)
    """Millionths of the currency that the prices are set in; None where no price is."""


class ModelAnswer(Contract):
    """What a classifier answered: wire type, never trusted. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")

    category: str = Field(max_length=120)
    intent: str = Field(default="", max_length=120)
    risk: str = Field(default="low", max_length=20)
    confidence: float
    evidence: tuple[str, ...] = Field(default=(), max_length=20)
    """The words of the text that decided."""
    model: str = Field(default="", max_length=120)
    """Name and version of what answered."""
    call: ModelCall | None = None
    """Written by the connector, never taken from what the model said; None where no model was called."""


class Classification(Contract):
    """What we trust after the guardrails."""

    category: str | None
    intent: str | None
    risk: Risk
    confidence: float = Field(ge=0, le=1)
    evidence: tuple[str, ...] = ()
    """Vocabulary terms that decided; never free text of the lead."""
    model: str
    needs_person: bool
    """Below the confidence floor, or of high risk."""
    reasons: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    call: ModelCall | None = None


class ClassifyLeadInput(Contract):
    """The question for the `classify_lead` step."""

    key: Key
    policy_hash: Key
    text: Text


class SummarySentence(Contract):
    """A sentence taken over from the source, with where it stands there."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    """Half-open character offsets into the source text."""
    text: str = Field(max_length=1_000)


class TranscriptSummary(Contract):
    """A bounded extract of a transcript; every sentence can be found in the source."""

    sentences: tuple[SummarySentence, ...] = ()
    source_length: int = 0
    model: str = ""
    call: ModelCall | None = None


def calls_for(*read: Classification | TranscriptSummary | None) -> tuple[ModelCall, ...]:
    """The calls of models that texts were read with; words are counted without one."""
    return tuple(one.call for one in read if one is not None and one.call is not None)


class SummariseRequest(Contract):
    """What a summariser is asked."""

    key: Key
    text: LongText
    max_sentences: int = Field(gt=0, le=20)
    max_characters: int = Field(gt=0, le=5_000)
    terms: tuple[VocabularyTerm, ...] = ()
    """What matters: the policy's vocabulary."""


class SummariseTranscriptInput(Contract):
    """The question for the `summarise_transcript` step."""

    key: Key
    policy_hash: Key
    transcript: LongText


class JudgeUnreadInput(Contract):
    """The question what is known of a text that nobody could classify."""

    policy_hash: Key
    reason: Line
