"""Requests to Stripe as forms: what goes into which field, within Stripe's limits."""

from collections.abc import Iterable, Mapping

from connectors.stripe.api import CUSTOMER, KEY
from contracts.billing import OpenBillingCustomerInput

LONGEST_NAME = 256

_EU = (
    "AT",
    "BE",
    "BG",
    "HR",
    "CY",
    "CZ",
    "DK",
    "EE",
    "FI",
    "FR",
    "DE",
    "GR",
    "HU",
    "IE",
    "IT",
    "LV",
    "LT",
    "LU",
    "MT",
    "NL",
    "PL",
    "PT",
    "RO",
    "SK",
    "SI",
    "ES",
    "SE",
)
_TAX_ID_TYPES: Mapping[str, str] = {
    **dict.fromkeys(_EU, "eu_vat"),
    "GB": "gb_vat",
    "IN": "in_gst",
    "MX": "mx_rfc",
    "NO": "no_vat",
    "CH": "ch_vat",
}
"""Where Stripe prints the tax id on invoices, and checks its form; elsewhere it is kept as metadata."""

_WITHOUT_DECIMALS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
_WITH_THREE_DECIMALS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def customer_form(request: OpenBillingCustomerInput) -> list[tuple[str, str]]:
    """Whom invoices go to."""
    address = request.address
    return [
        ("name", request.company[:LONGEST_NAME]),
        ("email", request.contact.email),
        ("description", request.company),
        ("address[line1]", address.street),
        ("address[city]", address.city),
        *_given([("address[postal_code]", address.postal_code)]),
        ("address[country]", address.country),
        (f"metadata[{KEY}]", request.key),
        (f"metadata[{CUSTOMER}]", request.customer_id),
        ("metadata[contact]", request.contact.name),
        *_tax_id(request),
    ]


def sold_item(product: str, value: int, currency: str) -> list[tuple[str, str]]:
    """What was sold for a year, as one item: the order's own price, which no list price overrules."""
    return [
        ("items[0][price_data][product]", product),
        ("items[0][price_data][currency]", currency.lower()),
        ("items[0][price_data][unit_amount]", str(_smallest_units(value, currency))),
        ("items[0][price_data][recurring][interval]", "year"),
        ("items[0][quantity]", "1"),
    ]


def _smallest_units(value: int, currency: str) -> int:
    if currency in _WITHOUT_DECIMALS:
        return value
    return value * (1000 if currency in _WITH_THREE_DECIMALS else 100)


def _tax_id(request: OpenBillingCustomerInput) -> Iterable[tuple[str, str]]:
    if not request.tax_id:
        return ()
    kind = _TAX_ID_TYPES.get(request.address.country)
    if kind is None:
        return (("metadata[tax_id]", request.tax_id),)
    return (("tax_id_data[0][type]", kind), ("tax_id_data[0][value]", request.tax_id))


def _given(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in fields if value]
