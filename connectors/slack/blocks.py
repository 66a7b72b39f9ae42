"""A message as Slack shows it. Whatever a lead or a customer wrote stands in plain text: it calls nobody."""

from collections.abc import Iterator
from typing import Any

from contracts.delivery import Parcel

EVENT_TYPE = "throughline_message"
"""By which the messages of ours are told from others, in their metadata."""

LONGEST_HEADER = 150
LONGEST_SECTION = 3_000
LONGEST_TEXT = 4_000
"""What Slack advises for the text that a notification shows; it cuts at 40,000."""

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def message_of(parcel: Parcel) -> dict[str, Any]:
    """What `chat.postMessage` and `chat.update` are told, without the conversation."""
    return {
        "text": escaped(parcel.subject)[:LONGEST_TEXT],
        "blocks": list(_blocks(parcel)),
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": parcel.key}},
        "unfurl_links": False,
        "unfurl_media": False,
    }


def escaped(text: str) -> str:
    """A text in which nothing is a mention, a link or a command."""
    return "".join(_ESCAPES.get(char, char) for char in text)


def _blocks(parcel: Parcel) -> Iterator[dict[str, Any]]:
    subject = parcel.subject.strip() or parcel.kind
    short = subject if len(subject) <= LONGEST_HEADER else subject[: LONGEST_HEADER - 1] + "…"
    yield {"type": "header", "text": _plain(short)}
    if short != subject:
        yield {"type": "section", "text": _plain(subject)}
    for start in range(0, len(parcel.body), LONGEST_SECTION):
        part = parcel.body[start : start + LONGEST_SECTION]
        # An empty text is refused.
        if part.strip():
            yield {"type": "section", "text": _plain(part)}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
