"""URLs of systems."""

from typing import Annotated

from pydantic import AfterValidator, AnyHttpUrl, TypeAdapter

URL = TypeAdapter(AnyHttpUrl)


def _base_url(value: str) -> str:
    """A URL that paths are added to: without user, query or fragment, and without a slash at its end."""
    url = URL.validate_python(value)
    if url.username or url.password or url.query or url.fragment:
        raise ValueError("should be a plain URL; credentials have settings of their own")
    return value.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_base_url)]
