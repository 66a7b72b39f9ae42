"""What is registered is what is made, and it is served where the workflows send it."""

from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import SecretStr
from temporalio.client import Client

from connectors.connections.channels import EmailSettings, SlackSettings, TeamsSettings, WebhookSettings
from connectors.connections.crm import HubSpotSettings, PipedriveSettings, SalesforceSettings
from connectors.settings import ConnectorSettings
from contracts.names import TaskQueue
from runtime.problems import SettingsProblem
from runtime.settings import PolicySettings, Settings
from workers.policies import load_policies
from workers.registry import ACTIVITY_CLASSES, ACTIVITY_CLASSES_BY_QUEUE, LOCAL_ACTIVITY_CLASSES
from workers.wiring import build_workers, wire
from workflows import options


async def test_every_registered_class_is_made_once(settings: Settings) -> None:
    async with wire(settings) as wiring:
        made = [type(one) for one in wiring.activities]
    assert len(made) == len(set(made))
    assert set(made) == set(ACTIVITY_CLASSES)


async def test_each_queue_serves_its_own_activities(settings: Settings, client: Client) -> None:
    queues = list(TaskQueue)
    async with wire(settings) as wiring:
        workers = build_workers(client, wiring, settings.worker, [*queues, TaskQueue.CRM])
        assert [worker.task_queue for worker in workers] == queues
        for queue, worker in zip(queues, workers, strict=True):
            runs_workflows = queue is TaskQueue.WORKFLOWS
            classes = LOCAL_ACTIVITY_CLASSES if runs_workflows else ACTIVITY_CLASSES_BY_QUEUE[queue]
            config = cast(dict[str, Any], worker.config())
            served = {one.__name__ for one in config["activities"]}
            assert served == {method.__name__ for method in wiring.of(classes)}
            assert bool(config["workflows"]) is runs_workflows


def test_every_queue_that_the_workflows_name_is_served() -> None:
    sets = [cast(dict[str, Any], one) for one in vars(options).values() if isinstance(one, dict)]
    named = {one["task_queue"] for one in sets if "task_queue" in one}
    assert named
    assert named <= set(ACTIVITY_CLASSES_BY_QUEUE)
    assert set(ACTIVITY_CLASSES_BY_QUEUE) == set(TaskQueue)


def test_shipped_policies_are_accepted() -> None:
    assert load_policies(Settings().policies).version


CHANNELS = """
delivery:
  channels: [slack, email]
  kinds:
    alert: {channels: [teams]}
  customers: [webhook]
"""


def policies_with_channels(folder: Path, channels: str = CHANNELS) -> Path:
    for page in Settings().policies.directory.glob("*.yaml"):
        (folder / page.name).write_text(page.read_text())
    page = folder / "messages.yaml"
    page.write_text(page.read_text().split("\ndelivery:")[0] + channels)
    return folder


async def test_channel_that_no_settings_reach_stops_the_worker_with_one_line(
    settings: Settings, tmp_path: Path
) -> None:
    policies = PolicySettings(directory=policies_with_channels(tmp_path))
    changed = settings.model_copy(
        update={"policies": policies, "slack": SlackSettings(token=SecretStr("xoxb-s3cret"))}
    )
    with pytest.raises(SettingsProblem) as caught:
        async with wire(changed):
            pass
    text = str(caught.value)
    assert "\n" not in text
    for needed in ("EMAIL__HOST", "EMAIL__SENDER", "TEAMS__WORKFLOW_URL", "WEBHOOK__URL", "WEBHOOK__SECRET"):
        assert f"THROUGHLINE__{needed}" in text
    assert "SLACK" not in text
    assert "s3cret" not in text


async def test_worker_starts_with_every_channel_that_the_policy_names(
    settings: Settings, tmp_path: Path
) -> None:
    url = SecretStr("https://ours.example/hooks/s3cret")
    areas = {
        "policies": PolicySettings(directory=policies_with_channels(tmp_path)),
        "slack": SlackSettings(token=SecretStr("xoxb-s3cret")),
        "email": EmailSettings(host="localhost", sender="intake@ours.example"),
        "teams": TeamsSettings(workflow_url=url),
        "webhook": WebhookSettings(url=url, secret=SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")),
    }
    async with wire(settings.model_copy(update=areas)) as wiring:
        assert wiring.held is not None
        assert not await wiring.held.send_next()


def test_layout_that_names_what_nobody_fills_in_is_refused_with_its_line(tmp_path: Path) -> None:
    folder = policies_with_channels(tmp_path, "")
    (folder / "messages").mkdir()
    (folder / "messages" / "staff.html.j2").write_text("<p>\n{{ nobody }}</p>")
    with pytest.raises(SettingsProblem, match=r"messages/staff\.html\.j2:2: unknown variable nobody"):
        load_policies(PolicySettings(directory=folder))
    (folder / "messages" / "staff.html.j2").unlink()
    (folder / "messages" / "stuff.html.j2").write_text("")
    with pytest.raises(SettingsProblem, match=r"stuff\.html\.j2:1: is no template"):
        load_policies(PolicySettings(directory=folder))


def test_wrong_policy_is_refused_with_file_and_line(tmp_path: Path) -> None:
    for page in Settings().policies.directory.glob("*.yaml"):
        (tmp_path / page.name).write_text(page.read_text())
    (tmp_path / "pools.yaml").write_text("pools:\n  sales:\n    membres: []\n")
    with pytest.raises(SettingsProblem, match=r"pools\.yaml:\d+"):
        load_policies(PolicySettings(directory=tmp_path))


@pytest.mark.parametrize("crm", ["hubspot", "salesforce", "pipedrive"])
async def test_crm_of_others_is_wired_by_the_shipped_mapping(settings: Settings, crm: str) -> None:
    async with wire(choosing(settings, crm)) as wiring:
        assert {type(one) for one in wiring.activities} == set(ACTIVITY_CLASSES)


async def test_crm_of_which_the_policies_say_nothing_is_refused(settings: Settings, tmp_path: Path) -> None:
    for page in Settings().policies.directory.glob("*.yaml"):
        if page.name != "crm.yaml":
            (tmp_path / page.name).write_text(page.read_text())
    policies = PolicySettings(directory=tmp_path)
    without = choosing(settings, "hubspot").model_copy(update={"policies": policies})
    with pytest.raises(SettingsProblem, match=r"crm\.yaml"):
        async with wire(without):
            pass


def choosing(settings: Settings, crm: str) -> Settings:
    return settings.model_copy(
        update={
            "connectors": ConnectorSettings.model_validate({"crm": crm}),
            "hubspot": HubSpotSettings(token=SecretStr("pat-none")),
            "pipedrive": PipedriveSettings(token=SecretStr("none")),
            "salesforce": SalesforceSettings(
                url="https://acme.my.salesforce.example", client_id="c", client_secret=SecretStr("s")
            ),
        }
    )
