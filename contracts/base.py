"""The one base model of every message, and the bounded text types that messages are made of."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


class Contract(BaseModel):
    """An immutable message that survives releases.

    Unknown fields are ignored, so that a worker one release behind still reads what a newer one wrote;
    doors that face people refuse them instead (`rules/submissions.py`). Errors never repeat the offending
    value, which may be personal data.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, str_strip_whitespace=False
    )


_FIRST_PRINTABLE = " "
_DELETE = "\x7f"


def _printable_line(value: str) -> str:
    if any(char < _FIRST_PRINTABLE or char == _DELETE for char in value):
        raise ValueError("must be one line without control characters")
    return value


def _printable_text(value: str) -> str:
    if any(char < _FIRST_PRINTABLE and char not in "\n\r\t" for char in value):
        raise ValueError("must not hold control characters such as NUL")
    return value


Line = Annotated[str, StringConstraints(max_length=500), AfterValidator(_printable_line)]
"""A single line of at most 500 characters, without control characters."""

Slug = Annotated[
    str, StringConstraints(min_length=1, max_length=120, pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.:\-]*$")
]
"""A name that people choose for rules, pools, people and policies: safe in ids and search attributes."""

Text = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(_printable_text)]
"""Free text of at most 20,000 characters: a form's message box, a mail's body."""

LongText = Annotated[str, StringConstraints(max_length=200_000), AfterValidator(_printable_text)]
"""A transcript: at most 200,000 characters, hours of speech, far below Temporal's payload limit of 2 MB."""

Key = Annotated[str, StringConstraints(min_length=1, max_length=255)]
"""An idempotency key. 255 characters is the smallest limit among the systems spoken to (Stripe)."""
