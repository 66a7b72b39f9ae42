"""What HubSpot demands of a request before it does anything."""

from collections.abc import Mapping
from typing import Any

from tests.fakes.hubspot.account import Refusal
from tests.fakes.hubspot.schema import SCHEMA
from tests.fakes.server import Asked

LARGEST_BATCH = 100


def known(name: str) -> str:
    """The name of an object that there is."""
    if name not in SCHEMA:
        raise Refusal(400, "VALIDATION_ERROR", f"Unable to infer object type from: {name}")
    return name


def body_of(asked: Asked) -> dict[str, Any]:
    """The document that was sent."""
    body = asked.json()
    if not isinstance(body, dict) or "json" not in asked.headers.get("content-type", ""):
        raise Refusal(400, "VALIDATION_ERROR", "Invalid input JSON")
    return body


def require(body: Mapping[str, Any], *names: str) -> None:
    """Refuses a document without one of these."""
    missing = [name for name in names if name not in body]
    if missing:
        raise Refusal(
            400, "VALIDATION_ERROR", f"Invalid input JSON: some required fields were not set: {missing}"
        )


def inputs_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those of a batch."""
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not 0 < len(inputs) <= LARGEST_BATCH:
        raise Refusal(400, "VALIDATION_ERROR", "a batch holds 1 to 100 inputs")
    if any(not isinstance(one.get("id"), str) for one in inputs):
        raise Refusal(400, "VALIDATION_ERROR", "Invalid input JSON: id must be a string")
    return inputs
