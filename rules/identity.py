"""Which item a submission or an order is: the same item has the same id, whatever door it comes through."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta

from contracts.lead import LeadSubmission
from contracts.order import OnboardingOrder
from rules.texts import spelling_key, tidy

ID_CHARACTERS = 25
"""125 bits: two of a billion leads share an id with a probability of about 1 in 10^20."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def lead_id_for(submission: LeadSubmission) -> str:
    """The lead's id: `e` and a hash of source and event id, or else `c` and a hash of the content.

    The id cannot be read backwards. It is a hash without a key, though: whoever holds the whole submission,
    or guesses all of it, can tell that this is its id. `received_at` is no part of it and neither is any
    policy, so that a later delivery and a later rule give the same id.
    """
    if submission.event_id is not None:
        return "e" + _digest(f"{_origin(submission)}\0{submission.event_id}")
    return "c" + content_hash(submission)


def onboarding_id_for(order: OnboardingOrder) -> str:
    """The onboarding's id: that of the lead that was won, else `o` and a hash.

    The hash is of the customer and the contract's reference; an order without one is told from the customer's
    others by when it was made.
    """
    if order.lead_id is not None:
        return order.lead_id
    reference = tidy(order.details.contract_reference)
    which = f"contract\0{reference.casefold()}" if reference else f"at\0{_microseconds(order.ordered_at)}"
    return "o" + _digest(f"{order.customer_id}\0{which}")


def content_hash(submission: LeadSubmission) -> str:
    """The hash of everything but `received_at`.

    What was left at its default is left out, so that a field added by a later release changes no hash.
    """
    content = submission.model_dump(mode="json", exclude={"received_at"}, exclude_defaults=True)
    # Instants count, not how their offset is written.
    if submission.occurred_at is not None:
        content["occurred_at"] = _microseconds(submission.occurred_at)
    if submission.consent.captured_at is not None:
        content["consent"]["captured_at"] = _microseconds(submission.consent.captured_at)
    return _digest(json.dumps(content, sort_keys=True, separators=(",", ":")))


def _origin(submission: LeadSubmission) -> str:
    """Whose event ids these are: the source in one spelling, else the kind of entry."""
    return spelling_key(submission.source or "") or f"entry:{submission.entry_kind}"


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.b32encode(digest).decode().lower()[:ID_CHARACTERS]
