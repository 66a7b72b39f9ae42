"""Which commands a run is looked at and helped with, by its workflow id."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.ids import parent_of_approval, subject_of
from contracts.names import Process

GROUPS: Mapping[Process, str] = {
    Process.LEAD_INTAKE: "lead",
    Process.LEAD_FOLLOW_THROUGH: "lead",
    Process.APPROVAL: "approval",
    Process.CUSTOMER_ONBOARDING: "onboarding",
    Process.ACCESS_REQUEST: "access",
}
"""The group of commands that each process has."""


UNDO = "undo "
"""How the name of a parked step begins that is an undo which could not be done."""


def is_approval(workflow_id: str) -> bool:
    """Whether a run is an approval, whoever asked for it."""
    try:
        parent_of_approval(workflow_id)
    except ValueError:
        return False
    return True


def group_of(workflow_id: str) -> str:
    """The commands of a run; those of leads for what is no run's id."""
    if is_approval(workflow_id):
        return GROUPS[Process.APPROVAL]
    try:
        process, _ = subject_of(workflow_id)
    except ValueError:
        return GROUPS[Process.LEAD_INTAKE]
    return GROUPS[process]


def list_command(workflow_id: str) -> str:
    """What lists the runs of the same kind."""
    more = " --status all" if is_approval(workflow_id) else ""
    return f"./throughline {group_of(workflow_id)} list{more}"


def look_command(workflow_id: str) -> str:
    """What shows how a run stands, or how it ended."""
    if is_approval(workflow_id):
        return f"./throughline approval show {workflow_id}"
    return f"./throughline {group_of(workflow_id)} status {subject_of(workflow_id)[1]}"
