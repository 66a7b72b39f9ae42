"""Copies of the workflows with one edit each: what replay must notice, and what it must let pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.replay.copies import copied_workflows

INTAKE, APPROVAL, FOLLOW_THROUGH = "lead_intake/", "approval/", "lead_follow_through/"
ONBOARDING, ACCESS = "customer_onboarding/", "access_request/"

SALES = f"{INTAKE}sales"
INCOMPLETE = f"{INTAKE}incomplete_overdue"
EXPIRED = f"{APPROVAL}expired"
REMINDED = f"{FOLLOW_THROUGH}reminded_then_acknowledged"
REVIEWED = f"{INTAKE}review_approved"
ONBOARDED = f"{ONBOARDING}onboarded"
UNDONE = f"{ONBOARDING}undone_after_everything_was_made"
ENDED = f"{ACCESS}granted_and_ended"


@dataclass(frozen=True)
class Mutant:
    """One edit of one module."""

    name: str
    module: str
    old: str
    """Text that stands there once."""
    new: str
    histories: tuple[str, ...]
    """Those that must notice it; of a harmless edit, those that go by where it was made."""


BREAKING = (
    Mutant(
        "an-activity-is-another-one",
        "lead_effects",
        "CrmActivities.create_task,",
        "CrmActivities.create_note,",
        (SALES, REVIEWED),
    ),
    Mutant(
        "a-step-is-gone",
        "lead_effects",
        "            self._messages.save_draft(),\n",
        "",
        (SALES,),
    ),
    Mutant(
        "a-step-is-added",
        "lead_intake",
        "            await self._record(outcome)\n            await self._effects",
        "            await self._record(outcome)\n            await self._record(outcome)\n"
        "            await self._effects",
        (SALES, f"{INTAKE}spam", f"{INTAKE}review_rejected"),
    ),
    Mutant(
        "two-decisions-are-swapped",
        "lead_effects",
        "        await self._allocate_owner()\n        await self._plan_follow_through()\n",
        "        await self._plan_follow_through()\n        await self._allocate_owner()\n",
        (SALES,),
    ),
    Mutant(
        "two-parallel-steps-are-swapped",
        "lead_effects",
        "            self._create_task(),\n            self._notes.note_reasons(self._made_records),\n",
        "            self._notes.note_reasons(self._made_records),\n            self._create_task(),\n",
        (SALES,),
    ),
    Mutant(
        "parallel-steps-begin-in-another-order",
        "parallel",
        "asyncio.ensure_future(step) for step in steps",
        "asyncio.ensure_future(step) for step in reversed(steps)",
        (SALES, REVIEWED),
    ),
    Mutant(
        "a-timer-is-gone",
        "waiting",
        "condition, timeout=remaining, timeout_summary=what",
        "condition",
        (INCOMPLETE, EXPIRED, REMINDED),
    ),
    Mutant(
        "a-timer-is-added",
        "lead_intake",
        "        await self._assess()\n",
        "        await workflow.sleep(1)\n        await self._assess()\n",
        (SALES, f"{INTAKE}spam"),
    ),
    Mutant(
        "search-attributes-are-no-longer-set",
        "progress",
        "workflow.upsert_search_attributes(",
        "list(",
        (SALES, EXPIRED, REMINDED),
    ),
    Mutant(
        "steps-of-a-plan-begin-in-another-order",
        "plan_walk",
        "for step in ready(steps, done, begun):",
        "for step in reversed(ready(steps, done, begun)):",
        (ONBOARDED, UNDONE, f"{ONBOARDING}parked_at_two_steps"),
    ),
    Mutant(
        "steps-of-a-plan-no-longer-go-side-by-side",
        "plan_walk",
        "for step in ready(steps, done, begun):",
        "for step in ready(steps, done, begun)[: len(under_way) == 0]:",
        (ONBOARDED, UNDONE),
    ),
    Mutant(
        "a-gate-is-gone",
        "customer_onboarding",
        "for gate in (Prerequisites, SignedContract, Terms):",
        "for gate in (Prerequisites, SignedContract):",
        (ONBOARDED, f"{ONBOARDING}trial", f"{ONBOARDING}terms_rejected"),
    ),
    Mutant(
        "two-gates-are-swapped",
        "customer_onboarding",
        "for gate in (Prerequisites, SignedContract, Terms):",
        "for gate in (Prerequisites, Terms, SignedContract):",
        (f"{ONBOARDING}contract_signed", f"{ONBOARDING}terms_approved_once_signed"),
    ),
    Mutant(
        "a-timer-of-the-kickoff-is-gone",
        "kickoff",
        'await until(offer.choose_by, lambda: self._file.choice is not None, "Kickoff choice")',
        "await workflow.wait_condition(lambda: self._file.choice is not None)",
        (ONBOARDED, f"{ONBOARDING}kickoff_offered_again", f"{ONBOARDING}kickoff_overdue"),
    ),
    Mutant(
        "undos-go-in-the-order-of-making",
        "saga",
        "self._undos.pop()",
        "self._undos.pop(0)",
        (UNDONE, f"{INTAKE}cancelled_while_executing"),
    ),
    Mutant(
        "an-undo-is-another-one",
        "effects",
        "ProvisioningActivities.delete_workspace,",
        "ProvisioningActivities.revoke_invitation,",
        (UNDONE, f"{ONBOARDING}undo_left"),
    ),
    Mutant(
        "a-failed-undo-is-no-longer-parked",
        "customer_onboarding",
        "left = await settled(await self._saga.undo_all(), self._steps)",
        "left = await self._saga.undo_all()",
        (f"{ONBOARDING}undo_parked_then_done", f"{ONBOARDING}undo_left"),
    ),
    Mutant(
        "nobody-is-told-that-access-has-ended",
        "access_request",
        "        await self._tell(MessageKind.ACCESS_ENDED)\n",
        "",
        (ENDED, f"{ACCESS}parked_while_revoking"),
    ),
    Mutant(
        "runs-from-before-park-failed-undos",
        "lead_intake",
        "if left and workflow.patched(Patch.PARK_FAILED_UNDOS):",
        "if left:",
        (f"{INTAKE}undo_incomplete", f"{INTAKE}undo_left"),
    ),
    Mutant(
        "runs-from-before-onboard-won-deals",
        "won_deal",
        " or not workflow.patched(Patch.ONBOARD_WON_DEALS)",
        "",
        (f"{FOLLOW_THROUGH}acknowledged_and_closed", f"{FOLLOW_THROUGH}won_and_onboarded"),
    ),
    Mutant(
        "runs-from-before-await-details-in-hand",
        "onboarding_prerequisites",
        "if file.in_hand and workflow.patched(Patch.AWAIT_DETAILS_IN_HAND):",
        "if file.in_hand:",
        (
            f"{ONBOARDING}supplied_late_and_unchecked_as_before",
            f"{ONBOARDING}supplied_when_the_check_is_over",
        ),
    ),
    Mutant(
        "runs-from-before-await-amendment-in-hand",
        "lead_details",
        "if file.in_hand and workflow.patched(Patch.AWAIT_AMENDMENT_IN_HAND):",
        "if file.in_hand:",
        (f"{INTAKE}amended_late_and_overdue_as_before", f"{INTAKE}amended_when_its_time_is_over"),
    ),
    Mutant(
        "a-won-deal-is-no-longer-onboarded",
        "lead_follow_through",
        "        await onboard_if_won(self._file)\n",
        "",
        (f"{FOLLOW_THROUGH}won_and_onboarded",),
    ),
)

HARMLESS = (
    Mutant(
        "a-summary-is-reworded",
        "lead_matching",
        '"New, known, a repeat, or for a person"',
        '"Other words"',
        (SALES, REVIEWED),
    ),
    Mutant(
        "timeouts-and-retries-are-others",
        "options",
        "RetryPolicy(\n    initial_interval=timedelta(seconds=1), backoff_coefficient=2.0",
        "RetryPolicy(\n    initial_interval=timedelta(seconds=9), backoff_coefficient=3.0",
        (SALES, REVIEWED, EXPIRED),
    ),
    Mutant(
        "a-timer-is-longer",
        "waiting",
        "timeout=remaining,",
        "timeout=remaining * 2,",
        (INCOMPLETE, EXPIRED, REMINDED),
    ),
    Mutant(
        "a-step-is-added-behind-a-patch",
        "lead_intake",
        "        await self._assess()\n",
        '        if workflow.patched("2030-01-wait-first"):\n            await workflow.sleep(1)\n'
        "        await self._assess()\n",
        (SALES, f"{INTAKE}spam", REVIEWED),
    ),
    Mutant(
        "a-notice-is-reworded",
        "onboarding_contract",
        '"the contract was not signed in time"',
        '"nobody signed"',
        (f"{ONBOARDING}contract_unsigned", f"{ONBOARDING}contract_never_found"),
    ),
    Mutant(
        "a-step-of-onboarding-is-added-behind-a-patch",
        "customer_onboarding",
        "        await self._effects.make()\n",
        '        if workflow.patched("2030-01-wait-first"):\n            await workflow.sleep(1)\n'
        "        await self._effects.make()\n",
        (ONBOARDED, UNDONE, f"{ONBOARDING}trial"),
    ),
    Mutant(
        "access-is-told-of-in-other-words",
        "access_request",
        'summary="Take the access back"',
        'summary="Other words"',
        (ENDED, f"{ACCESS}cancelled_while_granted"),
    ),
)


def mutated_workflows(mutant: Mutant, folder: Path) -> Sequence[type]:
    """The workflows of an edited copy, in a package of its own below a folder that is on `sys.path`.

    Raises:
        AssertionError: the text to be edited does not stand there once.
    """

    def edit(path: Path, text: str) -> str:
        if path.stem != mutant.module:
            return text
        places = text.count(mutant.old)
        assert places == 1, f"{path} holds the text of mutant {mutant.name} {places} times: fit it anew"
        return text.replace(mutant.old, mutant.new)

    return copied_workflows("mutant_" + mutant.name.replace("-", "_"), folder, edit)
