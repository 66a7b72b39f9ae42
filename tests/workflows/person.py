"""A recognisable person, and where a run could show what it must not of them."""

import base64
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from google.protobuf.json_format import MessageToDict
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.sdk.v1 import WorkflowMetadata

from contracts.lead import LeadSubmission
from contracts.order import OnboardingOrder, PartyContact, PostalAddress
from tests.workflows.histories import as_document, events_of
from tests.workflows.house import Run
from tests.workflows.leads import a_sales_lead
from tests.workflows.onboarding import an_order

NAME, COMPANY = "Zyxanthe Quillfeather", "Vorblatt Privatwerk"
PERSON: dict[str, Any] = {
    "name": NAME,
    "email": "zyxanthe.quillfeather@vorblatt.example",
    "phone": "+4915112345678",
    "company": COMPANY,
    "job_title": "Oberkrimskramsbeauftragte",
    "website": "https://vorblatt.example",
}
MESSAGE = "A quote for a crm with a pipeline, please. My cat is called Wombatine."
UNSURE = "My cat is called Wombatine, and I would like to ask you something."
TRANSCRIPT = f"{MESSAGE} We met at the Marzipan Obelisk."

SECRETS = (
    "zyxanthe",
    "quillfeather",
    "vorblatt",
    "privatwerk",
    "15112345678",
    "oberkrimskrams",
    "wombatine",
    "marzipan",
)
"""What is looked for, in lower case: parts, so that a cut or reworded value is found too."""

PAYLOADS = frozenset({"input", "result", "args", "success", "header", "lastCompletionResult"})
"""Parts of an event that a codec encrypts; an update's and a signal's arguments stand below `input`."""


def of_this_person(**fields: Any) -> LeadSubmission:
    return a_sales_lead(contact=PERSON, **fields)


def order_of_this_person(**details: Any) -> OnboardingOrder:
    person = PartyContact(name=NAME, email=PERSON["email"])
    address = PostalAddress(street="Marzipan Obelisk 1", city="Wombatine", country="DE")
    given = {
        "company": COMPANY,
        "company_domain": "vorblatt.example",
        "tax_id": "DE15112345678",
        "billing_contact": person,
        "billing_address": address,
        "technical_contact": person,
    }
    return an_order(**{**given, **details})


def leaks_in(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text.lower()]


def open_texts(node: Any, key: str = "") -> Iterator[str]:
    """Every text of an event that is not a payload; what else is base64 is decoded."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name not in PAYLOADS:
                yield from open_texts(value, name)
    elif isinstance(node, list):
        for value in node:
            yield from open_texts(value, key)
    elif isinstance(node, str):
        yield node
        if key in ("data", "indexedFields"):
            yield base64.b64decode(node).decode(errors="replace")


def without_results(document: dict[str, Any]) -> dict[str, Any]:
    """An event without what a local activity returned, which stands in a marker's details."""
    marker = document.get("markerRecordedEventAttributes", {})
    marker.get("details", {}).pop("result", None)
    return document


async def leaks_of(run: Run) -> list[str]:
    """Where a run shows what it must not."""
    described = await run.describe()
    raw = described.raw_description.workflow_execution_info
    shown = {
        "id": run.id,
        "search attributes": str(described.typed_search_attributes),
        "memo": str(raw.memo),
        "static summary": await described.static_summary() or "",
        "static details": await described.static_details() or "",
        "pending activities": " ".join(
            text
            for pending in described.raw_description.pending_activities
            for text in open_texts(MessageToDict(pending))
        ),
    }
    with suppress(Exception):
        metadata: WorkflowMetadata = await run.query(
            "__temporal_workflow_metadata", result_type=WorkflowMetadata
        )
        shown["current details"] = metadata.current_details
    found = [f"{where}: {leak}" for where, text in shown.items() for leak in leaks_in(text)]
    for event in await events_of(run):
        texts = " ".join(open_texts(without_results(as_document(event))))
        found += [f"event {event.event_id}: {leak}" for leak in leaks_in(texts)]
    return found


def children_in(events: list[HistoryEvent]) -> list[str]:
    """The workflow ids of the children that a run started."""
    return [
        event.child_workflow_execution_started_event_attributes.workflow_execution.workflow_id
        for event in events
        if event.HasField("child_workflow_execution_started_event_attributes")
    ]
