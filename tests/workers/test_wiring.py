"""What is registered is what is made, and it is served where the workflows send it."""

from pathlib import Path
from typing import Any, cast

import pytest
from temporalio.client import Client

from contracts.names import TaskQueue
from runtime.problems import SettingsProblem
from runtime.settings import PolicySettings, Settings
from workers.registry import ACTIVITY_CLASSES, ACTIVITY_CLASSES_BY_QUEUE, LOCAL_ACTIVITY_CLASSES
from workers.wiring import build_workers, load_policies, wire
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


def test_wrong_policy_is_refused_with_file_and_line(tmp_path: Path) -> None:
    for page in Settings().policies.directory.glob("*.yaml"):
        (tmp_path / page.name).write_text(page.read_text())
    (tmp_path / "pools.yaml").write_text("pools:\n  sales:\n    membres: []\n")
    with pytest.raises(SettingsProblem, match=r"pools\.yaml:\d+"):
        load_policies(PolicySettings(directory=tmp_path))
