"""Which leads are in flight under whose address or number, and how many came from whom."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.store.columns import UtcDateTime
from connectors.store.engine import Store, insert_if_absent
from connectors.store.identities import email_key, identity_digest
from connectors.store.tables import arrivals, claims
from connectors.store.turns import take_turns
from contracts.matching import FindMatchesInput, InFlightCandidate
from contracts.ports import ArrivalReport

SYSTEM = "arrivals"

_MY_LEAD: BindParameter[str] = bindparam("my_lead")
_MY_ARRIVAL = bindparam("my_arrival", type_=UtcDateTime())
_MY_IDENTITIES: BindParameter[str] = bindparam("my_identities", expanding=True)


class SqlArrivals:
    """`Arrivals` over the store. The ledger closes claims in the transaction that records the decision."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def register(self, request: FindMatchesInput, window_seconds: float) -> ArrivalReport:
        """Claims the lead's identities and returns the open leads that hold them and registered earlier.

        A lead that was registered before keeps its place and gets the identities that it has now, which
        differ once a person has completed it. One that was decided on is not in flight again.
        """
        identities = _identities(request)

        async def claim(connection: AsyncConnection) -> ArrivalReport:
            # Before either has its number, so the one with the higher number always sees the other.
            await take_turns(connection, identities.values())
            await _claim(connection, request, identities)
            return await _report(connection, request, identities, window_seconds)

        return await self._store.write(SYSTEM, claim)


async def _claim(connection: AsyncConnection, request: FindMatchesInput, identities: dict[str, str]) -> None:
    row = {
        "lead_id": request.lead_id,
        "sender": request.sender,
        "name": request.name,
        "category": request.category,
        "arrived_at": request.arrived_at,
    }
    if not await insert_if_absent(connection, arrivals, row, "lead_id"):
        mine = arrivals.c.lead_id == request.lead_id
        await connection.execute(
            update(arrivals).where(mine).values(name=request.name, category=request.category)
        )
        await connection.execute(delete(claims).where(claims.c.lead_id == request.lead_id))
    if identities:
        held = [
            {"lead_id": request.lead_id, "kind": kind, "identity": digest}
            for kind, digest in identities.items()
        ]
        await connection.execute(insert(claims), held)


async def close_arrival(connection: AsyncConnection, lead_id: str, at: datetime) -> None:
    """Ends a lead's time in flight: later leads of the same person are compared with the CRM instead."""
    await connection.execute(
        update(arrivals)
        .where(arrivals.c.lead_id == lead_id, arrivals.c.closed_at.is_(None))
        .values(closed_at=at)
    )


def _identities(request: FindMatchesInput) -> dict[str, str]:
    found = {
        "email": request.email_key or (email_key(request.email) if request.email else None),
        "phone": request.phone,
    }
    return {kind: identity_digest(kind, value) for kind, value in found.items() if value}


def _earlier_holders() -> Select[Any]:
    # By registration, not by arrival: a lead that arrived earlier and registers later was seen by nobody
    # yet, so it must be the one that sees. Of any two leads only one gives way.
    mine = arrivals.alias("mine")
    my_number = select(mine.c.number).where(mine.c.lead_id == _MY_LEAD).scalar_subquery()
    return (
        select(arrivals, claims.c.kind)
        .join_from(claims, arrivals)
        .where(
            claims.c.identity.in_(_MY_IDENTITIES),
            arrivals.c.closed_at.is_(None),
            arrivals.c.number < my_number,
        )
        .order_by(arrivals.c.number, claims.c.kind)
    )


def _others_lately() -> Select[Any]:
    same_identity = select(claims.c.lead_id).where(claims.c.identity.in_(_MY_IDENTITIES))
    return (
        select(func.count())
        .select_from(arrivals)
        .where(
            arrivals.c.arrived_at > bindparam("since"),
            arrivals.c.arrived_at <= _MY_ARRIVAL,
            arrivals.c.lead_id != _MY_LEAD,
            or_(arrivals.c.lead_id.in_(same_identity), arrivals.c.sender == bindparam("sender")),
        )
    )


_EARLIER_HOLDERS, _OTHERS_LATELY = _earlier_holders(), _others_lately()
"""Built once: composing a query takes longer than answering it."""


async def _report(
    connection: AsyncConnection, request: FindMatchesInput, identities: dict[str, str], window_seconds: float
) -> ArrivalReport:
    mine = {
        "my_lead": request.lead_id,
        "my_arrival": request.arrived_at,
        "my_identities": list(identities.values()),
    }
    rate = {"sender": request.sender, "since": request.arrived_at - timedelta(seconds=window_seconds)}
    holders = (await connection.execute(_EARLIER_HOLDERS, mine)).mappings()
    strongest: dict[str, InFlightCandidate] = {}
    # An address comes before a number in the order of the rows, and says more.
    for row in holders:
        strongest.setdefault(
            row["lead_id"],
            InFlightCandidate(
                lead_id=row["lead_id"],
                matched_on=row["kind"],
                name=row["name"],
                category=row["category"],
                arrived_at=row["arrived_at"],
            ),
        )
    others = (await connection.execute(_OTHERS_LATELY, {**mine, **rate})).scalar_one()
    return ArrivalReport(in_flight=tuple(strongest.values()), recent_arrivals=1 + int(others))
