"""The messages interface of Anthropic, with the answer's schema in `output_config`."""

from pydantic import BaseModel, Field, ValidationError

from connectors.connections.models import AnthropicSettings
from connectors.errors import ErrorRow, ErrorTable, first_text, rows
from connectors.http import Answer, Call, HttpSystem, JsonObject, Transport
from connectors.model_reader import ModelReader, reading_cards
from connectors.models import LanguageModel, Question, Used, object_at, tokens_of
from contracts.failures import FailureCode
from contracts.model_spend import ModelSpend

SYSTEM = "anthropic"
VERSION = "2023-06-01"
"""Of the interface; it is sent with every call."""
COMPLETE = "end_turn"


def _code_of(body: object) -> str | None:
    """The type of an error, else why an answer ended."""
    return first_text(body, "error", "type") or first_text(body, "stop_reason")


ERRORS = ErrorTable(
    (
        ErrorRow(None, "overloaded_error", FailureCode.UNAVAILABLE),
        *rows(FailureCode.UNAVAILABLE, 529),
        ErrorRow(None, "rate_limit_error", FailureCode.RATE_LIMITED),
        ErrorRow(None, "authentication_error", FailureCode.FORBIDDEN),
        ErrorRow(None, "permission_error", FailureCode.FORBIDDEN),
        ErrorRow(None, "billing_error", FailureCode.FORBIDDEN),
        # There is no such model, or nothing of this interface at the address.
        ErrorRow(None, "not_found_error", FailureCode.FORBIDDEN),
        *rows(FailureCode.FORBIDDEN, 404),
        ErrorRow(None, "invalid_request_error", FailureCode.REJECTED),
        ErrorRow(None, "request_too_large", FailureCode.REJECTED),
        ErrorRow(None, "api_error", FailureCode.OUTCOME_UNKNOWN),
        ErrorRow(None, "timeout_error", FailureCode.OUTCOME_UNKNOWN),
        # Answers of 200 that are none: refused, too long to be read, cut off, not at their end.
        ErrorRow(200, "refusal", FailureCode.REJECTED),
        ErrorRow(200, "model_context_window_exceeded", FailureCode.REJECTED),
        ErrorRow(200, "max_tokens", FailureCode.MALFORMED),
        ErrorRow(200, "pause_turn", FailureCode.MALFORMED),
        ErrorRow(200, "stop_sequence", FailureCode.MALFORMED),
        ErrorRow(200, "tool_use", FailureCode.MALFORMED),
    ),
    code_of=_code_of,
)

CARDS = reading_cards(
    name=SYSTEM,
    system=f"Anthropic messages, version {VERSION}",
    rate_limit="the account's, in requests and tokens per minute; 429 with Retry-After is obeyed",
    scopes="a key of a workspace that may call the model",
    not_established="a live account: shapes are those of the vendor's own client library",
)


class _Block(BaseModel):
    type: str
    text: str = ""


class _Message(BaseModel):
    content: list[_Block] = Field(min_length=1)
    stop_reason: str


class Messages:
    """`Dialect` of the messages interface."""

    def __init__(self, settings: AnthropicSettings) -> None:
        self._settings = settings

    def call(self, question: Question) -> Call:
        """One message. Its schema has no bounds of numbers and lengths, which this interface refuses."""
        body: JsonObject = {
            "model": self._settings.model,
            "max_tokens": question.most_tokens,
            "system": question.instructions,
            "messages": [{"role": "user", "content": question.text}],
            "output_config": {"format": {"type": "json_schema", "schema": question.schema}},
        }
        return Call(question.operation, "POST", "/v1/messages", json=body)

    def used(self, body: JsonObject) -> Used:
        """Which model answered and what it took; tokens of a cache count as input."""
        counts = object_at(body, "usage")
        given = tokens_of(counts.get("input_tokens"))
        cached = ("cache_creation_input_tokens", "cache_read_input_tokens")
        return Used(
            first_text(body, "model") or "",
            None if given is None else given + sum(tokens_of(counts.get(name)) or 0 for name in cached),
            tokens_of(counts.get("output_tokens")),
        )

    def said(self, answer: Answer, body: JsonObject) -> str | None:
        """What the model wrote; None where the table says what is wrong with the answer."""
        if body.get("error") is not None or body.get("stop_reason") == "refusal":
            return None
        try:
            message = _Message.model_validate(body)
        except ValidationError:
            raise answer.malformed("is no message") from None
        if message.stop_reason != COMPLETE:
            return None
        text = "".join(block.text for block in message.content if block.type == "text")
        if not text:
            raise answer.malformed("is a message without text")
        return text


def open_system(settings: AnthropicSettings, transport: Transport | None = None) -> HttpSystem:
    """The system that the settings name."""
    headers = {"x-api-key": settings.api_key.get_secret_value(), "anthropic-version": VERSION}
    return HttpSystem(
        SYSTEM,
        settings.base_url,
        headers=headers,
        errors=ERRORS,
        transport=transport,
        within=settings.within,
    )


def reader(system: HttpSystem, settings: AnthropicSettings, spend: ModelSpend) -> ModelReader:
    """`Classifier` and `Summariser` over the model that the settings name."""
    return ModelReader(LanguageModel(system, Messages(settings), settings, spend))
