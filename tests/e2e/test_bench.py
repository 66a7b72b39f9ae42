"""The bench measures everything that it promises, and a simple lead stays inside the design's budget."""

import asyncio
import json
import subprocess
import sys

import pytest

from benchmarks.measures import KINDS, percentile
from contracts.routing import LeadPath
from runtime.setting_types import ROOT

MOST_ACTIVITIES = 8
MOST_EVENTS = 60
"""What a simple lead may cost: each activity is a round trip, each event is replayed after a crash."""


@pytest.mark.timeout(150)
async def test_bench_measures_cost_and_recovery_within_the_budget() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "starters.cli", "bench", "--quick", "--json"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    document = json.loads(out)
    for load in (document["alone"], document["together"]):
        assert 0 < load["p50_ms"] <= load["p99_ms"]
        assert min(load["leads_a_second"], load["server_cpu_ms_a_lead"], load["worker_cpu_ms_a_lead"]) > 0
    paths = document["paths"]
    assert set(LeadPath) | {"merged", "spam"} <= set(paths)
    for runs in paths.values():
        assert set(runs["together"]["billable_by_kind"]) == set(KINDS)
    simple = paths["sales"]["intake"]
    assert simple["activities"] <= MOST_ACTIVITIES
    assert simple["history_events"] <= MOST_EVENTS
    recovery = document["recovery"]
    assert recovery["killed_processes"] == 3
    assert recovery["open_runs"] > 10
    assert 0 < recovery["first_ended_after_s"] <= recovery["all_ended_after_s"]
    assert {"machine", "python", "temporalio", "server", "worker processes"} <= set(document["on"])


def test_percentile_is_the_nearest_rank() -> None:
    values = [float(value) for value in range(1, 101)]
    assert [percentile(values, percent) for percent in (1, 50, 99, 100)] == [1, 50, 99, 100]
    assert percentile([3.0], 50) == 3.0
