"""Everything that one follow-through run knows about its lead."""

from dataclasses import dataclass, field

from temporalio import workflow

from workflows.known import known

with workflow.unsafe.imports_passed_through():
    from contracts.follow_through import FollowThroughOrder, FollowThroughPlan, LeadOutcome, OutcomeReport


@dataclass
class FollowThroughFile:
    """The order as it stands, the deadlines, and the outcomes that were reported and recorded."""

    order: FollowThroughOrder
    _plan: FollowThroughPlan | None = None
    acknowledged: bool = False
    reports: list[OutcomeReport] = field(default_factory=list)
    """Reported and not yet recorded, oldest first."""
    report_ids: set[str] = field(default_factory=set)
    recorded: list[LeadOutcome] = field(default_factory=list)
    won: OutcomeReport | None = None
    """The report that the deal is won, once this run has recorded it."""
    onboarding_id: str | None = None

    @property
    def plan(self) -> FollowThroughPlan:
        """The deadlines of the present owner."""
        return known(self._plan, "the follow-through's plan")

    @plan.setter
    def plan(self, plan: FollowThroughPlan) -> None:
        self._plan = plan

    @property
    def taken_up(self) -> bool:
        """Whether somebody has the lead in hand: an outcome says so as well as an acknowledgement."""
        return self.acknowledged or bool(self.reports) or bool(self.recorded)

    @property
    def known_outcomes(self) -> tuple[LeadOutcome, ...]:
        """Recorded outcomes, then those that are about to be."""
        return (*self.recorded, *(report.outcome for report in self.reports))

    def report(self, report: OutcomeReport) -> None:
        """Takes an outcome to be recorded; the same report id is one outcome."""
        if report.report_id not in self.report_ids:
            self.report_ids.add(report.report_id)
            self.reports.append(report)

    def continued(self) -> FollowThroughOrder:
        """The order with which the run continues as new."""
        return self.order.model_copy(
            update={"acknowledged": self.taken_up, "previous_outcomes": tuple(self.recorded)}
        )
