"""The chat completions interface: OpenAI's own, vLLM, llama.cpp, Ollama and whoever else speaks it."""

from pydantic import BaseModel, Field, ValidationError

from connectors.connections.models import OpenAiCompatibleSettings
from connectors.errors import ErrorRow, ErrorTable, first_text, rows
from connectors.http import Answer, Call, HttpSystem, JsonObject, Transport
from connectors.model_reader import ModelReader, reading_cards
from connectors.models import LanguageModel, Question, Used, object_at, tokens_of
from contracts.failures import FailureCode
from contracts.model_spend import ModelSpend

SYSTEM = "openai_compatible"
REFUSAL = "refusal"
COMPLETE = frozenset({"stop", "tool_calls"})


def _code_of(body: object) -> str | None:
    """The code of an error, else of an answer: that it was refused, or why it ended."""
    for place in (("error", "code"), ("error", "type")):
        if code := first_text(body, *place):
            return code
    if first_text(body, "choices", 0, "message", "refusal"):
        return REFUSAL
    return first_text(body, "choices", 0, "finish_reason")


ERRORS = ErrorTable(
    (
        # What no waiting mends: somebody has to pay, or to name a model that is there.
        ErrorRow(None, "insufficient_quota", FailureCode.FORBIDDEN),
        ErrorRow(None, "billing_hard_limit_reached", FailureCode.FORBIDDEN),
        ErrorRow(None, "invalid_api_key", FailureCode.FORBIDDEN),
        ErrorRow(None, "model_not_found", FailureCode.FORBIDDEN),
        *rows(FailureCode.FORBIDDEN, 404),
        # Not OpenAI's own; what gateways in front of several providers hand on.
        *rows(FailureCode.UNAVAILABLE, 529),
        ErrorRow(None, "context_length_exceeded", FailureCode.REJECTED),
        ErrorRow(None, "rate_limit_exceeded", FailureCode.RATE_LIMITED),
        ErrorRow(200, "server_error", FailureCode.OUTCOME_UNKNOWN),
        # Answers of 200 that are none: refused, filtered, cut off.
        ErrorRow(None, REFUSAL, FailureCode.REJECTED),
        ErrorRow(None, "content_filter", FailureCode.REJECTED),
        ErrorRow(200, "length", FailureCode.MALFORMED),
    ),
    code_of=_code_of,
)

CARDS = reading_cards(
    name=SYSTEM,
    system="Chat completions (OpenAI, vLLM, llama.cpp, Ollama)",
    rate_limit="the provider's, in requests and tokens per minute; 429 with Retry-After is obeyed",
    scopes="a key that may call the model; none where the server asks for none",
    not_established="which servers enforce a schema that they accept: every answer is checked again",
)


class _Function(BaseModel):
    arguments: str


class _ToolCall(BaseModel):
    function: _Function


class _Message(BaseModel):
    content: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)


class ChatCompletions:
    """`Dialect` of chat completions; `structured_mode` says how the schema is sent."""

    def __init__(self, settings: OpenAiCompatibleSettings) -> None:
        self._settings = settings

    def call(self, question: Question) -> Call:
        """One completion, with the schema as this server takes it."""
        settings = self._settings
        body: JsonObject = {
            "model": settings.model,
            "messages": [
                {"role": "system", "content": question.instructions},
                {"role": "user", "content": question.text},
            ],
            settings.token_limit_field: question.most_tokens,
            **self._structure(question),
        }
        if settings.temperature is not None:
            body["temperature"] = settings.temperature
        return Call(question.operation, "POST", "/chat/completions", json=body)

    def used(self, body: JsonObject) -> Used:
        """Which model answered and what it took."""
        counts = object_at(body, "usage")
        return Used(
            first_text(body, "model") or "",
            tokens_of(counts.get("prompt_tokens")),
            tokens_of(counts.get("completion_tokens")),
        )

    def said(self, answer: Answer, body: JsonObject) -> str | None:
        """What the model wrote; None where the table says what is wrong with the answer."""
        if body.get("error") is not None or _code_of(body) == REFUSAL:
            return None
        try:
            choice = _Completion.model_validate(body).choices[0]
        except ValidationError:
            raise answer.malformed("is no chat completion") from None
        if choice.finish_reason not in COMPLETE:
            return None
        calls = choice.message.tool_calls or []
        text = calls[0].function.arguments if calls else choice.message.content
        if not text:
            raise answer.malformed("is a completion without content")
        return text

    def _structure(self, question: Question) -> JsonObject:
        name, schema = question.operation, question.schema
        match self._settings.structured_mode:
            case "openai_schema":
                named = {"name": name, "strict": True, "schema": schema}
                return {"response_format": {"type": "json_schema", "json_schema": named}}
            case "json_object_schema":
                return {"response_format": {"type": "json_object", "schema": schema}}
            case "tool":
                function = {"name": name, "strict": True, "parameters": schema}
                return {
                    "tools": [{"type": "function", "function": function}],
                    "tool_choice": {"type": "function", "function": {"name": name}},
                }
            case "plain":
                return {}


def open_system(settings: OpenAiCompatibleSettings, transport: Transport | None = None) -> HttpSystem:
    """The system that the settings name. A server in one's own house may ask for no key."""
    key = settings.api_key
    headers = {"authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    return HttpSystem(
        SYSTEM,
        settings.base_url,
        headers=headers,
        errors=ERRORS,
        transport=transport,
        within=settings.within,
    )


def reader(system: HttpSystem, settings: OpenAiCompatibleSettings, spend: ModelSpend) -> ModelReader:
    """`Classifier` and `Summariser` over the model that the settings name."""
    return ModelReader(LanguageModel(system, ChatCompletions(settings), settings, spend))
