"""What an older release wrote is still read, and nothing of it is dropped on the way."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import ValidationError

from contracts.base import Contract
from contracts.lead import LeadSubmission
from contracts.lead_intake import LeadIntakeStatus
from contracts.policy import PolicyBundle
from contracts.status import RunStatus
from tests.contracts.samples import (
    NOON,
    PAYLOADS,
    contract_types,
    filled_in,
    page_of,
    payload_of,
    recorded_on,
)

CONTRACTS = {(page_of(contract), contract.__name__): contract for contract in contract_types()}

RECORDED = [
    pytest.param(page, name, payload, id=f"{page.parent.name}-{page.stem}-{name}")
    for page in sorted(PAYLOADS.glob("v*/*.json"))
    for name, payload in recorded_on(page).items()
]


def kept(written: Any, read: Any) -> bool:
    """Whether everything that was written is in what was read; sets may come back in another order."""
    if isinstance(written, dict):
        fields = cast("dict[str, Any]", written)
        return all(name in read and kept(value, read[name]) for name, value in fields.items())
    if isinstance(written, list):
        parts = cast("list[object]", written)
        if all(isinstance(one, str) for one in parts):
            return sorted(map(str, parts)) == sorted(map(str, read))
        return len(parts) == len(read) and all(map(kept, parts, read))
    return bool(written == read)


@pytest.mark.parametrize(("page", "name", "payload"), RECORDED)
def test_recorded_payload_is_read_whole(page: Path, name: str, payload: dict[str, Any]) -> None:
    contract = CONTRACTS[page.name, name]
    message = contract.model_validate_json(json.dumps(payload))
    assert kept(payload, payload_of(message))


def test_every_contract_has_a_recorded_payload() -> None:
    """Record new ones with `python -m tests.contracts.samples`, in the release that adds them."""
    recorded = {(page.name, name) for page in PAYLOADS.glob("v*/*.json") for name in recorded_on(page)}
    assert sorted(set(CONTRACTS) - recorded) == []


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda contract: contract.__name__)
def test_message_survives_the_wire_unchanged(contract: type[Contract]) -> None:
    message = filled_in(contract)
    again = contract.model_validate_json(message.model_dump_json(by_alias=True))
    assert again == message
    assert payload_of(again).keys() == payload_of(message).keys()


def test_loss_of_a_field_is_noticed() -> None:
    class Renamed(Contract):
        label: str = ""

    written = {"name": "x", "label": "y"}
    assert not kept(written, payload_of(Renamed.model_validate(written)))
    assert not kept({"deep": [{"name": "x"}]}, {"deep": [{"label": "x"}]})
    assert not kept({"names": ["a", "b"]}, {"names": ["a"]})


def test_field_of_a_newer_release_is_ignored() -> None:
    payload = payload_of(LeadSubmission(received_at=NOON)) | {"added_next_year": 1}
    assert LeadSubmission.model_validate(payload) == LeadSubmission(received_at=NOON)


def test_misspelt_key_of_a_policy_is_refused() -> None:
    with pytest.raises(ValidationError):
        PolicyBundle.model_validate(payload_of(filled_in(PolicyBundle)) | {"calendar": {}})


def test_messages_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        LeadSubmission(received_at=NOON).source = "x"  # type: ignore[misc]


def test_refused_value_is_not_repeated() -> None:
    with pytest.raises(ValidationError) as refused:
        LeadSubmission.model_validate({"received_at": NOON, "contact": {"email": "planted7f3a\n"}})
    assert "planted7f3a" not in str(refused.value)


def test_status_of_a_process_is_read_as_the_shared_part() -> None:
    status = filled_in(LeadIntakeStatus)
    shared = RunStatus.model_validate_json(status.model_dump_json())
    assert kept(payload_of(shared), payload_of(status))
