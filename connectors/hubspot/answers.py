"""HubSpot's answers, as far as they are read. Every field that its specification calls optional is."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connectors.http import Answer


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Reference(_Part):
    """Another object's id."""

    id: str


class References(_Part):
    """What an object is associated with."""

    results: tuple[Reference, ...] = ()


class HubSpotObject(_Part):
    """One object."""

    id: str
    properties: dict[str, str | None]
    archived: bool = False
    associations: dict[str, References] = Field(default_factory=dict)


class BatchError(_Part):
    """Why one input of a batch failed."""

    category: str = ""
    message: str = ""


class Batch(_Part):
    """What a batch came to."""

    status: str
    results: tuple[HubSpotObject, ...]
    errors: tuple[BatchError, ...] = ()


class Next(_Part):
    """Where the next page begins."""

    after: str


class Paging(_Part):
    """Whether there is a next page."""

    next: Next | None = None


class Found(_Part):
    """A page of a search."""

    results: tuple[HubSpotObject, ...]


class To(_Part):
    """One end of an association."""

    toObjectId: str | int  # noqa: N815 - HubSpot's spelling


class Association(_Part):
    """What one object is associated with."""

    from_: Reference = Field(alias="from")
    to: tuple[To, ...]


class Associations(_Part):
    """What several objects are associated with."""

    results: tuple[Association, ...]


class Owner(_Part):
    """Somebody who can own records."""

    id: str
    email: str | None = None


class OwnersPage(_Part):
    """A page of owners."""

    results: tuple[Owner, ...]
    paging: Paging | None = None


class Modification(_Part):
    """Whether a property can be written."""

    readOnlyValue: bool = False  # noqa: N815 - HubSpot's spelling


class Property(_Part):
    """A property of an object's schema."""

    name: str
    hasUniqueValue: bool = False  # noqa: N815 - HubSpot's spelling
    calculated: bool = False
    modificationMetadata: Modification | None = None  # noqa: N815 - HubSpot's spelling


class Properties(_Part):
    """An object's schema."""

    results: tuple[Property, ...]


P = TypeVar("P", bound=_Part)


def read(answer: Answer, kind: type[P]) -> P:
    """An answer as its model has it.

    Raises:
        ServiceFailure: MALFORMED, naming the fields that are wrong.
    """
    try:
        return kind.model_validate(answer.object())
    except ValidationError as error:
        fields = sorted({".".join(map(str, one["loc"])) for one in error.errors(include_input=False)})
        raise answer.malformed(f"is no {kind.__name__}: {', '.join(fields[:5])}") from None
