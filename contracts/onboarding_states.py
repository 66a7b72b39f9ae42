"""The states of an onboarding run."""

from datetime import timedelta
from enum import StrEnum

from contracts.names import Process
from contracts.state_kinds import TEN_MINUTES, ended, parked, undoing, waiting, working
from contracts.states import Lane, ProcessDeclaration, StateDeclaration


class OnboardingState(StrEnum):
    """States of an onboarding run."""

    RECEIVED = "received"
    PLANNING = "planning"
    CHECKING = "checking"
    AWAITING_PREREQUISITES = "awaiting_prerequisites"
    AWAITING_CONTRACT = "awaiting_contract"
    IN_APPROVAL = "in_approval"
    SETTING_UP = "setting_up"
    AWAITING_KICKOFF_CHOICE = "awaiting_kickoff_choice"
    KICKOFF_OVERDUE = "kickoff_overdue"
    IN_HANDOVER = "in_handover"
    HANDOVER_REFUSED = "handover_refused"
    AWAITING_FIRST_VALUE = "awaiting_first_value"
    RECORDING = "recording"
    UNDOING = "undoing"
    PARKED = "parked"
    ONBOARDED = "onboarded"
    WITHOUT_FIRST_VALUE = "without_first_value"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNDONE = "undone"


_S = OnboardingState


def _step(
    name: OnboardingState,
    meaning: str,
    *next_states: OnboardingState,
    budget: timedelta = TEN_MINUTES,
) -> StateDeclaration:
    return working(name, meaning, *next_states, _S.PARKED, _S.UNDOING, budget=budget)


def _wait(
    name: OnboardingState,
    meaning: str,
    owner: str,
    *next_states: OnboardingState,
    lane: Lane = Lane.WAITING,
    days: int = 14,
) -> StateDeclaration:
    return waiting(name, meaning, owner, *next_states, _S.UNDOING, budget=timedelta(days=days), lane=lane)


CUSTOMER_ONBOARDING = ProcessDeclaration(
    process=Process.CUSTOMER_ONBOARDING,
    title="Customer onboarding",
    purpose="Takes a won deal to a customer who is live and gets something out of it, or undoes what it did.",
    initial=_S.RECEIVED,
    states=(
        working(
            _S.RECEIVED,
            "The order has been taken; nothing has been done yet.",
            _S.PLANNING,
            budget=timedelta(minutes=5),
        ),
        _step(_S.PLANNING, "The policy is deciding how this customer is onboarded.", _S.CHECKING),
        _step(
            _S.CHECKING,
            "Everything that later steps need is being checked, before anything is touched.",
            _S.AWAITING_PREREQUISITES,
            _S.AWAITING_CONTRACT,
            _S.IN_APPROVAL,
            _S.SETTING_UP,
        ),
        _wait(
            _S.AWAITING_PREREQUISITES,
            "Something that later steps need is missing; whoever must supply it has been asked.",
            "supplier",
            _S.PLANNING,
            _S.RECORDING,
        ),
        _wait(
            _S.AWAITING_CONTRACT,
            "The contract is out and not known to be signed yet.",
            "seller",
            _S.IN_APPROVAL,
            _S.SETTING_UP,
            _S.RECORDING,
            _S.PARKED,
            days=30,
        ),
        _wait(
            _S.IN_APPROVAL,
            "The terms need somebody's agreement before anything is done.",
            "approver",
            _S.SETTING_UP,
            _S.RECORDING,
            _S.PARKED,
            days=7,
        ),
        _step(
            _S.SETTING_UP,
            "Account, billing, workspace, messages and tasks are being made.",
            _S.AWAITING_KICKOFF_CHOICE,
            _S.KICKOFF_OVERDUE,
            _S.IN_HANDOVER,
            _S.AWAITING_FIRST_VALUE,
            _S.RECORDING,
            budget=timedelta(hours=1),
        ),
        _wait(
            _S.AWAITING_KICKOFF_CHOICE,
            "The customer has been offered times for the kickoff and has not chosen yet.",
            "customer",
            _S.SETTING_UP,
            _S.PARKED,
        ),
        _wait(
            _S.KICKOFF_OVERDUE,
            "The customer has chosen none of the times offered; somebody should call them.",
            "success owner",
            _S.SETTING_UP,
            _S.PARKED,
            lane=Lane.ESCALATED,
        ),
        _wait(
            _S.IN_HANDOVER,
            "The success team has been asked to take the customer over.",
            "success team",
            _S.SETTING_UP,
            _S.HANDOVER_REFUSED,
            _S.PARKED,
            days=7,
        ),
        _wait(
            _S.HANDOVER_REFUSED,
            "The success team has not taken the customer over; what they lack must be mended first.",
            "manager",
            _S.IN_HANDOVER,
            _S.PARKED,
            lane=Lane.ESCALATED,
        ),
        _wait(
            _S.AWAITING_FIRST_VALUE,
            "The customer is live; whether they get something out of it is checked later.",
            "success owner",
            _S.SETTING_UP,
            days=60,
        ),
        _step(
            _S.RECORDING,
            "How it ended is being recorded.",
            _S.ONBOARDED,
            _S.WITHOUT_FIRST_VALUE,
            _S.REJECTED,
            _S.EXPIRED,
        ),
        undoing(_S.UNDOING, _S.CANCELLED, _S.UNDONE, _S.PARKED),
        parked(
            _S.PARKED,
            _S.PLANNING,
            _S.CHECKING,
            _S.AWAITING_CONTRACT,
            _S.IN_APPROVAL,
            _S.SETTING_UP,
            _S.AWAITING_KICKOFF_CHOICE,
            _S.KICKOFF_OVERDUE,
            _S.IN_HANDOVER,
            _S.HANDOVER_REFUSED,
            _S.RECORDING,
            _S.UNDOING,
        ),
        ended(_S.ONBOARDED, "The customer is live, and got something out of it."),
        ended(
            _S.WITHOUT_FIRST_VALUE,
            "The customer is live and got nothing out of it yet; the success owner has been told.",
            Lane.ESCALATED,
        ),
        ended(_S.REJECTED, "The terms were refused or the contract was withdrawn; nothing was touched."),
        ended(
            _S.EXPIRED,
            "What was awaited did not come in time; nothing was touched, and the people responsible have "
            "been told.",
            Lane.ESCALATED,
        ),
        ended(_S.CANCELLED, "It was called off, and what had been done was undone."),
        ended(_S.UNDONE, "A step could not be done, and what had been done was undone."),
    ),
)
"""The one declaration of the onboarding's states."""
