"""Ids are made by one function each, and every one can be read backwards."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.ids import (
    access_request_workflow_id,
    approval_workflow_id,
    effect_key,
    follow_through_workflow_id,
    intake_workflow_id,
    lead_id_of,
    onboarding_workflow_id,
    parent_of_approval,
    subject_of,
    workflow_of_effect,
)
from contracts.names import Process

LEAD_IDS = st.from_regex(r"[ec][a-z2-7]{25}", fullmatch=True)
RUNS = LEAD_IDS.map(intake_workflow_id) | LEAD_IDS.map(follow_through_workflow_id)
ROUNDS = st.integers(1, 1_000)


@given(LEAD_IDS)
def test_lead_is_found_from_its_runs(lead_id: str) -> None:
    runs = (intake_workflow_id(lead_id), follow_through_workflow_id(lead_id))
    assert len(set(runs)) == 2
    assert [lead_id_of(run) for run in runs] == [lead_id, lead_id]


@given(LEAD_IDS, ROUNDS)
def test_lead_and_parent_are_found_from_an_approval(lead_id: str, number: int) -> None:
    parent = intake_workflow_id(lead_id)
    approval = approval_workflow_id(parent, number)
    assert parent_of_approval(approval) == parent
    assert lead_id_of(approval) == lead_id


@pytest.mark.parametrize(
    ("named", "process"),
    [
        (intake_workflow_id, Process.LEAD_INTAKE),
        (follow_through_workflow_id, Process.LEAD_FOLLOW_THROUGH),
        (onboarding_workflow_id, Process.CUSTOMER_ONBOARDING),
        (access_request_workflow_id, Process.ACCESS_REQUEST),
    ],
)
def test_subject_is_found_from_a_run_of_every_process_and_its_approvals(
    named: Callable[[str], str], process: Process
) -> None:
    run = named("c1")
    assert subject_of(run) == subject_of(approval_workflow_id(run, 3)) == (process, "c1")


@given(RUNS, st.lists(ROUNDS, unique=True, max_size=5))
def test_each_round_of_approval_has_its_own_id(parent: str, numbers: list[int]) -> None:
    assert len({approval_workflow_id(parent, number) for number in numbers}) == len(numbers)


@given(RUNS | RUNS.map(approval_workflow_id), st.sampled_from(["create_task", "send"]), st.text(max_size=10))
def test_run_is_found_from_the_key_of_its_effect(run: str, step: str, occasion: str) -> None:
    assert workflow_of_effect(effect_key(run, step, occasion)) == run


def test_occasions_of_one_step_have_keys_of_their_own() -> None:
    run = intake_workflow_id("c1")
    keys = [effect_key(run, "notify_owner"), effect_key(run, "notify_owner", "2"), effect_key(run, "notify")]
    assert len(set(keys)) == 3


@pytest.mark.parametrize("other", ["", "c1", "lead-intake", "lead-intake/", "approval/c1", "order/c1"])
def test_id_of_something_else_is_no_lead(other: str) -> None:
    with pytest.raises(ValueError, match="not the workflow id of a lead"):
        lead_id_of(other)


@pytest.mark.parametrize("other", ["", "c1", "lead-intake", "lead-intake/", "order/c1"])
def test_id_of_something_else_is_no_run_of_ours(other: str) -> None:
    with pytest.raises(ValueError, match="not the workflow id of a run"):
        subject_of(other)


@pytest.mark.parametrize("other", ["", "lead-intake/c1", "lead-intake/c1-approval"])
def test_id_of_something_else_is_no_approval(other: str) -> None:
    with pytest.raises(ValueError, match="not the workflow id of an approval"):
        parent_of_approval(other)
