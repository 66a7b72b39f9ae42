"""Which leads are in flight under whose address or number, and how many came from whom."""

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.store.engine import Store, insert_if_absent
from connectors.store.identities import email_key, identity_digest
from connectors.store.tables import arrivals, claims
from contracts.matching import FindMatchesInput, InFlightCandidate
from contracts.ports import ArrivalReport

SYSTEM = "arrivals"
_KINDS = ("email", "phone")
"""What leads are matched on, the stronger one first."""


class SqlArrivals:
    """`Arrivals` over the store. Claims are closed by the ledger, in the transaction that records the decision."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def register(self, request: FindMatchesInput, window_seconds: float) -> ArrivalReport:
        """Claims the lead's identities and returns the open leads that hold them and arrived earlier.

        A lead that was registered before keeps its arrival and gets the identities that it has now, which differ
        after a person completed it. A lead that was decided on claims nothing.
        """
        identities = _identities(request)
        async with self._store.writing(SYSTEM) as connection:
            await _lock(connection, identities)
            row = {
                "lead_id": request.lead_id,
                "sender": request.sender,
                "name": request.name,
                "category": request.category,
                "arrived_at": request.arrived_at,
            }
            if not await insert_if_absent(connection, arrivals, row, ["lead_id"]):
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
            return ArrivalReport(
                in_flight=await _in_flight(connection, request, identities),
                recent_arrivals=await _recent(connection, request, identities, window_seconds),
            )


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


async def _lock(connection: AsyncConnection, identities: dict[str, str]) -> None:
    """Makes leads that share an identity take turns on PostgreSQL, so that the later one sees the earlier one."""
    if connection.dialect.name == "postgresql":
        for digest in sorted(identities.values()):
            number = int.from_bytes(bytes.fromhex(digest)[:8], signed=True)
            await connection.execute(select(func.pg_advisory_xact_lock(number)))


async def _in_flight(
    connection: AsyncConnection, request: FindMatchesInput, identities: dict[str, str]
) -> tuple[InFlightCandidate, ...]:
    # Two leads are ordered by arrival and, at the same instant, by id: of any two only one gives way.
    earlier = or_(
        arrivals.c.arrived_at < request.arrived_at,
        and_(arrivals.c.arrived_at == request.arrived_at, arrivals.c.lead_id < request.lead_id),
    )
    query = (
        select(arrivals, claims.c.kind)
        .join_from(claims, arrivals)
        .where(claims.c.identity.in_(identities.values()), arrivals.c.closed_at.is_(None), earlier)
        .order_by(arrivals.c.arrived_at, arrivals.c.lead_id)
    )
    rows = (await connection.execute(query)).mappings().all() if identities else ()
    strongest = {
        row["lead_id"]: row for row in sorted(rows, key=lambda row: _KINDS.index(row["kind"]), reverse=True)
    }
    return tuple(
        InFlightCandidate(
            lead_id=row["lead_id"],
            matched_on=row["kind"],
            name=row["name"],
            category=row["category"],
            arrived_at=row["arrived_at"],
        )
        for row in rows
        if row is strongest[row["lead_id"]]
    )


async def _recent(
    connection: AsyncConnection, request: FindMatchesInput, identities: dict[str, str], window_seconds: float
) -> int:
    same = [
        arrivals.c.lead_id.in_(select(claims.c.lead_id).where(claims.c.identity.in_(identities.values())))
    ]
    if request.sender:
        same.append(arrivals.c.sender == request.sender)
    query = (
        select(func.count())
        .select_from(arrivals)
        .where(
            arrivals.c.arrived_at > request.arrived_at - timedelta(seconds=window_seconds),
            arrivals.c.arrived_at <= request.arrived_at,
            arrivals.c.lead_id != request.lead_id,
            or_(*same),
        )
    )
    return 1 + int((await connection.execute(query)).scalar_one())
