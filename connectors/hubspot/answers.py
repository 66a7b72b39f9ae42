"""HubSpot's answers, as far as they are read. Every field that its specification calls optional is."""

from pydantic import Field

from connectors.answers import Said


class Reference(Said):
    """Another object's id."""

    id: str


class References(Said):
    """What an object is associated with."""

    results: tuple[Reference, ...] = ()


class HubSpotObject(Said):
    """One object."""

    id: str
    properties: dict[str, str | None]
    archived: bool = False
    associations: dict[str, References] = Field(default_factory=dict)


class BatchError(Said):
    """Why one input of a batch failed."""

    category: str = ""
    message: str = ""


class Batch(Said):
    """What a batch came to."""

    status: str
    results: tuple[HubSpotObject, ...]
    errors: tuple[BatchError, ...] = ()


class Next(Said):
    """Where the next page begins."""

    after: str


class Paging(Said):
    """Whether there is a next page."""

    next: Next | None = None


class Found(Said):
    """A page of a search."""

    results: tuple[HubSpotObject, ...]


class To(Said):
    """One end of an association."""

    toObjectId: str | int  # noqa: N815 - HubSpot's spelling


class Association(Said):
    """What one object is associated with."""

    from_: Reference = Field(alias="from")
    to: tuple[To, ...]


class Associations(Said):
    """What several objects are associated with."""

    results: tuple[Association, ...]


class Owner(Said):
    """Somebody who can own records."""

    id: str
    email: str | None = None


class OwnersPage(Said):
    """A page of owners."""

    results: tuple[Owner, ...]
    paging: Paging | None = None


class Modification(Said):
    """Whether a property can be written."""

    readOnlyValue: bool = False  # noqa: N815 - HubSpot's spelling


class Property(Said):
    """A property of an object's schema."""

    name: str
    hasUniqueValue: bool = False  # noqa: N815 - HubSpot's spelling
    calculated: bool = False
    modificationMetadata: Modification | None = None  # noqa: N815 - HubSpot's spelling


class Properties(Said):
    """An object's schema."""

    results: tuple[Property, ...]
