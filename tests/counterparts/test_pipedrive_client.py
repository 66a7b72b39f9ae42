"""The fake as Pipedrive's own client sees it: what it cannot read, Pipedrive would not say."""

from pathlib import Path

from tests.counterparts.node_clients import driven
from tests.fakes.pipedrive.routes import OWNERS, TOKEN, FakePipedrive
from tests.fakes.pipedrive.schema import code
from tests.fakes.server import served


async def test_vendors_own_client_reads_the_fake_as_pipedrive(pipedrive_client: Path) -> None:
    fake = FakePipedrive()
    with served(fake) as url:
        read = await driven("pipedrive_client.mjs", pipedrive_client, url, TOKEN)
    assert read["key"] == code("persons", "throughline_key")
    assert read["person"]["emails"][0]["value"] == "zoe@acme.example"
    assert read["person"]["custom_fields"][read["key"]] == "email:zoe@acme.example"
    assert read["twins"]
    assert (read["phone"], read["listed"], read["unseen"]) == ("+12025550143", 2, 0)
    assert read["deal"] == {"pipeline": 1, "status": "open", "value": 12_000}
    assert read["deals"] == {"rows": 1, "next": None}
    assert read["refusals"] == {
        "readOnly": "ERR_BAD_REQUEST",
        "onNothing": "ERR_BAD_REQUEST",
        "unknown": "ERR_SCHEMA_VALIDATION_FAILED",
        "missing": "ERR_NOT_FOUND",
    }
    assert read["task"] == read["person"]["id"]
    assert (read["note"]["active"], read["gone"], read["users"]) == (True, True, len(OWNERS))
    assert [fake.count(name) for name in ("persons", "deals", "activities", "notes")] == [1, 1, 1, 1]
    assert {asked.headers["x-api-token"] for asked in fake.asked} == {TOKEN}
