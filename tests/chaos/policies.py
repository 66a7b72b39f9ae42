"""The shipped policies, told to onboard many customers within seconds."""

import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from runtime.settings import ROOT

SHIPPED = ROOT / "policies"

HOSTS = {"eu": "p-marek", "uk": "p-ines", "us": "p-dana"}
"""Who holds the kickoffs of a region: one calendar has no room for everybody at once."""

SLOTS_OFFERED = 5
TASKS_A_CUSTOMER = 2
MOST_OFFERS = 10
"""More than anybody needs, so that nothing is escalated: each offer has fewer others after the same slots."""


def write_chaos_policies(folder: Path) -> None:
    """The standard way of onboarding, around the clock, for each host, with first value after a second."""
    shutil.copytree(SHIPPED, folder)
    file = folder / "onboarding.yaml"
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    policy = document["onboarding"]
    standard = next(one for one in policy["templates"] if one["id"] == "standard")
    policy["calendar"] = "always"
    policy["templates"] = [_held_by(host, region, standard) for region, host in HOSTS.items()]
    policy["templates"][-1]["when"] = {"always": True}
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


def _held_by(host: str, region: str, standard: dict[str, Any]) -> dict[str, Any]:
    template = deepcopy(standard)
    template["id"] = f"standard-{region}"
    template["when"] = {"field": "order.region", "op": "eq", "value": region}
    template["first_value_after"] = "1s"
    template["kickoff"] |= {"host": host, "slots": SLOTS_OFFERED, "rounds": MOST_OFFERS}
    return template
