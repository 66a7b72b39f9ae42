"""What the provisioning system is asked to do. Every write carries a key."""

from pydantic import AwareDatetime

from contracts.base import Contract, Key, Line, Slug
from contracts.order import PartyContact


class CheckProvisioningInput(Contract):
    """The question whether a workspace can be made for a customer."""

    customer_id: Slug
    region: Slug | None = None


class CreateWorkspaceInput(Contract):
    """Makes the customer's workspace. CONFLICT where they have one under another key."""

    key: Key
    customer_id: Slug
    name: Line
    region: Slug
    plan: Slug
    seats: int


class Workspace(Contract):
    """A workspace as provisioning holds it."""

    id: str
    region: str


class InviteAdminInput(Contract):
    """Invites the first administrator."""

    key: Key
    workspace_id: str
    admin: PartyContact


class Invitation(Contract):
    """An invitation into a workspace."""

    id: str


class ReadUsageInput(Contract):
    """The question whether a customer has got something out of their workspace."""

    workspace_id: str


class Usage(Contract):
    """What a workspace says of its use."""

    workspace_id: str
    first_value_at: AwareDatetime | None = None
    """When somebody first did in it what it is bought for; None if nobody has, or nobody can tell."""
    known: bool = True
    """False where the system cannot tell: then a person has to look."""
