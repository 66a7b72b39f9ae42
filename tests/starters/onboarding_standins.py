"""Doors of onboardings and access requests in memory."""

from datetime import UTC, datetime, timedelta

from contracts.access_request import AccessRequest, AccessRequestState, AccessRequestStatus
from contracts.ids import access_request_workflow_id, onboarding_workflow_id
from contracts.names import Process
from contracts.onboarding import (
    CancelOnboarding,
    ContractSigned,
    HandOverAgain,
    KickoffChoice,
    KickoffOffer,
    OnboardingRecord,
    OnboardingResult,
    OnboardingStatus,
    ProvideDetails,
)
from contracts.onboarding_plan import (
    Forecast,
    OnboardingStep,
    Prerequisite,
    PrerequisiteCheck,
    StepForecast,
    StepProgress,
)
from contracts.onboarding_states import OnboardingState
from contracts.order import OnboardingOrder
from contracts.scheduling import Slot
from contracts.states import Lane
from contracts.status import EffectRef, StateVisit, UndoLeft, UndoneStep
from rules.identity import onboarding_id_for
from starters.runs import RunFilter, StartedRun, SubjectRun
from tests.starters.refusing import Refusing, not_found

BEGAN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ONBOARDING = "o7b3kq2m5x4vd6yh9t8n1a0ce"
CUSTOMER = "cus-77"
REQUEST = "it-1042"
SLOT = Slot(
    id="20261124T0900Z",
    starts_at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    ends_at=datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
)

MISSING = PrerequisiteCheck(
    prerequisite=Prerequisite.TAX_ID,
    met=False,
    problem="the tax id is not known, and invoices in DE need one",
    ask="o-ada",
)
MET = PrerequisiteCheck(prerequisite=Prerequisite.PLAN, met=True)


def onboarding_status(onboarding_id: str = ONBOARDING, **fields: object) -> OnboardingStatus:
    """An onboarding that is being set up, unless said otherwise."""
    known: dict[str, object] = {
        "process": Process.CUSTOMER_ONBOARDING,
        "workflow_id": onboarding_workflow_id(onboarding_id),
        "state": OnboardingState.SETTING_UP,
        "meaning": "It is being made.",
        "lane": Lane.RUNNING,
        "next_action_owner": "system",
        "next_moves": ("parked",),
        "onboarding_id": onboarding_id,
        "customer_id": CUSTOMER,
        "seller_id": "o-ada",
        "template": "full",
        "prerequisites": (MET,),
        "visits": (
            StateVisit(state="received", at=BEGAN),
            StateVisit(state="planning", at=BEGAN + timedelta(milliseconds=20)),
            StateVisit(state="setting_up", at=BEGAN + timedelta(hours=3)),
        ),
        "effects": (EffectRef(step="create_workspace", key="k", external_id="workspace_1"),),
        "forecast": Forecast(
            steps=(
                StepForecast(
                    step=OnboardingStep.OPEN_ACCOUNT,
                    progress=StepProgress.DONE,
                    owner_id="o-ada",
                    due_at=BEGAN + timedelta(hours=4),
                    begun_at=BEGAN + timedelta(hours=3),
                ),
                StepForecast(
                    step=OnboardingStep.CREATE_WORKSPACE,
                    progress=StepProgress.RUNNING,
                    owner_id="o-ben",
                    after=(OnboardingStep.OPEN_ACCOUNT,),
                    due_at=BEGAN + timedelta(days=2),
                    begun_at=BEGAN + timedelta(hours=4),
                ),
            ),
            finish_at=BEGAN + timedelta(days=2),
        ),
    }
    return OnboardingStatus.model_validate(known | fields)


def kickoff_offer() -> KickoffOffer:
    return KickoffOffer(round=1, slots=(SLOT,), choose_by=BEGAN + timedelta(days=3))


def access_status(request_id: str = REQUEST, **fields: object) -> AccessRequestStatus:
    """An access request that somebody must agree to, unless said otherwise."""
    workflow_id = access_request_workflow_id(request_id)
    known: dict[str, object] = {
        "process": Process.ACCESS_REQUEST,
        "workflow_id": workflow_id,
        "state": AccessRequestState.IN_APPROVAL,
        "meaning": "Somebody has been asked.",
        "lane": Lane.WAITING,
        "next_action_owner": "m-eve",
        "request_id": request_id,
        "person_id": "o-ben",
        "system": "billing",
        "role": "reader",
        "approval_id": f"{workflow_id}/approval",
    }
    return AccessRequestStatus.model_validate(known | fields)


def ended_record() -> OnboardingRecord:
    """What the ledger holds of an onboarding that was called off."""
    return OnboardingRecord(
        key="k",
        onboarding_id=ONBOARDING,
        workflow_id=onboarding_workflow_id(ONBOARDING),
        policy_hash="abc",
        result=OnboardingResult(
            onboarding_id=ONBOARDING,
            customer_id=CUSTOMER,
            outcome=OnboardingState.CANCELLED,
            template="full",
            reasons=("The ordinary way.",),
            decided_by=(CUSTOMER,),
            effects=(EffectRef(step="create_workspace", key="k", external_id="workspace_1"),),
            undone=(UndoneStep(what="workspace", kept=("users",)),),
            left=(UndoLeft(what="subscription", code="REJECTED"),),
            irreversible=("send_welcome: a message cannot be unsent",),
            finished_at=BEGAN + timedelta(days=1),
        ),
        at=BEGAN + timedelta(days=1),
    )


class StandInOnboardingDoors(Refusing):
    """`OnboardingDoors` that keeps what it is asked, and refuses what a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.started: dict[str, OnboardingOrder] = {}
        self.statuses: dict[str, list[OnboardingStatus]] = {}
        """Answers to come, the last one again and again."""
        self.listed: tuple[SubjectRun, ...] = ()
        self.filters: list[RunFilter] = []

    async def start(self, order: OnboardingOrder) -> StartedRun:
        if self.refusal:
            raise self.refusal
        onboarding_id = onboarding_id_for(order)
        known = onboarding_id in self.started
        self.started[onboarding_id] = order
        return StartedRun(onboarding_id, onboarding_workflow_id(onboarding_id), known)

    async def status(self, onboarding_id: str) -> OnboardingStatus:
        answers = self.statuses.get(onboarding_id)
        if answers:
            return answers.pop(0) if len(answers) > 1 else answers[0]
        raise not_found(onboarding_workflow_id(onboarding_id))

    async def runs(self, wanted: RunFilter) -> tuple[SubjectRun, ...]:
        self.filters.append(wanted)
        return self.listed

    async def provide(self, onboarding_id: str, given: ProvideDetails) -> OnboardingStatus:
        return await self._told(onboarding_id, given)

    async def contract_signed(self, onboarding_id: str, signed: ContractSigned) -> None:
        self.take(signed)

    async def choose_kickoff(self, onboarding_id: str, choice: KickoffChoice) -> OnboardingStatus:
        return await self._told(onboarding_id, choice)

    async def hand_over_again(self, onboarding_id: str, again: HandOverAgain) -> OnboardingStatus:
        return await self._told(onboarding_id, again)

    async def cancel(self, onboarding_id: str, request: CancelOnboarding) -> OnboardingStatus:
        return await self._told(onboarding_id, request)

    async def _told(self, onboarding_id: str, message: object) -> OnboardingStatus:
        self.take(message)
        return await self.status(onboarding_id)


class StandInAccessDoors(Refusing):
    """`AccessDoors` that keeps what it is asked, and refuses what a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.started: dict[str, AccessRequest] = {}
        self.statuses: dict[str, AccessRequestStatus] = {}
        self.listed: tuple[SubjectRun, ...] = ()
        self.filters: list[RunFilter] = []

    async def request(self, request: AccessRequest) -> StartedRun:
        if self.refusal:
            raise self.refusal
        known = request.request_id in self.started
        self.started[request.request_id] = request
        return StartedRun(request.request_id, access_request_workflow_id(request.request_id), known)

    async def status(self, request_id: str) -> AccessRequestStatus:
        if request_id not in self.statuses:
            raise not_found(access_request_workflow_id(request_id))
        return self.statuses[request_id]

    async def runs(self, wanted: RunFilter) -> tuple[SubjectRun, ...]:
        self.filters.append(wanted)
        return self.listed
