"""Conformance of `PolicyLibrary`: a bundle that a run is pinned to can be read as it was, for good."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from connectors.store.crm_schema import WORK_OF, refuse_start, schema
from connectors.store.engine import Store
from connectors.store.policy_library import SqlPolicyLibrary
from connectors.store.tables import policy_bundles
from contracts.failures import FailureCode
from contracts.policy import PolicyBundle
from contracts.ports import PolicyLibrary
from rules.policy_source import SECTIONS, bundle_from_json, bundle_hash, bundle_json, parse_bundle
from tests.connectors.conftest import SettableClock
from tests.connectors.examples import Refused

POLICIES = Path(__file__).resolve().parents[3] / "policies"
LibraryOf = Callable[[PolicyBundle | None], PolicyLibrary]


@pytest.fixture(scope="module")
def bundle() -> PolicyBundle:
    return parse_bundle({name: (POLICIES / name).read_text(encoding="utf-8") for name in SECTIONS})


@pytest.fixture
def library_of(store: Store, clock: SettableClock) -> LibraryOf:
    def library(active: PolicyBundle | None) -> PolicyLibrary:
        return SqlPolicyLibrary(
            store, clock, active, hash_of=bundle_hash, to_json=bundle_json, from_json=bundle_from_json
        )

    return library


async def test_pinned_bundle_is_read_as_it_was_by_every_process(
    library_of: LibraryOf, bundle: PolicyBundle
) -> None:
    pin = await library_of(bundle).pin_active()
    assert (pin.hash, pin.version) == (bundle_hash(bundle), bundle.version)
    assert await library_of(None).load(pin.hash) == bundle


async def test_many_processes_pin_the_same_bundle_at_once(
    library_of: LibraryOf, bundle: PolicyBundle
) -> None:
    pins = await asyncio.gather(*(library_of(bundle).pin_active() for _ in range(10)))
    assert len(set(pins)) == 1


async def test_bundle_of_before_a_change_stays_readable(library_of: LibraryOf, bundle: PolicyBundle) -> None:
    before = await library_of(bundle).pin_active()
    changed = bundle.model_copy(update={"version": "next"})
    after = await library_of(changed).pin_active()
    assert before.hash != after.hash
    assert await library_of(changed).load(before.hash) == bundle


async def test_bundle_that_was_never_stored_is_unknown(library_of: LibraryOf, bundle: PolicyBundle) -> None:
    with Refused(FailureCode.POLICY_UNKNOWN):
        await library_of(bundle).load(bundle_hash(bundle))


async def test_process_without_active_bundle_may_not_pin(library_of: LibraryOf) -> None:
    with Refused(FailureCode.FORBIDDEN):
        await library_of(None).pin_active()


async def test_bundle_is_read_from_the_store_once(
    library_of: LibraryOf, bundle: PolicyBundle, store: Store
) -> None:
    pin = await library_of(bundle).pin_active()
    reader = library_of(None)
    first = await reader.load(pin.hash)
    async with store.writing("test") as connection:
        await connection.execute(update(policy_bundles).values(document="{}"))
    assert await reader.load(pin.hash) is first
    with Refused(FailureCode.MALFORMED):
        await library_of(None).load(pin.hash)


async def test_shipped_policy_fits_the_embedded_crm(bundle: PolicyBundle) -> None:
    fields = {(field.crm_object, field.name): field.max_length for field in schema().fields}
    for mapping in bundle.crm_fields:
        room = fields[mapping.crm_object, mapping.crm_field]
        assert room is not None
        assert mapping.max_length is not None
        assert mapping.max_length <= room
    for rule in bundle.routing.rules:
        if rule.path in WORK_OF:
            refuse_start(WORK_OF[rule.path], rule.stage)
