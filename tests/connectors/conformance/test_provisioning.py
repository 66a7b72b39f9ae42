"""Conformance of `Provisioning`: one workspace per customer at a time, and invitations that end with it."""

import pytest

from contracts.crm import UndoInput
from contracts.failures import FailureCode
from contracts.onboarding_plan import Readiness
from contracts.onboarding_ports import Provisioning
from contracts.order import PartyContact
from contracts.provisioning import CheckProvisioningInput, ReadUsageInput, Usage, Workspace
from tests.connectors.conformance.onboarding_systems import ProvisioningBounds
from tests.connectors.examples import LONG, Refused
from tests.connectors.onboarding_examples import all_at_once, inviting, workspace


@pytest.fixture
async def made(provisioning: Provisioning) -> Workspace:
    return await provisioning.create_workspace(workspace())


async def is_ready(provisioning: Provisioning, customer_id: str = "acme") -> Readiness:
    return await provisioning.readiness(CheckProvisioningInput(customer_id=customer_id, region="eu"))


async def test_provisioning_is_ready_until_there_is_a_workspace_and_again_once_it_is_deleted(
    provisioning: Provisioning,
) -> None:
    assert await is_ready(provisioning) == Readiness(ready=True)
    await provisioning.create_workspace(workspace())
    taken = await is_ready(provisioning)
    assert not taken.ready
    assert taken.problem
    assert "Acme" not in taken.problem
    assert (await is_ready(provisioning, "globex")).ready
    await provisioning.delete_workspace(UndoInput(key=workspace().key))
    assert (await is_ready(provisioning)).ready


@pytest.mark.parametrize("region", ["eu", "ap-south"])
async def test_workspace_is_where_it_was_asked_for_or_nowhere(
    provisioning: Provisioning, bounds: ProvisioningBounds, region: str
) -> None:
    request = workspace(name=LONG, region=region)
    if bounds.region in (None, region):
        assert (await provisioning.create_workspace(request)).region == region
        return
    asked = CheckProvisioningInput(customer_id="acme", region=region)
    assert not (await provisioning.readiness(asked)).ready
    with Refused(FailureCode.REJECTED):
        await provisioning.create_workspace(request)


async def test_same_key_returns_the_first_result_whatever_it_asks(
    provisioning: Provisioning, made: Workspace
) -> None:
    assert await provisioning.create_workspace(workspace(region="us", customer_id="globex")) == made
    assert (await is_ready(provisioning, "globex")).ready


async def test_second_workspace_under_another_key_is_refused(
    provisioning: Provisioning, made: Workspace
) -> None:
    with Refused(FailureCode.CONFLICT):
        await provisioning.create_workspace(workspace(key="again"))
    await provisioning.delete_workspace(UndoInput(key=workspace().key))
    assert (await provisioning.create_workspace(workspace(key="again"))).id != made.id


async def test_of_ten_runs_for_one_customer_at_once_one_makes_the_workspace(
    provisioning: Provisioning,
) -> None:
    requests = [workspace(key=f"run-{n}") for n in range(10)]
    made, refused = await all_at_once(provisioning.create_workspace, requests)
    assert len(made) == 1
    assert refused == [FailureCode.CONFLICT] * 9


@pytest.mark.parametrize("seats", [0, -1, 2**70])
async def test_workspace_for_nobody_or_too_many_is_refused(provisioning: Provisioning, seats: int) -> None:
    with Refused(FailureCode.REJECTED):
        await provisioning.create_workspace(workspace(seats=seats))
    assert (await provisioning.create_workspace(workspace())).id


async def test_admin_of_any_name_is_invited(provisioning: Provisioning, made: Workspace) -> None:
    request = inviting(made.id, admin=PartyContact(name=LONG, email=f"{'z' * 300}@acme.example"))
    assert (await provisioning.invite_admin(request)).id


async def test_invitation_into_a_workspace_that_is_not_there_is_not_found(provisioning: Provisioning) -> None:
    with Refused(FailureCode.NOT_FOUND):
        await provisioning.invite_admin(inviting("workspace_0"))


async def test_invitation_into_a_deleted_workspace_is_refused(
    provisioning: Provisioning, bounds: ProvisioningBounds, made: Workspace
) -> None:
    await provisioning.delete_workspace(UndoInput(key=workspace().key))
    with Refused(FailureCode.CONFLICT if bounds.remembers_deleted else FailureCode.NOT_FOUND):
        await provisioning.invite_admin(inviting(made.id))


async def test_invitation_can_be_revoked_before_and_after_its_workspace_is_deleted(
    provisioning: Provisioning, made: Workspace
) -> None:
    for name in ("first", "second"):
        await provisioning.invite_admin(inviting(made.id, key=name))
    assert (await provisioning.revoke_invitation(UndoInput(key="first"))).undone
    assert (await provisioning.delete_workspace(UndoInput(key=workspace().key))).undone
    assert (await provisioning.revoke_invitation(UndoInput(key="second"))).undone


async def test_workspace_that_nobody_has_used_says_so_or_that_it_cannot_tell(
    provisioning: Provisioning, bounds: ProvisioningBounds, made: Workspace
) -> None:
    usage = await provisioning.usage(ReadUsageInput(workspace_id=made.id))
    assert usage == Usage(workspace_id=made.id, known=bounds.knows_use)


async def test_usage_of_a_workspace_that_is_not_there_any_more_is_not_found(
    provisioning: Provisioning, made: Workspace
) -> None:
    with Refused(FailureCode.NOT_FOUND):
        await provisioning.usage(ReadUsageInput(workspace_id="workspace_0"))
    await provisioning.delete_workspace(UndoInput(key=workspace().key))
    with Refused(FailureCode.NOT_FOUND):
        await provisioning.usage(ReadUsageInput(workspace_id=made.id))
