"""What the checks of a bundle have in common: what they find, and the questions that most of them ask."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from string import Template

from contracts.policy import PolicyBundle
from rules.policy_yaml import Place

Finding = tuple[Place, str]
"""The place of a problem, and the problem in plain words."""


def people_of(bundle: PolicyBundle) -> set[str]:
    """Everybody whom a bundle knows, by id."""
    return {person.id for person in bundle.people}


def unknown_name(place: Place, kind: str, name: str, known: Iterable[str]) -> Iterator[Finding]:
    """Yields a name that stands for nothing."""
    if name not in known:
        yield place, f"unknown {kind} {name!r}"


def repeated_names(place: Place, key: str | None, names: Iterable[str]) -> Iterator[Finding]:
    """Yields every name that stands in a list for a second time; `key` is what its entries are called by."""
    seen: Counter[str] = Counter()
    for position, name in enumerate(names):
        seen[name] += 1
        if seen[name] > 1:
            yield (*place, position, *((key,) if key else ())), f"{name!r} stands here a second time"


def template_problems(place: Place, text: str, known: Collection[str]) -> Iterator[Finding]:
    """Yields what a text with placeholders cannot be filled with."""
    if not Template(text).is_valid():
        yield place, "holds a $ that starts no placeholder; write $$ for a dollar sign"
    for unknown in sorted(set(Template(text).get_identifiers()) - set(known)):
        yield place, f"unknown placeholder ${unknown}; known: {', '.join(sorted(known))}"


def review_problems(place: Place, approval: str, reason: str, bundle: PolicyBundle) -> Iterator[Finding]:
    """Yields an approval or a reason that approvals.yaml does not have."""
    if approval not in bundle.approvals.policies:
        yield (*place, "approval"), f"unknown approval {approval!r} (approvals.yaml, policies)"
    if reason not in bundle.approvals.reasons:
        yield (*place, "reason"), f"unknown reason code {reason!r} (approvals.yaml, reasons)"
