"""The ledger: one decision record per lead, kept outside the history for as long as the business needs it."""

from pydantic import AwareDatetime

from contracts.assessment import Assessment
from contracts.base import Contract, Key, Slug
from contracts.classification import Classification, ModelCall
from contracts.follow_through import FollowThroughOrder
from contracts.lead_intake import LeadIntakeResult
from contracts.matching import MatchVerdict
from contracts.routing import Allocation, Route


class DecisionRecord(Contract):
    """Everything that decided about one lead. Recorded once, when intake ends; closes its in-flight claim."""

    key: Key
    lead_id: Slug
    workflow_id: Key
    policy_hash: Key
    assessment: Assessment
    match: MatchVerdict | None = None
    classification: Classification | None = None
    route: Route | None = None
    allocation: Allocation | None = None
    decided_by: tuple[str, ...] = ()
    """Actors of reviews and amendments."""
    result: LeadIntakeResult
    summary_call: ModelCall | None = None
    """What its transcript was summarised by; the summary itself is in the CRM's note."""
    handover: FollowThroughOrder | None = None
    """What follow-through was started with; lets an outcome come in after that run has closed."""
    at: AwareDatetime


class Recorded(Contract):
    """That a record stands in the ledger."""

    key: Key
    duplicate: bool = False
