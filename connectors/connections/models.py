"""Language models."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator

from connectors.connections.urls import BaseUrl
from contracts.settings import Connection

Money = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
"""In whatever currency a provider bills; prices and budget of one model are in the same."""


class ModelConnection(Connection):
    """A language model, what it costs, and what it may cost in a day."""

    model: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    """As the provider names it."""
    answer_within: Annotated[float, Field(gt=0, le=25)] = 20
    """Seconds; an attempt at reading a text has 27."""
    input_price: Money | None = None
    output_price: Money | None = None
    """For a million tokens."""
    daily_budget: Money | None = None
    """For a day of UTC, all workers together. What comes after it is read by words alone."""

    @property
    def within(self) -> timedelta:
        """How long a call may take."""
        return timedelta(seconds=self.answer_within)

    @model_validator(mode="after")
    def _budget_has_prices(self) -> Self:
        priced = self.input_price is not None and self.output_price is not None
        if self.daily_budget is not None and not priced:
            raise ValueError("daily_budget needs input_price and output_price")
        return self


class OpenAiCompatibleSettings(ModelConnection):
    """Chat completions: OpenAI's, or those of a vLLM, llama.cpp or Ollama of one's own."""

    base_url: BaseUrl = "https://api.openai.com/v1"
    api_key: SecretStr | None = None
    """Unset where the server asks for none."""
    structured_mode: Literal["openai_schema", "json_object_schema", "tool", "plain"] = "openai_schema"
    """How the answer's schema is sent: as OpenAI, vLLM, llama-server and Ollama take it; as llama-cpp-python
    takes it; as the parameters of a tool; or in the prompt alone."""
    token_limit_field: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    """Servers that do not know the newer name take the older one."""
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    """Not sent where unset: some models refuse any."""


class AnthropicSettings(ModelConnection):
    """Anthropic's messages interface."""

    base_url: BaseUrl = "https://api.anthropic.com"
    api_key: SecretStr
