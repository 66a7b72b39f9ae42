"""localstripe for the suites and the demo: what is sold on it, how it is reached, and what it has come to."""

from typing import Any

import httpx

from connectors.connections.onboarding import StripeSettings
from runtime.counterparts.catalogue import COUNTERPARTS

SECRET = COUNTERPARTS["localstripe"].credentials["key"]


async def offered(url: str, *plans: str) -> dict[str, str]:
    """Puts a product with a yearly price on sale for each plan; the prices as settings take them."""
    prices = dict[str, str]()
    async with _client(url) as http:
        for plan in plans:
            product = await http.post("/v1/products", data={"name": plan})
            price = {
                "product": product.raise_for_status().json()["id"],
                "currency": "eur",
                "unit_amount": "48000",
                "recurring[interval]": "year",
            }
            answer = await http.post("/v1/prices", data=price)
            prices[plan] = answer.raise_for_status().json()["id"]
    return prices


def settings_of(url: str, prices: dict[str, str]) -> StripeSettings:
    """How the connector reaches the account."""
    return StripeSettings.model_validate({"url": f"{url}/v1", "secret_key": SECRET, "prices": prices})


class StripeAccount:
    """The account as the server has it, whatever our connector says of it."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def forget(self) -> None:
        """Takes away records, keys and settings of the layers in front."""
        async with _client(self._url) as http:
            (await http.delete("/_config/data")).raise_for_status()

    async def set_front(self, **settings: float) -> None:
        """Changes what the layers do, see `localstripe_on_loopback.py`."""
        async with _client(self._url) as http:
            (await http.post("/_config/front", json=settings)).raise_for_status()

    async def customers(self) -> list[dict[str, Any]]:
        """Those that nobody closed."""
        return [one for one in await self._all("customers") if "throughline_closed" not in one["metadata"]]

    async def subscriptions(self, status: str = "active") -> list[dict[str, Any]]:
        """Those in a status."""
        return await self._all("subscriptions", status=status)

    async def invoices(self) -> list[dict[str, Any]]:
        """All there ever were."""
        return await self._all("invoices")

    async def _all(self, resource: str, **query: str) -> list[dict[str, Any]]:
        async with _client(self._url) as http:
            answer = (await http.get(f"/v1/{resource}", params={"limit": "100", **query})).raise_for_status()
        page: dict[str, Any] = answer.json()
        assert not page["has_more"]
        found: list[dict[str, Any]] = page["data"]
        return found


def keys_of(records: list[dict[str, Any]]) -> list[str]:
    """The keys that records were made under."""
    return sorted(one["metadata"]["throughline_key"] for one in records)


def _client(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, auth=(SECRET, ""))
