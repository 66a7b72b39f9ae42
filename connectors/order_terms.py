"""What an order may hold (`contracts/order.py`), for systems that would take more than that."""

from collections.abc import Mapping

from contracts.failures import FailureCode, ServiceFailure

POSSIBLE: Mapping[str, range] = {
    "seats": range(1, 1_000_001),
    "value": range(1_000_000_000_001),
    "discount_percent": range(101),
}


def refuse_impossible(system: str, terms: object) -> None:
    """Refuses terms that nobody can be billed or given room for.

    Raises:
        ServiceFailure: REJECTED, with the name of the term.
    """
    for name, possible in POSSIBLE.items():
        value = getattr(terms, name, None)
        if value is not None and value not in possible:
            raise ServiceFailure(
                FailureCode.REJECTED, system, f"{name}: from {possible[0]} to {possible[-1]} is possible"
            )
