"""Customers of whom everything is taken back, since a step cannot be done: in reverse, parked, or left."""

from contracts.names import Step
from contracts.onboarding_plan import Prerequisite
from contracts.onboarding_states import OnboardingState
from contracts.status import ResolutionAnswer
from tests.faults import in_activity
from tests.replay.onboarding_scenes import (
    INVITED,
    KICKOFF,
    ONLY_AN_ACCOUNT,
    VALUE_CHECK,
    WORKSPACE,
    chosen,
    onboarding,
    onboarding_rules,
    taken_over,
)
from tests.replay.scenario import Scenario
from tests.replay.scenes import answered, both, failing
from tests.workflows.house import House
from tests.workflows.onboarding import OnboardingRun, provide
from tests.workflows.policies import undo_on

UNDOING = undo_on(*Step)
"""Whatever fails undoes the run."""


async def supplied_in_vain(house: House, run: OnboardingRun) -> None:
    """What is missing comes, and then the policy cannot be had."""
    await house.in_state(run, OnboardingState.AWAITING_PREREQUISITES)
    house.faults.fail("load", only=in_activity("plan_onboarding"))
    await provide(house, run, tax_id="DE129273398")


SCENARIOS: tuple[Scenario, ...] = (
    onboarding(
        "undone_while_planning",
        "It cannot be planned anew once everything is there; the policy undoes.",
        supplied_in_vain,
        bundle=onboarding_rules(*ONLY_AN_ACCOUNT, answers=UNDOING),
        tax_id=None,
    ),
    onboarding(
        "undone_while_checking",
        "Billing refuses to be asked; the policy undoes.",
        before=failing("readiness", only="check_billing"),
        bundle=onboarding_rules(
            *ONLY_AN_ACCOUNT, answers=UNDOING, way={"prerequisites": (Prerequisite.BILLING_READY,)}
        ),
    ),
    onboarding(
        "undone_after_everything_was_made",
        "The last step of the whole way fails; all of it is taken back in reverse.",
        taken_over,
        before=failing("usage"),
        bundle=onboarding_rules(answers=UNDOING),
    ),
    onboarding(
        "undone_while_others_are_under_way",
        "A workspace cannot be made; what goes on side by side with it is called off and taken back.",
        before=failing("create_workspace"),
        bundle=onboarding_rules(answers=UNDOING),
    ),
    onboarding(
        "undone_at_the_kickoff",
        "What is chosen cannot be booked; the policy undoes, and the customer is written to.",
        chosen,
        before=failing("book"),
        bundle=onboarding_rules(*KICKOFF, answers=UNDOING),
    ),
    onboarding(
        "undone_while_recording",
        "The ledger refuses to note how it ended; the policy undoes.",
        before=failing("record_onboarding"),
        bundle=onboarding_rules(*WORKSPACE, answers=UNDOING),
    ),
    onboarding(
        "undone_and_not_all_said",
        "It is undone, and neither the note nor the record of it can be written; the undo stands.",
        before=both(failing("usage"), failing("create_note"), failing("record_onboarding")),
        bundle=onboarding_rules(*VALUE_CHECK, answers=UNDOING),
    ),
    onboarding(
        "parked_while_undoing",
        "Abandoned, and the ledger refuses to note it: parked, then retried.",
        answered(Step.CREATE_WORKSPACE, ResolutionAnswer.ABANDON),
        answered(Step.RECORD_ONBOARDING),
        before=both(failing("create_workspace"), failing("record_onboarding")),
        bundle=onboarding_rules(*WORKSPACE),
    ),
    onboarding(
        "undo_parked_then_done",
        "The workspace cannot be taken back while the others are: parked, retried in vain, retried.",
        answered("undo workspace"),
        answered("undo workspace"),
        before=both(failing("invite_admin"), failing("delete_workspace", calls=(1, 2))),
        bundle=onboarding_rules(*INVITED, answers=UNDOING),
    ),
    onboarding(
        "undo_left",
        "Two undos cannot be done: one is retried, the other is left as it is and named in the result.",
        answered("undo account"),
        answered("undo workspace", ResolutionAnswer.SKIP),
        before=both(failing("invite_admin"), failing("delete_workspace"), failing("close_account")),
        bundle=onboarding_rules(*INVITED, answers=UNDOING),
    ),
)
