"""Decisions over a pinned policy bundle. They run as local activities, so the verdict is in the history."""

from temporalio import activity

from contracts.access_request import AccessPlan, JudgeAccessInput
from contracts.actors import ActorVerdict, VerifyActorInput
from contracts.approval import ApprovalPlan, PlanApprovalInput
from contracts.assessment import AssessLeadInput, Assessment, PolicyPin
from contracts.classification import Classification, JudgeUnreadInput
from contracts.follow_through import FollowThroughPlan, PlanFollowThroughInput
from contracts.lead_intake import DetailsPlan, PlanDetailsInput
from contracts.matching import JudgeMatchInput, MatchVerdict
from contracts.onboarding_plan import (
    CheckPrerequisitesInput,
    JudgeTermsInput,
    OnboardingPlan,
    PlanOnboardingInput,
    PrerequisiteReport,
    TermsVerdict,
)
from contracts.policy import PolicyBundle
from contracts.ports import ActorVerifier, PolicyLibrary
from contracts.routing import Route, RouteLeadInput
from contracts.steps import AnswerFailureInput, FailureRuling
from rules import (
    access,
    approvals,
    assessment,
    failures,
    follow_through,
    guardrails,
    incomplete,
    matching,
    onboarding_checks,
    onboarding_plan,
    routing,
)


class DecisionActivities:
    """Asks `rules/`. Changes nothing anywhere but for storing the bundle that a run pins.

    All methods raise `POLICY_UNKNOWN` if the pinned bundle is not in the library.
    """

    def __init__(self, policies: PolicyLibrary, actors: ActorVerifier) -> None:
        self._policies = policies
        self._actors = actors

    @activity.defn
    async def assess_lead(self, question: AssessLeadInput) -> Assessment:
        """Normalises and checks a lead; pins the active bundle unless one is pinned already."""
        pin, bundle = await self._pinned(question.policy_hash)
        return assessment.assess(question, bundle, pin)

    @activity.defn
    async def plan_details(self, question: PlanDetailsInput) -> DetailsPlan:
        """Says who completes an incomplete lead, and by when."""
        return incomplete.details_plan(question, await self._policies.load(question.policy_hash))

    @activity.defn
    async def judge_match(self, question: JudgeMatchInput) -> MatchVerdict:
        """Says whether the lead is new, known, a repeat, or for a person to judge."""
        bundle = await self._policies.load(question.assessment.pin.hash)
        return matching.judge_match(question, bundle)

    @activity.defn
    async def judge_unread(self, question: JudgeUnreadInput) -> Classification:
        """Says what is known of a text that no classifier could read: nothing, so a person must."""
        return guardrails.unread(question.reason, await self._policies.load(question.policy_hash))

    @activity.defn
    async def route_lead(self, question: RouteLeadInput) -> Route:
        """Says where the lead goes, and why."""
        return routing.route_for(question, await self._policies.load(question.assessment.pin.hash))

    @activity.defn
    async def plan_approval(self, question: PlanApprovalInput) -> ApprovalPlan:
        """Says whom to ask, and when to remind, escalate and expire."""
        return approvals.approval_plan(question, await self._policies.load(question.request.policy_hash))

    @activity.defn
    async def plan_follow_through(self, question: PlanFollowThroughInput) -> FollowThroughPlan:
        """Works out the follow-through's deadlines in the owner's business time."""
        return follow_through.follow_through_plan(question, await self._policies.load(question.policy_hash))

    @activity.defn
    async def answer_failure(self, question: AnswerFailureInput) -> FailureRuling:
        """Says what a run does when a step has used up its retries."""
        return failures.ruling_for(question, await self._policies.load(question.policy_hash))

    @activity.defn
    async def verify_actor(self, question: VerifyActorInput) -> ActorVerdict:
        """Checks that a door has authenticated the actor for this run."""
        problem = self._actors.problem(
            question.actor.id, question.actor.assertion, question.audience, question.at
        )
        return ActorVerdict(verified=problem is None, reason=problem or "")

    @activity.defn
    async def plan_onboarding(self, question: PlanOnboardingInput) -> OnboardingPlan:
        """Plans an onboarding; pins the active bundle unless one is pinned already."""
        pin, bundle = await self._pinned(question.policy_hash)
        return onboarding_plan.onboarding_plan(question, bundle, pin)

    @activity.defn
    async def check_prerequisites(self, question: CheckPrerequisitesInput) -> PrerequisiteReport:
        """Says what an order lacks, and who must supply it."""
        bundle = await self._policies.load(question.policy_hash)
        return onboarding_checks.prerequisites_report(question, bundle)

    @activity.defn
    async def judge_terms(self, question: JudgeTermsInput) -> TermsVerdict:
        """Says whether the terms of an order need somebody's approval."""
        return onboarding_checks.terms_verdict(question, await self._policies.load(question.policy_hash))

    @activity.defn
    async def judge_access(self, question: JudgeAccessInput) -> AccessPlan:
        """Says who must agree to an access request; pins the active bundle."""
        pin, bundle = await self._pinned("")
        return access.access_plan(question, bundle, pin)

    async def _pinned(self, policy_hash: str) -> tuple[PolicyPin, PolicyBundle]:
        """The bundle of that hash; the active one, pinned from now on, where none is given."""
        if policy_hash:
            bundle = await self._policies.load(policy_hash)
            return PolicyPin(hash=policy_hash, version=bundle.version), bundle
        pin = await self._policies.pin_active()
        return pin, await self._policies.load(pin.hash)
