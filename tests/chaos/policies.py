"""The shipped policies, told to take many leads, customers and requests through within seconds."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from runtime.setting_types import ROOT

SHIPPED = ROOT / "policies"

HOSTS = {"eu": "p-marek", "uk": "p-ines", "us": "p-dana"}
"""Who holds the kickoffs of a region: one calendar has no room for everybody at once."""

SLOTS_OFFERED = 5
TASKS_A_CUSTOMER = 2
MOST_OFFERS = 10
"""More than anybody needs, so that nothing is escalated: each offer has fewer others after the same slots."""

LONG_WATCHED = "business"
"""The plan of customers whose first value is not looked at for an hour: time to call it off."""

TAKE_UP = {"acknowledge_within": "18s", "remind_before": "16s", "max_reassignments": 1}
"""Nobody acknowledges, so that a lead is reminded of, given to another, and escalated: in 36 seconds."""

ACCESS_LASTS = "5s"
ENOUGH = 100_000
ENOUGH_FAILURES = 10_000
"""Faults here are meant for single calls; that a failing system is left alone has tests of its own."""

PATIENCE = "retry 1h then park"
"""Minutes can lie between the attempts of a message where everything dies every few seconds."""


def write_chaos_policies(folder: Path) -> None:
    """The shipped rules around the clock; onboarding the standard way, for each host."""
    shutil.copytree(SHIPPED, folder)
    with _changed(folder / "calendars.yaml") as calendars:
        calendars["calendars"]["office"] = deepcopy(calendars["calendars"]["always"])
    with _changed(folder / "pools.yaml") as pools:
        for pool in pools["pools"].values():
            for member in pool["members"]:
                member["daily_cap"] = ENOUGH
    with _changed(folder / "follow_through.yaml") as follow_through:
        follow_through["follow_through"]["sales-standard"] |= TAKE_UP
    with _changed(folder / "failures.yaml") as failures:
        for system in failures["failures"]["systems"].values():
            system["budget"] = ENOUGH_FAILURES
        failures["failures"]["rows"]["message"] |= dict.fromkeys(("TIMED_OUT", "OUTCOME_UNKNOWN"), PATIENCE)
    with _changed(folder / "access.yaml") as access:
        access["access"]["rules"][-1]["lasts"] = ACCESS_LASTS
    with _changed(folder / "onboarding.yaml") as onboarding:
        policy = onboarding["onboarding"]
        standard = next(one for one in policy["templates"] if one["id"] == "standard")
        policy["calendar"] = "always"
        policy["templates"] = [
            _held_by(host, region, standard, first_value_after, plan)
            for plan, first_value_after in ((LONG_WATCHED, "1h"), (None, "1s"))
            for region, host in HOSTS.items()
        ]
        policy["templates"][-1]["when"] = {"always": True}


@contextmanager
def _changed(file: Path) -> Iterator[dict[str, Any]]:
    """Yields what a policy file says, and writes it back on leaving."""
    document: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    yield document
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


def _held_by(
    host: str, region: str, standard: dict[str, Any], first_value_after: str, plan: str | None
) -> dict[str, Any]:
    template = deepcopy(standard)
    template["id"] = f"standard-{region}" + (f"-{plan}" if plan else "")
    conditions = [{"field": "order.region", "op": "eq", "value": region}]
    if plan:
        conditions.append({"field": "order.plan", "op": "eq", "value": plan})
    template["when"] = {"all": conditions}
    template["first_value_after"] = first_value_after
    template["kickoff"] |= {"host": host, "slots": SLOTS_OFFERED, "rounds": MOST_OFFERS}
    return template
