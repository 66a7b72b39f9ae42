"""The door to Temporal: where it leads, and what it says when nobody opens."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from contracts.names import SEARCH_ATTRIBUTE_TYPES
from runtime import temporal
from runtime.dev_server import DevServer
from runtime.ports import free_ports
from runtime.problems import Problem, SettingsProblem
from runtime.settings import Settings, TelemetrySettings, TemporalSettings, WorkerSettings
from runtime.temporal import (
    connect,
    connect_config,
    ensure_search_attributes,
    replayer,
    worker_options,
)
from tests.runtime.strict_workflow import StrictInput, StrictWorkflow


def settings_for(**fields: object) -> Settings:
    return Settings(temporal=TemporalSettings.model_validate(fields))


async def refusal(**fields: object) -> str:
    with pytest.raises(Problem) as caught:
        await connect(settings_for(**fields))
    assert "\n" not in str(caught.value)
    return f"{type(caught.value).__name__}: {caught.value}"


@pytest.fixture
async def silent_address() -> AsyncIterator[str]:
    """Somebody who takes the call and never says a word."""
    held: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
    yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for writer in held:
        writer.close()


async def test_refused_connection_is_one_line_with_the_remedy() -> None:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    text = await refusal(address=address)
    assert text.startswith(
        f"TemporalUnreachable: no Temporal server answers at {address} (connection refused)"
    )
    assert "`./throughline demo`" in text
    assert "THROUGHLINE__TEMPORAL__ADDRESS" in text


async def test_server_that_never_answers_is_given_up(
    silent_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(temporal, "PATIENCE_SECONDS", 0.3)
    assert "no answer in time" in await refusal(address=silent_address)


async def test_unknown_host_is_named() -> None:
    assert "the host name is unknown" in await refusal(address="nowhere.invalid:7233")


async def test_missing_namespace_is_one_line_with_the_remedy(dev_server: DevServer) -> None:
    text = await refusal(address=dev_server.address, namespace="nope")
    assert "has no namespace nope" in text
    assert "`temporal operator namespace create nope`" in text


@pytest.mark.parametrize(
    ("content", "profile", "words"),
    [
        (None, None, "there is no file"),
        ("[profile.default\napi_key = 'sekret'", None, "TOML parse error"),
        ("[profile.default]\naddress = 'a:1'", "other", "Profile 'other' not found"),
        ("[profile.default]\naddress = 'x y'", None, "is no host:port"),
    ],
)
async def test_profile_that_cannot_be_used_is_one_line_without_its_content(
    tmp_path: Path, content: str | None, profile: str | None, words: str
) -> None:
    file = tmp_path / "temporal.toml"
    if content:
        file.write_text(content)
    text = await refusal(config_file=file, profile=profile)
    assert text.startswith("SettingsProblem")
    assert words in text
    assert "sekret" not in text


def test_our_settings_win_over_the_profile_and_that_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "TEMPORAL_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "temporal.toml"
    file.write_text("")
    empty = connect_config(TemporalSettings(config_file=file))
    file.write_text('[profile.cloud]\naddress = "cloud:7233"\nnamespace = "ns"\napi_key = "k"\n')
    cloud = connect_config(TemporalSettings(config_file=file, profile="cloud"))
    ours = connect_config(TemporalSettings(config_file=file, profile="cloud", address="ours:1"))
    assert (empty["target_host"], empty["namespace"]) == ("127.0.0.1:7233", "default")
    assert (cloud["target_host"], cloud["namespace"], cloud["tls"]) == ("cloud:7233", "ns", True)
    assert (ours["target_host"], ours["namespace"], ours["api_key"]) == ("ours:1", "ns", "k")


async def test_search_attributes_are_registered_once_and_for_all(client: Client) -> None:
    await ensure_search_attributes(client)
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    assert set(listed.custom_attributes) == {name.value for name in SEARCH_ATTRIBUTE_TYPES}


def test_metrics_port_that_is_taken_is_one_line(dev_server: DevServer) -> None:
    with pytest.raises(SettingsProblem, match="THROUGHLINE__TELEMETRY__PROMETHEUS"):
        temporal.process_runtime(dev_server.address)


async def test_metrics_are_served(dev_server: DevServer) -> None:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    settings = settings_for(address=dev_server.address)
    await connect(settings.model_copy(update={"telemetry": TelemetrySettings(prometheus=address)}))
    reader, writer = await asyncio.open_connection(*address.split(":"))
    writer.write(b"GET /metrics HTTP/1.0\r\n\r\n")
    assert b"temporal_request_latency_seconds" in await reader.read()
    writer.close()


def test_worker_options_carry_the_settings() -> None:
    plain = worker_options(WorkerSettings(sticky_timeout=7, graceful_shutdown=9, max_cached_workflows=3))
    assert plain["sticky_queue_schedule_to_start_timeout"] == timedelta(seconds=7)
    assert plain["graceful_shutdown_timeout"] == timedelta(seconds=9)
    assert plain["max_cached_workflows"] == 3
    assert plain["deployment_config"] is None
    config = worker_options(WorkerSettings(use_versioning=True, build_id="abc"))["deployment_config"]
    assert config is not None
    assert (config.version.deployment_name, config.version.build_id) == ("throughline", "abc")
    assert config.use_worker_versioning


async def test_malformed_input_fails_the_run_on_the_worker_and_in_replay(client: Client) -> None:
    """A ValidationError outside the declared failure types would be retried for ever."""
    async with Worker(
        client, task_queue="strict", workflows=[StrictWorkflow], **worker_options(WorkerSettings())
    ):
        run = await client.start_workflow("StrictWorkflow", {"count": "many"}, id="s", task_queue="strict")
        with pytest.raises(WorkflowFailureError) as caught:
            await run.result()
        assert isinstance(caught.value.cause, ApplicationError)
        good = await client.execute_workflow(
            StrictWorkflow.run, StrictInput(count=2), id="t", task_queue="strict"
        )
        assert good == 2
    for name in ("s", "t"):
        history = await client.get_workflow_handle(name).fetch_history()
        await replayer([StrictWorkflow]).replay_workflow(history)
