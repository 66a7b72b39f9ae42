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
