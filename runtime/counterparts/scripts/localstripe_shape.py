"""Run by localstripe's interpreter: its records in the shape of Stripe's API of today, where ours differs.

Over localstripe's plans: prices, and subscriptions by price or price data. Added to its records: searches by
metadata, lists from a time on (newest first), tax ids of more countries (taken, and not kept), subscriptions
whose invoices are sent (they are active at once, and their first invoice is a draft), finalising, and voiding
what nobody has tried to pay. As Stripe does, it refuses to delete a subscription's invoice, and to cancel
twice. Everything else is localstripe's own.
"""

# ruff: noqa: SLF001 - localstripe has no other door from inside.

import importlib
import operator
import re
import time
from typing import Any

SEARCHED = re.compile(r"metadata\['(\w+)'\]:'((?:[^'\\]|\\.)*)'")
BOUNDS = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
MORE_TAX_IDS = ("gb_vat", "in_gst", "mx_rfc", "no_vat", "ch_vat")
LISTED = {"customers": "Customer", "subscriptions": "Subscription"}


class Shape:
    """The layer that answers what localstripe does not know, or knows otherwise."""

    def __init__(self) -> None:
        self._server: Any = importlib.import_module("localstripe.server")
        self._records: Any = importlib.import_module("localstripe.resources")
        self._error: Any = importlib.import_module("localstripe.errors").UserError
        self._records.SubscriptionItem.price = property(lambda item: price_of(item.plan))
        self._search_lag = 0.0

    def configure(self, settings: dict[str, Any]) -> None:
        """Changes what is named."""
        self._search_lag = float(settings.get("search_lag_seconds", self._search_lag))

    def forget(self) -> None:
        """Begins anew."""
        self._search_lag = 0.0

    async def answer(self, request: Any, handler: Any) -> Any:
        """Answers in localstripe's place, or lets it answer."""
        try:
            found = await self._answered(request)
        except self._error as error:
            if error.code == 404:  # noqa: PLR2004
                error.body["error"].setdefault("code", "resource_missing")
            raise
        return await handler(request) if found is None else self._server.json_response(found)

    async def _answered(self, request: Any) -> dict[str, Any] | None:  # noqa: C901, PLR0911 - a table of paths
        query = self._server.unflatten_data(request.query)
        match (request.method, *request.path.strip("/").split("/")):
            case ("POST", "v1", "prices"):
                return price_of(self._new_plan(await self._form(request)))
            case ("GET", "v1", "prices", one):
                return price_of(self._records.Plan._api_retrieve(one))
            case ("POST", "v1", "customers"):
                return self._new_customer(await self._form(request))
            case ("POST", "v1", "subscriptions"):
                return self._new_subscription(await self._form(request))
            case ("DELETE", "v1", "subscriptions", one):
                return self._cancelled(one)
            case ("GET", "v1", "customers" | "subscriptions" as resource, "search"):
                return self._search(resource, query)
            case ("GET", "v1", "customers" | "subscriptions" as resource):
                return self._list(resource, request.path, query)
            case ("POST", "v1", "invoices", one, "finalize"):
                return self._finalised(one)
            case ("POST", "v1", "invoices", one, "void"):
                return self._voided(one)
            case ("DELETE", "v1", "invoices", one):
                self._must_be_one_off(one)
                return None
            case _:
                return None

    async def _form(self, request: Any) -> dict[str, Any]:
        return dict(await self._server.get_post_data(request) or {})

    def _new_plan(self, price: dict[str, Any]) -> Any:
        terms, amount = price.pop("recurring", None), price.pop("unit_amount", None)
        if not isinstance(terms, dict) or not isinstance(price.get("product"), str):
            raise self._refusal("parameter_missing", "recurring and product are needed")
        return self._records.Plan(id=f"price_{self._records.random_id(14)}", amount=amount, **price, **terms)

    def _new_customer(self, form: dict[str, Any]) -> dict[str, Any]:
        ids: list[dict[str, str]] = form.pop("tax_id_data", None) or []
        if kept := [one for one in ids if one.get("type") not in MORE_TAX_IDS]:
            form["tax_id_data"] = kept
        return _exported(self._records.Customer._api_create(**form))

    def _new_subscription(self, form: dict[str, Any]) -> dict[str, Any]:
        sent = form.pop("collection_method", None) == "send_invoice"
        days = self._records.try_convert_to_int(form.pop("days_until_due", None))
        if sent and not isinstance(days, int):
            raise self._refusal("parameter_missing", "days_until_due is needed", "days_until_due")
        try:
            self._records.Customer._api_retrieve(str(form.get("customer")))
            form["items"] = [self._of_plan(item) for item in form.get("items", ())]
            subscription = self._made(form, sent=sent)
        except self._error as error:
            if error.code == 404:  # noqa: PLR2004
                raise self._refusal("resource_missing", "no such customer, price or product") from None
            raise
        subscription.collection_method = "send_invoice" if sent else "charge_automatically"
        subscription.days_until_due = days
        return _exported(subscription)

    def _of_plan(self, item: dict[str, Any]) -> dict[str, Any]:
        known = {name: value for name, value in item.items() if name not in ("price", "price_data")}
        if "price_data" in item:
            return known | {"plan": self._new_plan(dict(item["price_data"])).id}
        return known | {"plan": item.get("price")}

    def _made(self, form: dict[str, Any], *, sent: bool) -> Any:
        """Without a card localstripe would refuse; it is not asked to finalise and pay what is sent."""
        invoice = self._records.Invoice
        if not sent:
            return self._records.Subscription._api_create(**form)
        finalise, pay = invoice._finalize, invoice._api_pay_invoice
        try:
            invoice._finalize, invoice._api_pay_invoice = _do_nothing, _do_nothing
            subscription = self._records.Subscription._api_create(**form)
        finally:
            invoice._finalize, invoice._api_pay_invoice = finalise, pay
        subscription.status = "active"
        first = invoice._api_retrieve(subscription.latest_invoice)
        first.collection_method, first.auto_advance = "send_invoice", True
        return subscription

    def _cancelled(self, one: str) -> dict[str, Any]:
        if self._records.Subscription._api_retrieve(one).status == "canceled":
            raise self._error(404, "is cancelled already")
        return _exported(self._records.Subscription._api_delete(one))

    def _search(self, resource: str, query: dict[str, Any]) -> dict[str, Any]:
        asked = SEARCHED.fullmatch(query.get("query", ""))
        if asked is None:
            raise self._refusal("parameter_invalid", "only metadata['key']:'value' is known", "query")
        value, before = re.sub(r"\\(.)", r"\1", asked[2]), time.time() - self._search_lag
        everything = {"status": "all"} if resource == "subscriptions" else {}
        found = [
            one
            for one in getattr(self._records, LISTED[resource])._api_list_all(None, **everything)._list
            if one.metadata.get(asked[1]) == value and one.created <= before
        ]
        start, limit = int(query.get("page", 0)), int(query.get("limit", 10))
        more = len(found) > start + limit
        return {
            "object": "search_result",
            "data": [_exported(one) for one in found[start : start + limit]],
            "has_more": more,
            "next_page": str(start + limit) if more else None,
        }

    def _list(self, resource: str, path: str, query: dict[str, Any]) -> dict[str, Any]:
        bounds: dict[str, str] = query.pop("created", {})
        expand = query.pop("expand", None)
        if not BOUNDS.keys() >= set(bounds):
            raise self._refusal("parameter_invalid", "created is compared by gt, gte, lt, lte", "created")
        listed = getattr(self._records, LISTED[resource])._api_list_all(path, **query)
        listed._list = [
            one
            for one in reversed(listed._list)
            if all(BOUNDS[bound](one.created, int(value)) for bound, value in bounds.items())
        ]
        return _exported(listed, expand)

    def _finalised(self, one: str) -> dict[str, Any]:
        invoice = self._invoice(one, "draft")
        invoice._finalize()
        return _exported(invoice)

    def _voided(self, one: str) -> dict[str, Any] | None:
        invoice = self._records.Invoice._api_retrieve(one)
        if invoice.payment_intent is not None:
            return None
        self._invoice(one, "open")
        invoice._voided = True
        invoice.status_transitions["voided_at"] = int(time.time())
        return _exported(invoice)

    def _must_be_one_off(self, one: str) -> None:
        if self._records.Invoice._api_retrieve(one).subscription is not None:
            raise self._refusal("invoice_not_editable", "a subscription's invoice is voided, not deleted")

    def _invoice(self, one: str, status: str) -> Any:
        invoice = self._records.Invoice._api_retrieve(one)
        if invoice.status != status:
            raise self._refusal("invoice_not_editable", f"is not {status}")
        return invoice

    def _refusal(self, code: str, message: str, param: str | None = None) -> Any:
        return self._error(400, message, {"code": code} | ({"param": param} if param else {}))


def _do_nothing(_: object) -> None:
    """Takes the place of what localstripe does with an invoice that is charged."""


def price_of(plan: Any) -> dict[str, Any]:
    """A plan as what took its place."""
    return {
        "id": plan.id,
        "object": "price",
        "active": plan.active,
        "created": plan.created,
        "currency": plan.currency,
        "livemode": False,
        "metadata": plan.metadata,
        "nickname": plan.nickname,
        "product": plan.product,
        "recurring": {"interval": plan.interval, "interval_count": plan.interval_count},
        "type": "recurring",
        "unit_amount": plan.amount,
    }


def _exported(record: Any, expand: Any = None) -> dict[str, Any]:
    exported: dict[str, Any] = record._export(expand=expand)
    return exported
