"""Contracts with customers, as the registry of contracts knows them."""

from enum import StrEnum

from pydantic import AwareDatetime

from contracts.base import Contract, Key, Line


class AgreementState(StrEnum):
    """Where a contract stands."""

    UNKNOWN = "unknown"
    """The registry has never heard of it."""
    SENT = "sent"
    SIGNED = "signed"
    VOID = "void"
    """Withdrawn or declined: it will not be signed any more."""


class ReadAgreementInput(Contract):
    """The question how a contract stands."""

    reference: Line


class Agreement(Contract):
    """A contract as the registry knows it."""

    reference: Line
    state: AgreementState
    signed_at: AwareDatetime | None = None


class RecordAgreementInput(Contract):
    """Notes how a contract stands. A signed one stays signed: CONFLICT on every move away from it."""

    key: Key
    reference: Line
    state: AgreementState
    signed_at: AwareDatetime | None = None
