"""A strict fake of Stripe's v1 API, as far as billing uses it: forms, keys, limits, a search that lags."""

import re
import threading
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Any

from tests.connectors.loopback import Asked, Said

SECRET = "sk_test_51strict"
PRICE, PRODUCT = "price_team", "prod_team"

_CUSTOMER = re.compile(
    r"(name|email|description|tax_id_data\[\d\]\[(type|value)\]|address\[(line1|city|postal_code|country)\]"
    r"|metadata\[\w{1,40}\])"
)
_SUBSCRIPTION = re.compile(
    r"(customer|collection_method|days_until_due|items\[0\]\[(price|quantity)\]|metadata\[\w{1,40}\]"
    r"|items\[0\]\[price_data\]\[(product|currency|unit_amount|recurring\]\[interval)\])"
)
_LONGEST = {"name": 256, "email": 512, "description": 5000}
_QUERY = re.compile(r"metadata\['(\w+)'\]:'((?:[^'\\]|\\.)*)'")
Form = dict[str, str]


class Refuse(Exception):
    """An error answer."""

    def __init__(self, status: int, kind: str, code: str | None = None, param: str | None = None) -> None:
        super().__init__(kind)
        error = {"type": kind, "code": code, "param": param, "message": "planted"}
        self.said = Said(status, {"error": {name: value for name, value in error.items() if value}})


class StrictStripe:
    """One account. What it does is in `customers`, `subscriptions` and `invoices`."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.customers: dict[str, dict[str, Any]] = {}
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.invoices: dict[str, dict[str, Any]] = {}
        self.asked: list[Asked] = []
        self.search_is_up_to_date = False
        self.lose_every: int | None = None
        """Every n-th answer to a write is lost, after the write."""
        self.fail_next = 0
        """So many writes end with a 500, which is saved under their key if they have one, and do nothing."""
        self._saved: dict[str, tuple[object, Said | None]] = {}
        self._ids, self._writes, self._lock = count(1), count(1), threading.Lock()

    def handle(self, asked: Asked) -> Said:
        """Answers one request."""
        with self._lock:
            self.asked.append(asked)
            try:
                self._check(asked)
                said = self._keyed(asked) if asked.method == "POST" else self._routed(asked)
            except Refuse as refused:
                said = refused.said
            if asked.method == "GET" or self.lose_every is None or next(self._writes) % self.lose_every:
                return said
            return Said(said.status, lost=True)

    def active(self) -> list[dict[str, Any]]:
        """Subscriptions that are paid for."""
        return [one for one in self.subscriptions.values() if one["status"] == "active"]

    def open_customers(self) -> list[dict[str, Any]]:
        """Customers that nobody closed."""
        return [one for one in self.customers.values() if "throughline_closed" not in one["metadata"]]

    def _check(self, asked: Asked) -> None:
        if asked.headers.get("authorization") != f"Bearer {SECRET}":
            raise Refuse(401, "invalid_request_error")
        if not re.fullmatch(r"\d{4}-\d\d-\d\d\.\w+", asked.headers.get("stripe-version", "")):
            raise Refuse(400, "invalid_request_error", param="Stripe-Version")
        form = asked.headers.get("content-type") == "application/x-www-form-urlencoded"
        if asked.method == "POST" and asked.body and not form:
            raise Refuse(415, "invalid_request_error")

    def _keyed(self, asked: Asked) -> Said:
        key = asked.headers.get("idempotency-key")
        if key is None:
            return self._failed() or self._routed(asked)
        if len(key) > 255:
            raise Refuse(400, "invalid_request_error", param="Idempotency-Key")
        what = (asked.path, asked.form())
        if key in self._saved:
            first, said = self._saved[key]
            if first != what:
                raise Refuse(400, "idempotency_error")
            if said is None:
                raise Refuse(409, "idempotency_error", "idempotency_key_in_use")
            return Said(said.status, said.body, {"idempotent-replayed": "true"})
        try:
            said = self._failed() or self._routed(asked)
        except Refuse as refused:
            said = refused.said
        self._saved[key] = (what, said)
        return said

    def _failed(self) -> Said | None:
        if not self.fail_next:
            return None
        self.fail_next -= 1
        return Said(500, {"error": {"type": "api_error", "message": "planted"}})

    def _routed(self, asked: Asked) -> Said:  # noqa: C901, PLR0911 - a table of paths
        form = dict(asked.form()) if asked.method == "POST" else {}
        match (asked.method, *asked.path.strip("/").split("/")):
            case ("POST", "v1", "customers"):
                return Said(200, self._new_customer(form))
            case ("POST", "v1", "customers", one):
                return Said(200, self._changed_customer(one, form))
            case ("POST", "v1", "subscriptions"):
                return Said(200, self._new_subscription(form))
            case ("DELETE", "v1", "subscriptions", one):
                return Said(200, self._cancelled(one))
            case ("POST", "v1", "invoices", one, "void"):
                return Said(200, self._voided(one))
            case ("POST", "v1", "invoices", one, "finalize"):
                return Said(200, self._finalised(one, form))
            case ("DELETE", "v1", "invoices", one):
                # Only one-off invoices can be deleted, and here each is a subscription's.
                self._one(self.invoices, one)
                raise Refuse(400, "invalid_request_error", "invoice_not_editable")
            case ("GET", "v1", "prices", one) if one == PRICE:
                recurring = {"interval": "year", "interval_count": 1}
                return Said(200, {"id": one, "object": "price", "product": PRODUCT, "recurring": recurring})
            case ("GET", "v1", resource, "search"):
                return Said(200, self._search(self._all(resource), asked))
            case ("GET", "v1", resource):
                return Said(200, self._list(self._all(resource), asked))
            case ("GET", "v1", resource, one):
                return Said(200, self._one(self._all(resource), one))
            case _:
                raise Refuse(404, "invalid_request_error", "url_invalid")

    def _all(self, resource: str) -> dict[str, dict[str, Any]]:
        known = {"customers": self.customers, "subscriptions": self.subscriptions, "invoices": self.invoices}
        if resource not in known:
            raise Refuse(404, "invalid_request_error", "resource_missing")
        return known[resource]

    def _one(self, records: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
        if name not in records:
            raise Refuse(404, "invalid_request_error", "resource_missing", "id")
        return records[name]

    def _new_customer(self, form: Form) -> dict[str, Any]:
        self._known(form, _CUSTOMER)
        vat = form.get("tax_id_data[0][value]", "")
        is_vat = form.get("tax_id_data[0][type]") == "eu_vat"
        if is_vat and not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{2,13}", vat):
            raise Refuse(400, "invalid_request_error", "tax_id_invalid")
        customer = self._new("cus", "customer") | {"name": form.get("name"), "metadata": _metadata(form)}
        self.customers[customer["id"]] = customer
        return customer

    def _changed_customer(self, name: str, form: Form) -> dict[str, Any]:
        self._known(form, _CUSTOMER)
        customer = self._one(self.customers, name)
        customer["metadata"] |= _metadata(form)
        return customer

    def _new_subscription(self, form: Form) -> dict[str, Any]:
        self._known(form, _SUBSCRIPTION)
        if form.get("customer") not in self.customers:
            raise Refuse(400, "invalid_request_error", "resource_missing", "customer")
        if form.get("collection_method") != "send_invoice":
            raise Refuse(400, "invalid_request_error", "resource_missing", "default_payment_method")
        if not form.get("days_until_due", "").isdecimal() or not form["items[0][quantity]"].isdecimal():
            raise Refuse(400, "invalid_request_error", "parameter_invalid_integer")
        price = form.get("items[0][price]")
        if price is None and form.get("items[0][price_data][product]") != PRODUCT:
            raise Refuse(400, "invalid_request_error", "resource_missing", "items[0][price_data][product]")
        if price not in (None, PRICE):
            raise Refuse(400, "invalid_request_error", "resource_missing", "items[0][price]")
        subscription = self._new("sub", "subscription") | {
            "status": "active",
            "customer": form["customer"],
            "metadata": _metadata(form),
            "form": form,
        }
        self.subscriptions[subscription["id"]] = subscription
        invoice = self._new("in", "invoice") | {
            "status": "draft",
            "auto_advance": True,
            "amount_due": int(form.get("items[0][price_data][unit_amount]", "100")),
            "amount_paid": 0,
            "subscription": subscription["id"],
        }
        self.invoices[invoice["id"]] = invoice
        return subscription

    def _cancelled(self, name: str) -> dict[str, Any]:
        subscription = self._one(self.subscriptions, name)
        if subscription["status"] == "canceled":
            raise Refuse(404, "invalid_request_error", "resource_missing", "id")
        subscription["status"] = "canceled"
        return subscription

    def _finalised(self, name: str, form: Form) -> dict[str, Any]:
        invoice = self._one(self.invoices, name)
        if invoice["status"] != "draft" or form.keys() - {"auto_advance"}:
            raise Refuse(400, "invalid_request_error", "invoice_not_editable")
        invoice["auto_advance"] = form.get("auto_advance") != "false"
        invoice["status"] = "open" if invoice["amount_due"] else "paid"
        return invoice

    def _voided(self, name: str) -> dict[str, Any]:
        invoice = self._one(self.invoices, name)
        if invoice["status"] not in ("open", "uncollectible"):
            raise Refuse(400, "invalid_request_error", "invoice_not_editable")
        invoice["status"] = "void"
        return invoice

    def _search(self, records: dict[str, dict[str, Any]], asked: Asked) -> dict[str, Any]:
        found = _QUERY.fullmatch(asked.one("query") or "")
        if found is None:
            raise Refuse(400, "invalid_request_error", param="query")
        value = re.sub(r"\\(.)", r"\1", found[2])
        hits = [one for one in records.values() if one["metadata"].get(found[1]) == value]
        data = hits if self.search_is_up_to_date else []
        return {"object": "search_result", "data": data, "has_more": False, "next_page": None}

    def _list(self, records: dict[str, dict[str, Any]], asked: Asked) -> dict[str, Any]:
        since, limit = int(asked.one("created[gte]") or 0), int(asked.one("limit") or 10)
        if not 1 <= limit <= 100:
            raise Refuse(400, "invalid_request_error", param="limit")
        found = [one for one in reversed(records.values()) if one["created"] >= since]
        for name in ("customer", "subscription"):
            if (wanted := asked.one(name)) is not None:
                found = [one for one in found if one[name] == wanted and one["status"] != "canceled"]
        if (after := asked.one("starting_after")) is not None:
            found = found[[one["id"] for one in found].index(after) + 1 :]
        return {"object": "list", "data": found[:limit], "has_more": len(found) > limit}

    def _known(self, form: Form, pattern: re.Pattern[str]) -> None:
        for name, value in form.items():
            if not pattern.fullmatch(name):
                raise Refuse(400, "invalid_request_error", "parameter_unknown", name)
            if not value:
                raise Refuse(400, "invalid_request_error", "parameter_invalid_empty", name)
            longest = 500 if name.startswith("metadata") else _LONGEST.get(name, 5000)
            if len(value) > longest:
                raise Refuse(400, "invalid_request_error", "parameter_invalid_string_too_long", name)

    def _new(self, prefix: str, kind: str) -> dict[str, Any]:
        created = int(self.clock().timestamp())
        return {"id": f"{prefix}_{next(self._ids):06}", "object": kind, "created": created, "metadata": {}}


def _metadata(form: Form) -> dict[str, str]:
    return {name[9:-1]: value for name, value in form.items() if name.startswith("metadata[")}
