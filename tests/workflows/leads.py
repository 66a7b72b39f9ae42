"""Submissions for the tests of the processes."""

import itertools
from datetime import UTC, datetime
from typing import Any

from contracts.lead import LeadSubmission

_NUMBERS = itertools.count(1)


def a_lead(*, contact: dict[str, Any] | None = None, **fields: Any) -> LeadSubmission:
    """A usable sales lead of somebody new, from the website, by a fixed choice; fields as given."""
    number = next(_NUMBERS)
    person = {
        "name": f"Person{number} Surname{number}",
        "email": f"person{number}@company{number}.example",
        "company": f"Company{number}",
        "phone": f"+1202555{number % 10000:04d}",
    }
    parts = {
        "received_at": datetime.now(UTC),
        "source": "website",
        "service_interest": "crm",
        "event_id": f"event-{number}",
    }
    return LeadSubmission.model_validate({**parts, **fields, "contact": {**person, **(contact or {})}})


def a_sales_lead(**fields: Any) -> LeadSubmission:
    return a_lead(**fields)


def a_support_ticket(**fields: Any) -> LeadSubmission:
    return a_lead(service_interest="Help", entry_kind="support_ticket", **fields)


def a_newsletter_sign_up(**fields: Any) -> LeadSubmission:
    """Nothing that routing knows: goes to the catch-all."""
    return a_lead(service_interest=None, **fields)


def spam(**fields: Any) -> LeadSubmission:
    return a_lead(bot_signals={"honeypot": "x"}, **fields)
