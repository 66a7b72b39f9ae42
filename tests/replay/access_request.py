"""People who ask for access: granted until it runs out, refused, parked, taken back."""

from contracts.access_policy import AccessRule
from contracts.access_request import AccessRequestState
from contracts.approval import Verdict
from contracts.failure_policy import StepPolicy
from contracts.names import Step
from contracts.policy import Always, ApprovalsPolicy, PolicyBundle
from contracts.status import ResolutionAnswer
from tests.onboarding_bundles import small_access_policy
from tests.replay.scenario import Scenario, over, seconds
from tests.replay.scenes import (
    Before,
    Scene,
    answered,
    answered_within,
    approval_lost,
    cancelled,
    failing,
    held,
    in_scenes,
    standing_in,
    under_way,
)
from tests.workflows.house import House
from tests.workflows.policies import approvals, house_rules, undo_on
from tests.workflows.test_access_request import AccessRun, ask_for_access, decided

ENDS_SOON = 1.0
LASTS = 600.0
"""Seconds of access."""


def access_rules(
    lasts: float, *, answers: dict[Step, StepPolicy] | None = None, asked: ApprovalsPolicy | None = None
) -> PolicyBundle:
    """A policy with one rule, by which access lasts so many seconds."""
    rule = AccessRule(id="any", when=Always(always=True), approval="access", lasts=seconds(lasts))
    return house_rules(
        steps=answers, approvals=asked or approvals(), access=small_access_policy(rules=(rule,))
    )


def request(
    name: str, covers: str, *scenes: Scene, before: Before | None = None, bundle: PolicyBundle | None = None
) -> Scenario:
    """The story of one request, until its run has ended; what is granted ends soon, unless said otherwise."""

    async def begin(house: House) -> AccessRun:
        return await ask_for_access(house)

    policy = bundle or access_rules(ENDS_SOON)
    return in_scenes(f"access_request/{name}", covers, begin, scenes, before=before, bundle=policy)


async def approved(house: House, run: AccessRun) -> None:
    await decided(house, run)


async def rejected(house: House, run: AccessRun) -> None:
    await decided(house, run, Verdict.REJECT)


async def cancelled_while_it_takes_its_time(house: House, run: AccessRun) -> None:
    """A worker hears of it when it next reports that a local decision takes its time: seconds."""
    await run.cancel()
    await over(run)


UNDOING = undo_on(*Step)

SCENARIOS: tuple[Scenario, ...] = (
    request("granted_and_ended", "Somebody agrees; the access is taken back when it runs out.", approved),
    request("rejected", "Somebody decides against it.", rejected),
    request(
        "expired",
        "Nobody decides in time.",
        bundle=access_rules(ENDS_SOON, asked=answered_within(1, "access")),
    ),
    request(
        "parked_while_planning",
        "The policy cannot be had, so nobody rules: parked, then retried.",
        answered(Step.JUDGE_ACCESS),
        rejected,
        before=failing("pin_active"),
    ),
    request(
        "lost_approval_asked_again",
        "The approval is terminated: parked, then asked again.",
        approval_lost,
        answered(Step.ASK_APPROVAL),
        rejected,
    ),
    request(
        "parked_while_granting",
        "The system refuses to grant: parked, then retried.",
        approved,
        answered(Step.GRANT_ACCESS),
        before=failing("grant"),
    ),
    request(
        "parked_while_revoking",
        "The system refuses to take the access back: parked, then retried.",
        approved,
        answered(Step.REVOKE_ACCESS),
        before=failing("revoke"),
    ),
    request(
        "parked_then_abandoned",
        "The system refuses to grant: parked, then abandoned and undone.",
        approved,
        answered(Step.GRANT_ACCESS, ResolutionAnswer.ABANDON),
        before=failing("grant"),
    ),
    request(
        "undone_while_granting",
        "The system refuses to grant; the policy undoes.",
        approved,
        before=failing("grant"),
        bundle=access_rules(LASTS, answers=UNDOING),
    ),
    request(
        "undone_while_revoking",
        "The system refuses to take the access back; the policy undoes, which takes it back.",
        approved,
        before=failing("revoke"),
        bundle=access_rules(ENDS_SOON, answers=UNDOING),
    ),
    request(
        "undo_parked_then_done",
        "Abandoned while it is taken back, which fails again: parked, then retried.",
        approved,
        answered(Step.REVOKE_ACCESS, ResolutionAnswer.ABANDON),
        answered("undo access"),
        before=failing("revoke", calls=(1, 2)),
    ),
    request(
        "undo_left",
        "Cancelled while it is granted, and it cannot be taken back: parked, then left as it is.",
        approved,
        standing_in(AccessRequestState.GRANTED),
        cancelled,
        answered("undo access", ResolutionAnswer.SKIP),
        before=failing("revoke"),
        bundle=access_rules(LASTS),
    ),
    request(
        "cancelled_while_planning",
        "Cancelled by an operator before anybody is asked.",
        under_way("pin_active"),
        cancelled_while_it_takes_its_time,
        before=held("pin_active"),
    ),
    request(
        "cancelled_in_approval",
        "Cancelled by an operator while somebody is asked; the approval is taken back.",
        standing_in(AccessRequestState.IN_APPROVAL),
        cancelled,
    ),
    request(
        "cancelled_while_granted",
        "Cancelled by an operator while it is granted: taken back, then cancelled.",
        approved,
        standing_in(AccessRequestState.GRANTED),
        cancelled,
        bundle=access_rules(LASTS),
    ),
)
