"""Everything that one intake run knows about its lead."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from temporalio import workflow

from workflows.known import known
from workflows.waiting import InHand

with workflow.unsafe.imports_passed_through():
    from contracts.assessment import Assessment, CheckResult, Usability
    from contracts.classification import Classification, ModelCall, TranscriptSummary, calls_for
    from contracts.follow_through import FollowThroughOrder, FollowThroughPlan
    from contracts.ids import effect_key, follow_through_workflow_id, intake_workflow_id
    from contracts.lead import ContactAmendment, LeadSubmission, NormalisedLead
    from contracts.lead_intake import DuplicateArrived, IntakeState, LeadIntakeResult
    from contracts.ledger import DecisionRecord
    from contracts.matching import FindMatchesInput, MatchKind, MatchVerdict
    from contracts.names import Step
    from contracts.routing import Allocation, Route, RouteLeadInput
    from contracts.status import EffectRef, ResolvedStep
    from rules.checks import merge_checks
    from rules.submissions import completed

UNMATCHED = MatchVerdict(kind=MatchKind.NEW, rule="not_matched")
"""Stands for the match of a lead that is routed without one: spam never reaches the CRM."""


@dataclass
class LeadFile:
    """The lead, what was decided about it, and what is known by now; filled in from step to step."""

    lead_id: str
    submission: LeadSubmission
    _assessment: Assessment | None = None
    match: MatchVerdict | None = None
    classification: Classification | None = None
    summary: TranscriptSummary | None = None
    _route: Route | None = None
    allocation: Allocation | None = None
    plan: FollowThroughPlan | None = None
    order: FollowThroughOrder | None = None
    details_came: bool = False
    """Whether a repeat brought details that are not assessed yet."""
    details_overdue: bool = False
    in_hand: InHand = field(default_factory=InHand)
    """Amendments that are not assessed yet."""
    corrected_category: str | None = None
    approval_id: str | None = None
    merged_into: str | None = None
    decided_by: list[str] = field(default_factory=list)
    duplicates: list[DuplicateArrived] = field(default_factory=list)
    ended_lead_ids: set[str] = field(default_factory=set)
    """Runs that held this lead's identities and were found to have ended."""

    @property
    def assessment(self) -> Assessment:
        """The latest assessment."""
        return known(self._assessment, "the assessment")

    @assessment.setter
    def assessment(self, assessment: Assessment) -> None:
        self._assessment = assessment

    @property
    def assessed(self) -> bool:
        """Whether there is an assessment yet."""
        return self._assessment is not None

    @property
    def lead(self) -> NormalisedLead:
        """The lead in canonical values."""
        return self.assessment.lead

    @property
    def route(self) -> Route:
        """The routing decision."""
        return known(self._route, "the route")

    @route.setter
    def route(self, route: Route) -> None:
        self._route = route

    @property
    def policy_hash(self) -> str:
        """The bundle that this run decides by."""
        return self.assessment.pin.hash

    @property
    def owner_id(self) -> str | None:
        """Who has the lead: the allocated owner, or whoever holds it where nobody was eligible."""
        if self.allocation is None:
            return None
        return self.allocation.owner_id or self.allocation.escalated_to

    @property
    def is_spam(self) -> bool:
        """Whether it is not from a person, by what it holds or by how many came."""
        by_rate = self.match is not None and self.match.spam
        return by_rate or self.assessment.usability is Usability.SPAM

    @property
    def text(self) -> str:
        """What the lead wrote; the beginning of the transcript where there is no message."""
        return self.submission.message or (self.submission.transcript or "")[:20_000]

    @property
    def model_calls(self) -> tuple[ModelCall, ...]:
        """What models were asked about it, and what that took."""
        return calls_for(self.classification, self.summary)

    def complete(self, details: ContactAmendment) -> None:
        """Takes from a repeat what this lead lacks."""
        self.submission = completed(self.submission, details)
        self.details_came = True

    def checks(self) -> tuple[CheckResult, ...]:
        """All nine checks as they stand."""
        if self._assessment is None:
            return ()
        checks = self._assessment.checks
        for later in (self.match, self.classification):
            if later is not None:
                checks = merge_checks(checks, later.checks)
        return checks

    def find_matches_input(self) -> FindMatchesInput:
        """The question who is already known."""
        lead = self.lead
        return FindMatchesInput(
            lead_id=self.lead_id,
            policy_hash=self.policy_hash,
            arrived_at=lead.received_at,
            email=lead.email,
            phone=lead.phone,
            name=lead.name,
            company=lead.company,
            company_domain=lead.company_domain,
            category=lead.category,
            sender=self.submission.bot_signals.sender,
        )

    def route_input(self) -> RouteLeadInput:
        """The question where it goes."""
        return RouteLeadInput(
            assessment=self.assessment,
            match=self.match or UNMATCHED,
            classification=self.classification,
            corrected_category=self.corrected_category,
            details_overdue=self.details_overdue,
        )

    def as_duplicate(self) -> DuplicateArrived:
        """What the run that this lead repeats is told."""
        contact = self.submission.contact
        return DuplicateArrived(
            lead_id=self.lead_id,
            source=self.lead.source,
            campaign=self.lead.campaign,
            arrived_at=self.lead.received_at,
            details=ContactAmendment(
                name=contact.name,
                email=contact.email,
                phone=contact.phone,
                company=contact.company,
                country=contact.country,
                service_interest=self.submission.service_interest,
                source=self.submission.source,
            ),
        )

    def status_fields(self) -> dict[str, Any]:
        """The lead's part of a status; no personal data."""
        route, assessment = self._route, self._assessment
        return {
            "lead_id": self.lead_id,
            "source": assessment.lead.source if assessment else "",
            "path": route.path if route else None,
            "rule": route.rule if route else None,
            "category": route.category if route else None,
            "priority": route.priority if route else None,
            "disqualify_reason": route.disqualify_reason if route else None,
            "owner_id": self.owner_id,
            "match": self.match.kind if self.match else None,
            "merged_into": self.merged_into,
            "approval_id": self.approval_id,
            "checks": self.checks(),
            "missing": assessment.missing if assessment else (),
            "duplicates": tuple(duplicate.lead_id for duplicate in self.duplicates),
            "follow_through_id": self.follow_through_id,
            "model_calls": self.model_calls,
        }

    def result(
        self,
        outcome: IntakeState,
        *,
        effects: tuple[EffectRef, ...],
        reasons: tuple[str, ...],
        resolutions: tuple[ResolvedStep, ...],
    ) -> LeadIntakeResult:
        """How the run ends."""
        return LeadIntakeResult(
            lead_id=self.lead_id,
            outcome=outcome,
            path=self._route.path if self._route else None,
            rule=self._route.rule if self._route else None,
            owner_id=self.owner_id,
            reasons=reasons,
            effects=effects,
            resolutions=resolutions,
            merged_into=self.merged_into,
            follow_through_id=self.follow_through_id,
        )

    @property
    def follow_through_id(self) -> str | None:
        """The workflow id of the follow-through that the lead is handed over to."""
        return follow_through_workflow_id(self.lead_id) if self.order else None

    def decision_record(self, result: LeadIntakeResult, at: datetime) -> DecisionRecord:
        """What the ledger keeps."""
        workflow_id = intake_workflow_id(self.lead_id)
        return DecisionRecord(
            key=effect_key(workflow_id, Step.RECORD_DECISION),
            lead_id=self.lead_id,
            workflow_id=workflow_id,
            policy_hash=self.policy_hash,
            assessment=self.assessment,
            match=self.match,
            classification=self.classification,
            summary_call=self.summary.call if self.summary else None,
            route=self._route,
            allocation=self.allocation,
            # A person whose worker died may say the same twice; they decided all the same.
            decided_by=tuple(dict.fromkeys(self.decided_by)),
            result=result,
            handover=self.order,
            at=at,
        )
