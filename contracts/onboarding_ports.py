"""What onboarding and access need from the world, as Protocols. `contracts/ports.py` says what all keep to.

An undo takes the key of the step that it undoes. It is safe when that step never happened, and when it was
undone before; where it comes first, the step is refused as CONFLICT when it arrives.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from contracts.access_request import AccessGrant, GrantAccessInput
from contracts.accounts import CrmAccount, CrmDeal, MoveAccountInput, OpenAccountInput, ReadDealInput
from contracts.agreements import Agreement, ReadAgreementInput, RecordAgreementInput
from contracts.billing import (
    BillingCustomer,
    CheckBillingInput,
    OpenBillingCustomerInput,
    StartSubscriptionInput,
    Subscription,
)
from contracts.crm import UndoInput, UndoResult
from contracts.ledger import Recorded
from contracts.messages import CustomerMessage, Delivery
from contracts.onboarding import OnboardingRecord
from contracts.onboarding_plan import Readiness
from contracts.provisioning import (
    CheckProvisioningInput,
    CreateWorkspaceInput,
    Invitation,
    InviteAdminInput,
    ReadUsageInput,
    Usage,
    Workspace,
)
from contracts.scheduling import Booking, BookMeetingInput, FreeSlotsInput, Slot


class Accounts(Protocol):
    """Customers in the CRM."""

    async def read_deal(self, question: ReadDealInput) -> CrmDeal:
        """Raises NOT_FOUND."""
        ...

    async def open_account(self, request: OpenAccountInput) -> CrmAccount:
        """Raises CONFLICT where the customer's account is under way or live already."""
        ...

    async def close_account(self, undo: UndoInput) -> UndoResult:
        """Moves the account back to where it was before `open_account`; the record stays."""
        ...

    async def move_account(self, request: MoveAccountInput) -> CrmAccount:
        """Raises NOT_FOUND; CONFLICT on an undeclared move."""
        ...

    async def return_account(self, undo: UndoInput) -> UndoResult:
        """Moves the account back to where it was before `move_account`."""
        ...

    async def account(self, account_id: str) -> CrmAccount:
        """Raises NOT_FOUND."""
        ...


class Billing(Protocol):
    """Whom invoices go to, and for what."""

    async def readiness(self, question: CheckBillingInput) -> Readiness: ...

    async def open_customer(self, request: OpenBillingCustomerInput) -> BillingCustomer:
        """Raises CONFLICT where the customer has an open one."""
        ...

    async def close_customer(self, undo: UndoInput) -> UndoResult:
        """Raises CONFLICT while a subscription is active: it must be cancelled first."""
        ...

    async def start_subscription(self, request: StartSubscriptionInput) -> Subscription:
        """Raises NOT_FOUND; CONFLICT where the billing customer is closed or has one already."""
        ...

    async def cancel_subscription(self, undo: UndoInput) -> UndoResult: ...


class Provisioning(Protocol):
    """Customers' workspaces."""

    async def readiness(self, question: CheckProvisioningInput) -> Readiness: ...

    async def create_workspace(self, request: CreateWorkspaceInput) -> Workspace:
        """Raises CONFLICT where the customer has a workspace."""
        ...

    async def delete_workspace(self, undo: UndoInput) -> UndoResult: ...

    async def invite_admin(self, request: InviteAdminInput) -> Invitation:
        """Raises NOT_FOUND; CONFLICT where the workspace is deleted."""
        ...

    async def revoke_invitation(self, undo: UndoInput) -> UndoResult: ...

    async def usage(self, question: ReadUsageInput) -> Usage:
        """Raises NOT_FOUND."""
        ...


class Scheduling(Protocol):
    """The calendars of our people. Whoever attends is invited and told by the calendar itself."""

    async def free_slots(self, question: FreeSlotsInput) -> tuple[Slot, ...]: ...

    async def book(self, request: BookMeetingInput) -> Booking:
        """Books the slot unless the host is busy then; a slot is never booked twice.

        Where the attendee has booked it themselves (`booked_as`), a calendar that has such pages keeps that.
        """
        ...

    async def cancel_booking(self, undo: UndoInput) -> UndoResult: ...


class BookingPages(Protocol):
    """Pages at which customers book a meeting themselves."""

    def link(self, host_id: str, key: str) -> str:
        """Where a host's page is, for the booking of that key; empty where the host has none."""
        ...


class Agreements(Protocol):
    """The registry of contracts."""

    async def read(self, question: ReadAgreementInput) -> Agreement:
        """Answers `unknown` for a contract that it has never heard of."""
        ...

    async def record(self, request: RecordAgreementInput) -> Agreement:
        """Raises CONFLICT on a move away from signed or void."""
        ...


class Correspondence(Protocol):
    """Tells somebody at a customer something."""

    async def send_to_customer(self, message: CustomerMessage) -> Delivery: ...


class OnboardingLedger(Protocol):
    """How onboardings ended."""

    async def record_onboarding(self, record: OnboardingRecord) -> Recorded: ...

    async def onboarding(self, onboarding_id: str) -> OnboardingRecord:
        """Raises NOT_FOUND."""
        ...


class AccessControl(Protocol):
    """Who may use which system."""

    async def grant(self, request: GrantAccessInput) -> AccessGrant:
        """Raises CONFLICT where the person has the role already."""
        ...

    async def revoke(self, undo: UndoInput) -> UndoResult: ...

    async def held_by(self, person_id: str, at: datetime) -> Sequence[str]:
        """The roles that somebody has at a time, as `system:role`."""
        ...
