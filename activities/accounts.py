"""The steps that keep customers' accounts in the CRM."""

from temporalio import activity

from contracts.accounts import CrmAccount, CrmDeal, MoveAccountInput, OpenAccountInput, ReadDealInput
from contracts.crm import UndoInput, UndoResult
from contracts.onboarding_ports import Accounts


class AccountActivities:
    """Opens accounts and moves them along; one effect per key, each with its inverse.

    All methods raise REJECTED, FORBIDDEN, CONFLICT or NOT_FOUND for good, and UNREACHABLE, UNAVAILABLE,
    RATE_LIMITED, TIMED_OUT or OUTCOME_UNKNOWN to be retried under the same key.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    @activity.defn
    async def read_deal(self, question: ReadDealInput) -> CrmDeal:
        """Reads what the CRM knows of a deal that is won."""
        return await self._accounts.read_deal(question)

    @activity.defn
    async def open_account(self, request: OpenAccountInput) -> CrmAccount:
        """Makes the customer's account, or takes up the one that is there."""
        return await self._accounts.open_account(request)

    @activity.defn
    async def close_account(self, undo: UndoInput) -> UndoResult:
        """Moves the account back to where it was before it was opened; the record stays."""
        return await self._accounts.close_account(undo)

    @activity.defn
    async def move_account(self, request: MoveAccountInput) -> CrmAccount:
        """Moves the account to another stage; CONFLICT if the move is not declared."""
        return await self._accounts.move_account(request)

    @activity.defn
    async def return_account(self, undo: UndoInput) -> UndoResult:
        """Moves the account back to the stage that it had before."""
        return await self._accounts.return_account(undo)
