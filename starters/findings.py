"""What `doctor` finds: one line each, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    WARN = "warn"
    """Works, but not as it should, or cannot be judged from here."""
    PROBLEM = "problem"
    """Leads are not taken, or not finished, until somebody acts."""


@dataclass(frozen=True)
class Finding:
    """The result of one check."""

    check: str
    verdict: Verdict
    detail: str
    remedy: str = ""


def ok(check: str, detail: str) -> Finding:
    """A check that found nothing wrong."""
    return Finding(check, Verdict.OK, detail)


def warn(check: str, detail: str, remedy: str) -> Finding:
    """A check that found something to look at."""
    return Finding(check, Verdict.WARN, detail, remedy)


def problem(check: str, detail: str, remedy: str) -> Finding:
    """A check that found something to put right."""
    return Finding(check, Verdict.PROBLEM, detail, remedy)
