"""What speaks for a submission not being from a person who means it."""

import re

from contracts.assessment import CheckName, CheckResult, Grade, SpamSignal
from contracts.lead import LeadSubmission, NormalisedLead
from contracts.matching import MatchCandidates
from contracts.policy import SpamPolicy
from rules.checks import check_result

_WORD = re.compile(r"[^\W\d_]{2,}")
_TOP_LEVEL_DOMAIN = re.compile(r"[a-z]{2,24}", re.IGNORECASE)

MEANINGS: dict[SpamSignal, str] = {
    SpamSignal.HONEYPOT: "a field that people cannot see was filled in",
    SpamSignal.SPEED: "the form was sent faster than a person can fill it in",
    SpamSignal.DISPOSABLE_DOMAIN: "the address is of a throw-away provider",
    SpamSignal.LINK_ONLY: "the message is nothing but links",
    SpamSignal.RATE: "more came from this sender or address than the policy allows in its window",
}

FIELDS: dict[SpamSignal, tuple[str, ...]] = {
    SpamSignal.HONEYPOT: ("bot_signals.honeypot",),
    SpamSignal.SPEED: ("bot_signals.seconds_to_submit",),
    SpamSignal.DISPOSABLE_DOMAIN: ("contact.email",),
    SpamSignal.LINK_ONLY: ("message",),
    SpamSignal.RATE: ("bot_signals.sender", "contact.email"),
}


def spam_signals(
    submission: LeadSubmission, lead: NormalisedLead, policy: SpamPolicy
) -> tuple[SpamSignal, ...]:
    """The signals that the submission itself gives; the rate of arrivals is judged when it is matched."""
    bot = submission.bot_signals
    given = {
        SpamSignal.HONEYPOT: bool(bot.honeypot and bot.honeypot.strip()),
        SpamSignal.SPEED: bot.seconds_to_submit is not None
        and bot.seconds_to_submit < policy.min_seconds_to_submit,
        SpamSignal.DISPOSABLE_DOMAIN: lead.email_domain is not None
        and is_disposable(lead.email_domain, policy),
        SpamSignal.LINK_ONLY: is_link_only(submission.message),
    }
    return tuple(signal for signal, present in given.items() if present)


def is_disposable(domain: str, policy: SpamPolicy) -> bool:
    """Whether the domain, or one that it is part of, is a throw-away provider's."""
    labels = domain.split(".")
    return any(".".join(labels[at:]) in policy.disposable_domains for at in range(len(labels)))


def is_link_only(message: str | None) -> bool:
    """Whether a message holds links and no word beside them."""
    parts = (message or "").split()
    others = [part for part in parts if not _is_link(part)]
    return len(others) < len(parts) and not any(_WORD.search(part) for part in others)


def _is_link(part: str) -> bool:
    if "://" in part or part.lower().startswith("www."):
        return True
    host, has_path, _ = part.partition("/")
    name, _, top = host.rpartition(".")
    return bool(has_path and name and _TOP_LEVEL_DOMAIN.fullmatch(top))


def is_too_frequent(candidates: MatchCandidates, policy: SpamPolicy) -> bool:
    """Whether more arrived from this sender or address than the policy allows inside its window."""
    return candidates.recent_arrivals > policy.max_arrivals


def spam_check(signals: tuple[SpamSignal, ...], version: str) -> CheckResult:
    """The spam line of the report: any signal fails it."""
    if not signals:
        return check_result(CheckName.SPAM, Grade.PASS, version, "No sign of a bot or of spam.")
    fields = tuple(dict.fromkeys(field for signal in signals for field in FIELDS[signal]))
    detail = "; ".join(MEANINGS[signal] for signal in signals)
    return check_result(CheckName.SPAM, Grade.FAIL, version, f"{detail.capitalize()}.", fields)
