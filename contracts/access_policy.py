"""What the business tunes about access requests."""

from datetime import timedelta

from contracts.base import Slug
from contracts.policy_terms import Condition, Duration, PolicyModel


class AccessRule(PolicyModel):
    """Who must agree to a kind of access, and how long it lasts; first match wins."""

    id: Slug
    when: Condition
    approval: Slug
    """The approval policy that says whom to ask."""
    reason: Slug = "access-request"
    """A reason code; `policies/approvals.yaml` has its plain words."""
    lasts: Duration = timedelta(days=90)
    """At most; whoever asks may ask for less."""


class AccessPolicy(PolicyModel):
    """Which access needs whose agreement; the last rule must match everything."""

    rules: tuple[AccessRule, ...]
    manager: Slug
    """Who is told where access cannot be granted or taken back."""
