"""Strict servers of both interfaces of models, and a model behind them that reads by words.

A request that the interface's own documentation does not allow is answered as the provider would: 400, 401
or 404. What a test plants is answered in the place of what the model read.
"""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx

from connectors.anthropic import messages
from connectors.connections.models import AnthropicSettings, OpenAiCompatibleSettings
from connectors.errors import ErrorTable
from connectors.extractive import ExtractiveSummariser
from connectors.http import HttpSystem, Transport
from connectors.lexical import LexicalClassifier
from connectors.model_reader import ModelReader
from connectors.openai_compatible import chat
from contracts.classification import ClassifyRequest, SummariseRequest
from contracts.model_spend import DaySpend, ModelSpend, ReserveSpendInput, SettleSpendInput, SpendHold

KEY = "k3y-of-the-provider"
PARTS = re.compile(r"\A\[(text-[0-9a-f]{20}) begins\]\n(.*)\n\[\1 ends\]\Z", re.DOTALL)
NONE = "(none)"

Asked = ClassifyRequest | SummariseRequest
Read = Callable[[str], Awaitable[dict[str, Any]]]


def reading_of(asked: Asked) -> Read:
    """A model that reads what it is handed as the embedded readers do."""

    async def read(text: str) -> dict[str, Any]:
        if isinstance(asked, SummariseRequest):
            summary = await ExtractiveSummariser().summarise(asked.model_copy(update={"text": text}))
            return {"sentences": [one.text for one in summary.sentences]}
        answer = await LexicalClassifier().classify(asked.model_copy(update={"text": text}))
        return {
            "category": answer.category or NONE,
            "intent": answer.intent or NONE,
            "risk": answer.risk,
            "confidence": answer.confidence,
            "evidence": list(answer.evidence),
        }

    return read


class Refused(Exception):
    """A request that the interface does not take."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


def require(holds: object, what: str, status: int = 400, kind: str = "invalid_request_error") -> None:
    if not holds:
        raise Refused(status, kind, what)


def check_schema(schema: Any) -> None:
    """What strict modes ask of a schema: closed objects with every property required, and no bounds."""
    require(isinstance(schema, dict), "schema must be an object")
    if schema.get("type") == "object":
        require(schema.get("additionalProperties") is False, "additionalProperties must be false")
        require(set(schema.get("required", ())) == set(schema["properties"]), "required must name all")
        for part in schema["properties"].values():
            check_schema(part)
    allowed = {"type", "properties", "required", "additionalProperties", "enum", "items"}
    require(set(schema) <= allowed, f"not supported: {set(schema) - allowed}")


def check_fields(body: dict[str, Any], required: set[str], allowed: set[str]) -> None:
    require(required <= set(body), f"missing {required - set(body)}")
    require(set(body) <= required | allowed, f"unknown {set(body) - required - allowed}")


@dataclass
class Wire:
    """One interface being served."""

    read: Read | None = None
    """The model; unset where a test plants every answer."""
    planted: list[httpx.Response | dict[str, Any] | str] = field(default_factory=list)
    """Answered first: a whole response, what the model says, or the text that it writes."""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    """What stood between the marks."""

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        try:
            body = self.accepted(request)
        except Refused as refused:
            return self.error(refused)
        self.bodies.append(body)
        parts = PARTS.fullmatch(self.text_of(body))
        assert parts, "the text is not between its marks"
        self.texts.append(parts[2])
        said: Any = self.planted.pop(0) if self.planted else None
        if isinstance(said, httpx.Response):
            return said
        if said is None:
            assert self.read is not None
            said = await self.read(parts[2])
        return httpx.Response(
            200, json=self.answer(body, said if isinstance(said, str) else json.dumps(said))
        )

    def accepted(self, request: httpx.Request) -> dict[str, Any]:
        raise NotImplementedError

    def text_of(self, body: dict[str, Any]) -> str:
        raise NotImplementedError

    def answer(self, body: dict[str, Any], text: str) -> dict[str, Any]:
        raise NotImplementedError

    def error(self, refused: Refused) -> httpx.Response:
        raise NotImplementedError


class ChatWire(Wire):
    """Chat completions, after OpenAI's own description of the interface."""

    def accepted(self, request: httpx.Request) -> dict[str, Any]:
        require(request.url.path == "/v1/chat/completions", "no such path", 404)
        require(request.method == "POST", "POST only", 405)
        require(request.headers.get("authorization") == f"Bearer {KEY}", "no key", 401)
        body: dict[str, Any] = json.loads(request.content)
        optional = {"response_format", "tools", "tool_choice", "temperature"}
        limit = {"max_tokens", "max_completion_tokens"} & set(body)
        require(len(limit) == 1, "one limit of tokens")
        check_fields(body, {"model", "messages"} | limit, optional)
        require([one["role"] for one in body["messages"]] == ["system", "user"], "roles")
        if shape := body.get("response_format"):
            if shape["type"] == "json_schema":
                named = shape["json_schema"]
                check_fields(named, {"name", "schema"}, {"strict"})
                require(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", named["name"]), "name")
                check_schema(named["schema"])
            else:
                check_fields(shape, {"type", "schema"}, set())
                require(shape["type"] == "json_object", "type")
        for tool in body.get("tools", ()):
            check_fields(tool, {"type", "function"}, set())
            check_fields(tool["function"], {"name", "parameters"}, {"strict", "description"})
            check_schema(tool["function"]["parameters"])
        return body

    def text_of(self, body: dict[str, Any]) -> str:
        return str(body["messages"][1]["content"])

    def answer(self, body: dict[str, Any], text: str) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
        if "tools" in body:
            call = {"name": body["tool_choice"]["function"]["name"], "arguments": text}
            message |= {"content": None, "tool_calls": [{"id": "c1", "type": "function", "function": call}]}
        return completion(message)

    def error(self, refused: Refused) -> httpx.Response:
        error = {"message": str(refused), "type": refused.kind, "param": None, "code": None}
        return httpx.Response(refused.status, json={"error": error})


class MessagesWire(Wire):
    """Anthropic's messages, after its own client library."""

    def accepted(self, request: httpx.Request) -> dict[str, Any]:
        require(request.url.path == "/v1/messages", "no such path", 404, "not_found_error")
        require(request.method == "POST", "POST only", 405)
        require(request.headers.get("x-api-key") == KEY, "no key", 401, "authentication_error")
        require(request.headers.get("anthropic-version") == "2023-06-01", "no version")
        body: dict[str, Any] = json.loads(request.content)
        check_fields(body, {"model", "max_tokens", "messages"}, {"system", "output_config"})
        require([one["role"] for one in body["messages"]] == ["user"], "roles")
        shape = body["output_config"]["format"]
        check_fields(shape, {"type", "schema"}, set())
        require(shape["type"] == "json_schema", "type")
        check_schema(shape["schema"])
        return body

    def text_of(self, body: dict[str, Any]) -> str:
        return str(body["messages"][0]["content"])

    def answer(self, body: dict[str, Any], text: str) -> dict[str, Any]:
        return message([{"type": "text", "text": text}])

    def error(self, refused: Refused) -> httpx.Response:
        error = {"type": refused.kind, "message": str(refused)}
        return httpx.Response(refused.status, json={"type": "error", "error": error})


def completion(said: dict[str, Any], finish_reason: str = "stop") -> dict[str, Any]:
    """A chat completion as OpenAI answers it."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "gpt-test-2026-01-01",
        "choices": [{"index": 0, "message": said, "finish_reason": finish_reason, "logprobs": None}],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
    }


def message(content: list[dict[str, Any]], stop_reason: str = "end_turn") -> dict[str, Any]:
    """A message as Anthropic answers it."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-test-1",
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 700, "cache_read_input_tokens": 300, "output_tokens": 100},
    }


CHAT = OpenAiCompatibleSettings.model_validate(
    {"model": "gpt-test", "api_key": KEY, "base_url": "https://models.example/v1"}
)
MESSAGES = AnthropicSettings.model_validate(
    {"model": "claude-test", "api_key": KEY, "base_url": "https://models.example"}
)


@dataclass(frozen=True, eq=False)
class Interface:
    """One interface with its connector."""

    name: str
    settings_name: str
    settings: Any
    wire: type[Wire]
    open_system: Any
    reader: Any
    errors: ErrorTable

    def __str__(self) -> str:
        return self.name

    def over(self, transport: Transport, spend: ModelSpend, **changes: Any) -> ModelReader:
        """The connector over another network, with other settings."""
        return self.opened(transport, spend, **changes)[1]

    def opened(
        self, transport: Transport, spend: ModelSpend, **changes: Any
    ) -> tuple[HttpSystem, ModelReader]:
        """The same with its system, where that has connections that somebody must close."""
        settings = type(self.settings).model_validate({**self.settings.model_dump(), **changes})
        system = self.open_system(settings, transport)
        return system, self.reader(system, settings, spend)


CHAT_COMPLETIONS = Interface(
    "chat",
    chat.SYSTEM,
    CHAT,
    ChatWire,
    chat.open_system,
    chat.reader,
    chat.ERRORS,
)
ANTHROPIC = Interface(
    "messages",
    messages.SYSTEM,
    MESSAGES,
    MessagesWire,
    messages.open_system,
    messages.reader,
    messages.ERRORS,
)
INTERFACES = (CHAT_COMPLETIONS, ANTHROPIC)


class CountedSpend:
    """`ModelSpend` in memory, without a limit: what was set aside, and what came of it."""

    def __init__(self) -> None:
        self.reserved: list[ReserveSpendInput] = []
        self.settled: list[SettleSpendInput] = []

    async def reserve(self, request: ReserveSpendInput) -> SpendHold:
        self.reserved.append(request)
        return SpendHold(model=request.model, day=date(2026, 11, 26), micros=request.most_micros)

    async def settle(self, request: SettleSpendInput) -> None:
        self.settled.append(request)

    async def days(self, first: date) -> tuple[DaySpend, ...]:
        raise NotImplementedError
