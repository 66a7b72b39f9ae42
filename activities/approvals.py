"""The steps that keep the inbox of open approvals."""

from temporalio import activity

from contracts.approval import ApprovalTask, CloseApprovalTaskInput
from contracts.ledger import Recorded
from contracts.ports import Inbox


class ApprovalActivities:
    """Opens and closes an approval in the inbox, keyed by its request id.

    Both methods raise UNREACHABLE or UNAVAILABLE while the store does not answer.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    @activity.defn
    async def open_approval_task(self, task: ApprovalTask) -> Recorded:
        """Puts an approval into the inbox."""
        return await self._inbox.open(task)

    @activity.defn
    async def close_approval_task(self, request: CloseApprovalTaskInput) -> Recorded:
        """Takes an approval out of the inbox."""
        return await self._inbox.close(request)
