"""Forms in which a CRM wants fields that are no plain texts, and custom fields that it knows by codes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from connectors.answers import Said
from connectors.remote_crm.records import SYSTEM
from contracts.crm import CrmField
from contracts.failures import FailureCode, ServiceFailure

UNNAMED = "[not provided]"
"""Stands where a CRM wants a name that nobody gave."""

Form = Callable[[str | None], Any]
"""Our text as a field wants it; a dict is several fields. Raises ValueError for what it cannot hold."""


def text(value: str | None) -> str | None:
    """As it is."""
    return value


def number(value: str | None) -> int | None:
    """Of whole ones."""
    return int(value) if value else None


def yes_no(value: str | None) -> bool:
    """Written `true` in crm.yaml, or anything else."""
    return value == "true"


def html(value: str | None) -> str:
    """Text in a field whose text is HTML."""
    return escape(value or "").replace("\n", "<br>")


def name(value: str | None) -> str:
    """A text that may not be empty."""
    return value or UNNAMED


class Way(Said):
    """One of several addresses or numbers of somebody."""

    value: str
    primary: bool = False
    label: str | None = None


def ways(value: str | None) -> list[dict[str, Any]]:
    """An address or number as the first of several."""
    return [{"value": value, "primary": True, "label": "work"}] if value else []


def beside(held: Sequence[Way], given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A new first one, beside all but the first of those that are held; the first one comes first."""
    new = [way["value"] for way in given]
    return given + [way.model_dump(exclude_none=True) for way in held[1:] if way.value not in new]


def plain(value: Any) -> str | None:
    """A value of JSON as our text; None where it is empty, has parts, or stands for nothing."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return None if value in (None, "", UNNAMED) or isinstance(value, dict | list) else str(value)


@dataclass(frozen=True)
class CustomField:
    """A field that a company has made for itself."""

    name: str
    code: str
    """Goes for it in requests and answers."""
    max_length: int | None = None


class ObjectFields:
    """The fields of one of a CRM's objects, where custom ones are apart from its own.

    Args:
        crm_object: the CRM's name of it.
        own: those that every company has.
        custom: those of this company.
    """

    def __init__(self, crm_object: str, own: Mapping[str, Form], custom: Sequence[CustomField]) -> None:
        self._object = crm_object
        self._own = own
        self._custom = {one.name: one for one in custom} | {one.code: one for one in custom}

    def told(self, own: Mapping[str, Any], custom: Mapping[str, Any]) -> dict[str, str | None]:
        """Values of a record as texts, custom ones by name and by code; they are given by code."""
        told = {name: plain(own.get(name)) for name in self._own}
        return told | {name: plain(custom.get(field.code)) for name, field in self._custom.items()}

    def body(self, values: Mapping[str, str | None]) -> dict[str, Any]:
        """Values as a request wants them, custom ones below `custom_fields`.

        Raises:
            ServiceFailure: REJECTED where there is no such field, or it cannot hold the value.
        """
        body, custom = dict[str, Any](), dict[str, Any]()
        for field, value in values.items():
            if (form := self._own.get(field)) is None:
                if field not in self._custom:
                    raise self._refused(field, "there is no such field; see crm.yaml")
                custom[self._custom[field].code] = value
                continue
            try:
                written = form(value)
            except ValueError:
                raise self._refused(field, "cannot hold what crm.yaml puts there") from None
            body |= written if isinstance(written, dict) else {field: written}
        return {**body, "custom_fields": custom} if custom else body

    def described(self) -> list[CrmField]:
        """Every field by each of its names."""
        own = [CrmField(crm_object=self._object, name=one) for one in self._own]
        custom = [
            CrmField(crm_object=self._object, name=one, max_length=field.max_length)
            for one, field in self._custom.items()
        ]
        return own + custom

    def _refused(self, field: str, why: str) -> ServiceFailure:
        return ServiceFailure(FailureCode.REJECTED, SYSTEM, f"{self._object}.{field}: {why}")
