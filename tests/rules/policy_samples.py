"""The shipped policy, and leads to be routed by it."""

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from contracts.assessment import Assessment, PolicyPin, Usability
from contracts.classification import Classification, Risk
from contracts.lead import EntryKind, NormalisedLead
from contracts.matching import MatchKind, MatchVerdict
from contracts.policy import PolicyBundle
from contracts.routing import RouteLeadInput
from rules.policy_source import bundle_hash, parse_bundle
from tests.rules.leads import NOON

Section = TypeVar("Section")

POLICIES = Path(__file__).resolve().parents[2] / "policies"


@cache
def shipped_files() -> dict[str, str]:
    """The text of every file of the shipped policy, by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(POLICIES.glob("*.yaml"))}


@cache
def shipped() -> PolicyBundle:
    """The shipped policy."""
    return parse_bundle(shipped_files())


def known(section: Section | None) -> Section:
    """A section that the shipped policy has."""
    assert section is not None
    return section


def read_as(category: str | None = None, **fields: Any) -> Classification:
    """What was read in a text, surely and without risk until told otherwise."""
    parts: dict[str, Any] = {
        "category": category,
        "intent": None,
        "risk": Risk.LOW,
        "confidence": 0.9,
        "model": "test",
        "needs_person": False,
    }
    return Classification(**{**parts, **fields})


def normalised(**fields: Any) -> NormalisedLead:
    """A reachable lead from the website that said nothing about what it wants."""
    parts: dict[str, Any] = {
        "lead_id": "l1",
        "entry_kind": EntryKind.SITE_INQUIRY,
        "source": "website",
        "name": "Ada Lovelace",
        "email": "ada@analytical.example",
        "email_domain": "analytical.example",
        "occurred_at": NOON,
        "received_at": NOON,
    }
    return NormalisedLead(**{**parts, **fields})


def verdict(**fields: Any) -> MatchVerdict:
    """Nobody like this is known, until told otherwise."""
    parts: dict[str, Any] = {"kind": MatchKind.NEW, "rule": "nobody-alike"}
    return MatchVerdict(**{**parts, **fields})


def to_route(
    *,
    usability: Usability = Usability.USABLE,
    match: MatchVerdict | None = None,
    classification: Classification | None = None,
    corrected_category: str | None = None,
    details_overdue: bool = False,
    **lead: Any,
) -> RouteLeadInput:
    """A lead to be routed by the shipped policy; fields of the lead as given."""
    return RouteLeadInput(
        assessment=Assessment(
            pin=PolicyPin(hash=bundle_hash(shipped()), version=shipped().version),
            lead=normalised(**lead),
            usability=usability,
            checks=(),
        ),
        match=match or verdict(),
        classification=classification,
        corrected_category=corrected_category,
        details_overdue=details_overdue,
    )
