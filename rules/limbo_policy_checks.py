"""What the schema of the limbo policy cannot say: that people and states exist, and that waits last."""

from collections.abc import Iterator
from datetime import timedelta

from contracts.policy import PolicyBundle
from contracts.processes import PROCESSES
from rules.policy_findings import Finding, people_of, unknown_name

SHORTEST = timedelta(minutes=1)
"""A sweep runs every few minutes; less would tell of work that nobody had time to touch."""


def limbo_problems(bundle: PolicyBundle) -> Iterator[Finding]:
    """Yields what is wrong with what a bundle says about work that is left lying."""
    policy = bundle.limbo
    for role, person in (("desk", policy.desk), ("manager", policy.manager)):
        if person is not None:
            yield from unknown_name(("limbo", role), "person", person, people_of(bundle))
    states = {
        f"{process.process}.{state.name}" for process in PROCESSES for state in process.states if state.next
    }
    for name, budget in policy.budgets.items():
        yield from unknown_name(("limbo", "budgets", name), "state that has a budget", name, states)
        if budget < SHORTEST:
            yield ("limbo", "budgets", name), "must be a minute or more"
    for field in type(policy).model_fields:
        value = getattr(policy, field)
        if isinstance(value, timedelta) and value < SHORTEST:
            yield ("limbo", field), "must be a minute or more"
