# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The fake as HubSpot's own client sees it: what it cannot read, HubSpot would not say."""

from typing import Any

import pytest
from hubspot import HubSpot  # type: ignore[import-untyped]
from hubspot.crm.contacts import (  # type: ignore[import-untyped]
    BatchInputSimplePublicObjectBatchInputUpsert,
    SimplePublicObjectBatchInputUpsert,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.contacts.exceptions import ApiException  # type: ignore[import-untyped]

from tests.fakes.hubspot.routes import TOKEN, FakeHubSpot
from tests.fakes.server import served


def test_vendors_own_client_reads_the_fake_as_hubspot() -> None:
    fake = FakeHubSpot()
    with served(fake) as url:
        drive(fake, url)


def drive(fake: FakeHubSpot, url: str) -> None:
    client: Any = HubSpot(access_token=TOKEN)
    contacts = client.crm.contacts
    basic, batch = contacts.basic_api, contacts.batch_api
    for api in (basic, batch):
        api.api_client.configuration.host = url
    new = SimplePublicObjectInputForCreate(properties={"email": "Zoe@acme.example"}, associations=[])
    made = basic.create(simple_public_object_input_for_create=new)
    assert made.properties["email"] == "zoe@acme.example"
    with pytest.raises(ApiException) as caught:
        basic.create(simple_public_object_input_for_create=new)
    assert caught.value.status == 409
    assert f"Existing ID: {made.id}" in str(caught.value.body)
    one = SimplePublicObjectBatchInputUpsert(
        id="zoe@acme.example", id_property="email", properties={"firstname": "Zoë"}
    )
    upserted = batch.upsert(
        batch_input_simple_public_object_batch_input_upsert=BatchInputSimplePublicObjectBatchInputUpsert(
            [one]
        )
    )
    assert [(held.id, held.new) for held in upserted.results] == [(made.id, False)]
    read = basic.get_by_id(made.id, properties=["firstname"])
    assert read.properties["firstname"] == "Zoë"
    basic.archive(made.id)
    assert fake.count("contacts") == 0
    drive_a_batch_with_a_bad_input(batch)
    assert fake.count("contacts") == 1


def drive_a_batch_with_a_bad_input(batch: Any) -> None:
    """With trace ids the good one is carried out; without, the batch is refused."""

    def upsert(*traces: str | None) -> Any:
        inputs = [
            SimplePublicObjectBatchInputUpsert(
                id=f"{name}@acme.example",
                id_property="email",
                properties=properties,
                object_write_trace_id=trace,
            )
            for trace, (name, properties) in zip(
                traces, (("ann", {"firstname": "Ann"}), ("bob", {"nickname": "Bob"})), strict=True
            )
        ]
        return batch.upsert(
            batch_input_simple_public_object_batch_input_upsert=BatchInputSimplePublicObjectBatchInputUpsert(
                inputs
            )
        )

    with pytest.raises(ApiException) as caught:
        upsert("1", "1")
    assert caught.value.status == 400
    answered = upsert("1", "2")
    assert [held.properties["email"] for held in answered.results] == ["ann@acme.example"]
    assert answered.num_errors == 1
    assert [(error.category, error.context) for error in answered.errors] == [
        ("VALIDATION_ERROR", {"objectWriteTraceId": ["2"]})
    ]
