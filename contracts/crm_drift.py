"""Drift: what of `crm.yaml` the CRM cannot hold any more, compared again and again."""

from contracts.base import Contract, Key, Line, Slug


class CrmDriftWatch(Contract):
    """Start input of `CrmDriftWatchWorkflow`. What it compares, and with what, is asked at the time."""


class CompareCrmMappingInput(Contract):
    """Asks the CRM for its schema and compares it with the policy."""

    policy_hash: str = ""
    """Pins the active policy where it is empty."""


class CrmMappingCompared(Contract):
    """What of a mapping the CRM cannot hold. Names fields, never values."""

    crm: Slug
    """By its name in the settings."""
    policy_hash: Key
    operator_id: Slug
    """Who is told."""
    drift: tuple[Line, ...] = ()
    """A line for each field."""


class CrmDriftResult(Contract):
    """How the mapping stands; the next comparison finds it as the result of the one before."""

    crm: Slug
    drift: tuple[Line, ...] = ()
    told: bool = False
    """Whether this comparison told somebody: of fields that are new in it, or that all of them fit again."""
