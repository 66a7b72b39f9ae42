"""The sandbox says what payloads belong to where a codec asks, and is not asked where there is none."""

import dataclasses
from collections.abc import Sequence
from typing import Self

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.converter import (
    DataConverter,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox._runner import _Instance

from runtime.sandbox import workflow_runner
from runtime.temporal import DATA_CONVERTER
from tests.runtime.strict_workflow import StrictInput, StrictWorkflow


class AskingCodec(PayloadCodec, WithSerializationContext):
    """Notes which runs the payloads that it encodes belong to."""

    def __init__(self, seen: list[str], run: str = "") -> None:
        self._seen = seen
        self._run = run

    def with_context(self, context: SerializationContext) -> Self:
        assert isinstance(context, WorkflowSerializationContext)
        return type(self)(self._seen, context.workflow_id)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        self._seen.append(self._run)
        return list(payloads)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return list(payloads)


async def run_with(converter: DataConverter, client: Client) -> None:
    """Runs one workflow by a worker with this converter; the client's own converter asks nothing."""
    config = client.config()
    config["data_converter"] = converter
    runner = workflow_runner(converter)
    async with Worker(Client(**config), task_queue="q", workflows=[StrictWorkflow], workflow_runner=runner):
        asked = StrictInput(count=2)
        assert await client.execute_workflow(StrictWorkflow.run, asked, id="w", task_queue="q") == 2


async def test_codec_is_told_what_payloads_belong_to(client: Client) -> None:
    seen: list[str] = []
    await run_with(dataclasses.replace(DATA_CONVERTER, payload_codec=AskingCodec(seen)), client)
    assert set(seen) == {"w"}


async def test_without_a_codec_the_sandbox_is_not_entered_for_payloads(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered: list[str] = []
    for question in ("get_serialization_context", "get_external_store_context"):
        monkeypatch.setattr(_Instance, question, lambda _instance, _command: entered.append("asked"))
    await run_with(DATA_CONVERTER, client)
    assert not entered
