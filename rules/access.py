"""Who must agree to an access request, and how long the access lasts."""

from datetime import timedelta

from contracts.access_request import AccessPlan, AccessRequest, JudgeAccessInput
from contracts.assessment import PolicyPin
from contracts.policy import PolicyBundle
from contracts.routing import ReviewNeed
from rules.conditions import first_match
from rules.onboarding_facts import access_facts
from rules.staff import person_of
from rules.wording import MAX_LINE, one_line, span_in_words


def access_plan(question: JudgeAccessInput, bundle: PolicyBundle, pin: PolicyPin) -> AccessPlan:
    """What the first rule says that holds for the request; it lasts as asked for, but never longer than that.

    Raises:
        ValueError: the bundle says nothing about access, has no rule that holds, or does not know the person
            or the manager.
    """
    request, policy = question.request, bundle.access
    if policy is None:
        raise ValueError(f"the policy {bundle.version} says nothing about access")
    rule, trace = first_match(policy.rules, access_facts(request, person_of(bundle, request.person_id)))
    if rule is None:
        raise ValueError("no access rule holds: the last one must always hold")
    wanted = timedelta(days=request.days) if request.days is not None else rule.lasts
    return AccessPlan(
        pin=pin,
        rule=rule.id,
        review=ReviewNeed(approval=rule.approval, reason=rule.reason),
        lasts=min(wanted, rule.lasts),
        manager_id=person_of(bundle, policy.manager).id,
        trace=trace,
    )


def access_question(request: AccessRequest, plan: AccessPlan) -> str:
    """What whoever must agree is asked, on one line; why somebody wants it is theirs to say in person."""
    wanted = f"{request.person_id} get access to {request.system} ({request.role})"
    return one_line(f"Shall {wanted} for {span_in_words(plan.lasts)}?", MAX_LINE)
