"""The fake as jsforce sees it, which is kept by Salesforce: what it cannot read, Salesforce would not say."""

from pathlib import Path

from tests.counterparts.node_clients import driven
from tests.fakes.salesforce.org import CLIENT_ID, CLIENT_SECRET, FakeSalesforce
from tests.fakes.server import served


async def test_salesforces_own_client_reads_the_fake_as_salesforce(salesforce_client: Path) -> None:
    fake = FakeSalesforce()
    with served(fake) as url:
        read = await driven("salesforce_client.mjs", salesforce_client, url, CLIENT_ID, CLIENT_SECRET)
    assert (read["same"], read["created"], read["changed"]) == (True, [True, False], True)
    assert read["unnamed"] == [False, "REQUIRED_FIELD_MISSING"]
    assert read["found"] == [[True, "Zoé", "+12025550143"]]
    assert read["unique"] == ["Throughline_Key__c"]
    assert read["composite"] == [["one", 200, True, None], ["two", 400, False, "INVALID_FIELD"]]
    assert (read["renewals"], read["served"]) == (1, 1)
    assert read["refusals"] == {
        "secret": "invalid_client",
        "taken": "DUPLICATE_VALUE",
        "missing": "REQUIRED_FIELD_MISSING",
        "unknown": "INVALID_FIELD",
        "tooLong": "STRING_TOO_LONG",
        "nowhere": "INVALID_CROSS_REFERENCE_KEY",
        "column": "INVALID_FIELD",
        "deleted": "NOT_FOUND",
    }
    assert read["gone"]
    assert [fake.count(name) for name in ("Account", "Contact")] == [1, 0]
