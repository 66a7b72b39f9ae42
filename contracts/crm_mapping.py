"""How a CRM's own objects and properties hold our fields: what the business tunes of it."""

from typing import Self

from pydantic import Field, model_validator

from contracts.base import Slug
from contracts.policy_terms import PolicyModel


class MappedObject(PolicyModel):
    """Where one kind of record lives in a CRM."""

    object: str
    """The CRM's own name of it, for example `contacts`."""
    key: str
    """The unique property that holds our key: what makes a repeat find the record instead of doubling it."""
    fields: dict[Slug, str | tuple[str, str]]
    """Our field to the CRM's property; a name may be two: what is before its first space, and the rest."""
    links: dict[Slug, str] = Field(default_factory=dict)
    """By kind of record, the property that refers to one, in a CRM that has no associations beside."""
    constants: dict[str, str] = Field(default_factory=dict)
    """Properties that every new record gets, for example its pipeline."""
    values: dict[Slug, dict[str, str]] = Field(default_factory=dict)
    """By our field: our value to the CRM's, for example our stages to the ids of its own."""

    @model_validator(mode="after")
    def _values_can_be_read_back(self) -> Self:
        for name, values in self.values.items():
            if name not in self.fields:
                raise ValueError(f"values: {name} is none of the fields that are mapped")
            if len(set(values.values())) < len(values):
                raise ValueError(f"values.{name}: two of ours are one of theirs, which cannot be read back")
        return self

    def properties(self) -> tuple[str, ...]:
        """Every property that is read, each once."""
        held = (one if isinstance(one, tuple) else (one,) for one in self.fields.values())
        return tuple(
            dict.fromkeys(
                (self.key, *(name for names in held for name in names), *self.links.values(), *self.constants)
            )
        )


class CrmMapping(PolicyModel):
    """Where all kinds of records live in one CRM."""

    company: MappedObject
    contact: MappedObject
    account: MappedObject
    """Customers. It may be the object of companies; its key holds the customer's id."""
    deal: MappedObject
    ticket: MappedObject
    enrolment: MappedObject
    task: MappedObject
    note: MappedObject
    owners: dict[Slug, str] = Field(default_factory=dict)
    """Person to the CRM's owner id; who is not named here is known there by the address in people.yaml."""

    def objects(self) -> dict[str, MappedObject]:
        """By kind of record."""
        return {
            name: value
            for name in type(self).model_fields
            if isinstance(value := getattr(self, name), MappedObject)
        }
