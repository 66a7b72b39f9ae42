"""Who completes a lead that cannot be used as it came, and by when."""

from contracts.lead_intake import DetailsPlan, PlanDetailsInput
from contracts.policy import PolicyBundle
from rules.business_time import add_business_time
from rules.staff import calendar_of, first_there, person_of


def details_plan(request: PlanDetailsInput, bundle: PolicyBundle) -> DetailsPlan:
    """Asks the policy's person, or a manager of theirs who is there; the time allowed stays that of the desk.

    Raises:
        ValueError: the policy names a person or a calendar that it does not know.
    """
    policy = bundle.incomplete
    calendar, zone = calendar_of(bundle, policy.calendar), person_of(bundle, policy.ask).zone
    return DetailsPlan(
        ask=first_there(bundle, policy.ask, request.at).id,
        remind_at=add_business_time(request.at, policy.remind_after, calendar, zone),
        deadline=add_business_time(request.at, policy.deadline, calendar, zone),
    )
