"""A store in memory, for what commands read beside the runs."""

from contracts.approval import ApprovalOutcome, ApprovalTask, CloseApprovalTaskInput
from contracts.failures import FailureCode, ServiceFailure
from contracts.follow_through import OutcomeRecord
from contracts.ledger import DecisionRecord, Recorded
from contracts.messages import OutboxEntry, OutboxStatus
from contracts.onboarding import OnboardingRecord


class StandInStore:
    """`Ledger`, `OnboardingLedger`, `Inbox` and `Outbox` that hold what a test puts in."""

    def __init__(self) -> None:
        self.decisions: dict[str, DecisionRecord] = {}
        self.onboardings: dict[str, OnboardingRecord] = {}
        self.recorded_outcomes: list[OutcomeRecord] = []
        self.approval_tasks: list[ApprovalTask] = []
        self.messages: list[OutboxEntry] = []

    async def record_decision(self, record: DecisionRecord) -> Recorded:
        self.decisions[record.lead_id] = record
        return Recorded(key=record.key)

    async def record_outcome(self, record: OutcomeRecord) -> Recorded:
        self.recorded_outcomes.append(record)
        return Recorded(key=record.key)

    async def decision(self, lead_id: str) -> DecisionRecord:
        if lead_id not in self.decisions:
            raise ServiceFailure(FailureCode.NOT_FOUND, "ledger", "no decision on this lead is recorded")
        return self.decisions[lead_id]

    async def outcomes(self, lead_id: str) -> tuple[OutcomeRecord, ...]:
        return tuple(one for one in self.recorded_outcomes if one.lead_id == lead_id)

    async def record_onboarding(self, record: OnboardingRecord) -> Recorded:
        self.onboardings[record.onboarding_id] = record
        return Recorded(key=record.key)

    async def onboarding(self, onboarding_id: str) -> OnboardingRecord:
        if onboarding_id not in self.onboardings:
            raise ServiceFailure(FailureCode.NOT_FOUND, "ledger", "no end of this onboarding is recorded")
        return self.onboardings[onboarding_id]

    async def open(self, task: ApprovalTask) -> Recorded:
        self.approval_tasks.append(task)
        return Recorded(key=task.request_id)

    async def close(self, request: CloseApprovalTaskInput) -> Recorded:
        self.approval_tasks = [
            task.model_copy(update={"status": ApprovalOutcome(request.outcome)})
            if task.request_id == request.request_id
            else task
            for task in self.approval_tasks
        ]
        return Recorded(key=request.request_id)

    async def tasks(self, *, status: str | None = "open", limit: int = 100) -> tuple[ApprovalTask, ...]:
        return tuple(task for task in self.approval_tasks if status in (None, task.status))[:limit]

    async def task(self, request_id: str) -> ApprovalTask:
        for task in self.approval_tasks:
            if task.request_id == request_id:
                return task
        raise ServiceFailure(FailureCode.NOT_FOUND, "inbox", "there is no such approval")

    async def entries(
        self, *, workflow_id: str | None = None, status: OutboxStatus | None = None, limit: int = 100
    ) -> tuple[OutboxEntry, ...]:
        return tuple(
            one
            for one in self.messages
            if workflow_id in (None, one.workflow_id) and status in (None, one.status)
        )[:limit]

    async def entry(self, entry_id: str) -> OutboxEntry:
        for one in self.messages:
            if one.id == entry_id:
                return one
        raise ServiceFailure(FailureCode.NOT_FOUND, "outbox", "there is no such entry")
