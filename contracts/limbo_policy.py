"""What the business tunes about work that is left lying."""

from datetime import timedelta

from pydantic import Field

from contracts.base import Slug
from contracts.policy_terms import Duration, PolicyModel


class LimboPolicy(PolicyModel):
    """When somebody is told that work is left lying, and who. Elapsed time, not business time."""

    desk: Slug | None = None
    """Who is told where nobody owns the work; whoever completes leads where it is left out."""
    manager: Slug | None = None
    """Who is told of parked work that nobody attends to; the desk where it is left out."""
    parked_unattended: Duration = timedelta(hours=4)
    """A parked run that nobody has answered for so long; it takes the place of that state's budget."""
    record_without_owner: Duration = timedelta(hours=1)
    record_without_task: Duration = timedelta(hours=1)
    """Open work in the CRM for which nobody has anything to do."""
    draft_unreviewed: Duration = timedelta(days=2)
    """A prepared message that waits for somebody to read it."""
    message_undelivered: Duration = timedelta(hours=1)
    """So long after a held message was to go out, where no channel has taken it."""
    ticket_overdue: Duration = timedelta(days=1)
    """So long after the time by which a ticket was to be taken care of."""
    lead_without_outcome: Duration = timedelta(days=60)
    """So long after a lead was handed over, where nobody has said what became of it."""
    budgets: dict[str, Duration] = Field(default_factory=dict)
    """Time budgets of states, instead of those that are declared: `lead-intake.in_review: 3d`."""
