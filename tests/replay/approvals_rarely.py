"""Requests for a decision that few make: of no source, without an escalation, decided too late."""

from collections.abc import Mapping

from contracts.approval import Verdict
from contracts.messages import MessageKind
from tests.replay.access_request import ENDS_SOON, access_rules
from tests.replay.approvals import asked, in_review
from tests.replay.scenario import Scenario, over, seconds
from tests.workflows.house import House, Run, eventually
from tests.workflows.policies import EVERY_LEAD, approvals, house_rules
from tests.workflows.test_access_request import ask_for_access, decided
from workflows.approval import ApprovalWorkflow


async def of_an_access_request(house: House) -> Mapping[str, Run]:
    run = await ask_for_access(house)
    await decided(house, run)
    await over(run)
    return {"approval/of_an_access_request": house.approval(run)}


async def never_escalated(house: House) -> Mapping[str, Run]:
    approval = await in_review(house, "never-escalated")
    await eventually(lambda: house.messages(MessageKind.APPROVAL_REMINDER), bool)
    await house.decide(approval, "o-ada")
    return {"approval/reminded_without_an_escalation": approval}


async def before_escalation(house: House) -> Mapping[str, Run]:
    approval = await in_review(house, "before-escalation")
    await house.decide(approval, "o-ada")
    return {"approval/decided_before_it_escalates": approval}


async def too_late(house: House) -> Mapping[str, Run]:
    """A signal finds the approval expired while it is being taken out of the inbox."""
    gate = house.faults.block("close")
    approval = await in_review(house, "too-late")
    await gate.entered.wait()
    await approval.signal(ApprovalWorkflow.approve, await house.decision(approval, "o-ada", Verdict.APPROVE))
    await house.when(approval, lambda status: status.refusals)
    house.faults.release_all()
    return {"approval/decided_too_late": approval}


async def withdrawn_while_closing(house: House) -> Mapping[str, Run]:
    """Whoever asked is gone while the decided approval is being taken out of the inbox."""
    gate = house.faults.block("close", calls=(1,))
    approval = await in_review(house, "withdrawn-while-closing")
    await house.decide(approval, "o-ada")
    await gate.entered.wait()
    await approval.cancel()
    gate.release()
    return {"approval/withdrawn_while_it_closes": approval}


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        of_an_access_request,
        {"approval/of_an_access_request": "Nobody's lead: there is no source to show, and no escalation."},
        access_rules(ENDS_SOON),
    ),
    Scenario(
        never_escalated,
        {"approval/reminded_without_an_escalation": "Reminded by a policy that never escalates."},
        asked(remind_after=(seconds(0.4),), escalate_to=(), escalate_after=None),
    ),
    Scenario(
        before_escalation,
        {"approval/decided_before_it_escalates": "Decided while the escalation is being waited for."},
        asked(remind_after=(), escalate_after=seconds(600)),
    ),
    Scenario(
        too_late,
        {"approval/decided_too_late": "A decision comes after the expiry: refused, and kept in the status."},
        house_rules(
            reviews=(EVERY_LEAD,),
            approvals=approvals(
                remind_after=(), escalate_to=(), escalate_after=None, expire_after=seconds(1)
            ),
        ),
    ),
    Scenario(
        withdrawn_while_closing,
        {"approval/withdrawn_while_it_closes": "Decided, and taken back before it is out of the inbox."},
        house_rules(reviews=(EVERY_LEAD,)),
    ),
)
