"""The policy bundles that runs are pinned to, each under its hash and kept for good."""

from collections.abc import Callable

from sqlalchemy import select

from connectors.store.engine import Store, insert_if_absent
from connectors.store.tables import policy_bundles
from contracts.assessment import PolicyPin
from contracts.failures import FailureCode, ServiceFailure
from contracts.policy import PolicyBundle
from contracts.ports import Clock

SYSTEM = "policies"


class SqlPolicyLibrary:
    """`PolicyLibrary` over the store.

    Args:
        store: where the bundles are kept.
        clock: tells when one was stored.
        active: the bundle that new runs are pinned to; none for a process that only reads.
        hash_of: names a bundle by its content.
        to_json: writes a bundle down.
        from_json: reads it again; raises `ValueError` where it cannot.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        active: PolicyBundle | None,
        *,
        hash_of: Callable[[PolicyBundle], str],
        to_json: Callable[[PolicyBundle], str],
        from_json: Callable[[str], PolicyBundle],
    ) -> None:
        self._store = store
        self._clock = clock
        self._active = active
        self._hash_of = hash_of
        self._to_json = to_json
        self._from_json = from_json
        self._loaded: dict[str, PolicyBundle] = {}
        self._pin: PolicyPin | None = None

    async def pin_active(self) -> PolicyPin:
        """Stores the active bundle the first time it is asked for, and returns its pin.

        Raises:
            ServiceFailure: FORBIDDEN in a process that has no active bundle.
        """
        if self._pin is not None:
            return self._pin
        if self._active is None:
            raise ServiceFailure(FailureCode.FORBIDDEN, SYSTEM, "this process only reads policies")
        pin = PolicyPin(hash=self._hash_of(self._active), version=self._active.version)
        row = {
            "hash": pin.hash,
            "version": pin.version,
            "document": self._to_json(self._active),
            "stored_at": self._clock(),
        }
        await self._store.write(
            SYSTEM, lambda connection: insert_if_absent(connection, policy_bundles, row, "hash")
        )
        self._loaded[pin.hash] = self._active
        self._pin = pin
        return pin

    async def load(self, policy_hash: str) -> PolicyBundle:
        """Returns a bundle; read from the store once, and kept.

        Raises:
            ServiceFailure: POLICY_UNKNOWN if it was never stored; MALFORMED if this version cannot read it.
        """
        if policy_hash not in self._loaded:
            self._loaded[policy_hash] = await self._read(policy_hash)
        return self._loaded[policy_hash]

    async def _read(self, policy_hash: str) -> PolicyBundle:
        query = select(policy_bundles.c.document).where(policy_bundles.c.hash == policy_hash)
        documents: tuple[str, ...] = await self._store.fetch(SYSTEM, query, lambda row: row["document"])
        if not documents:
            raise ServiceFailure(
                FailureCode.POLICY_UNKNOWN, SYSTEM, "the store has no policy bundle with this hash"
            )
        # The hash is not worked out again: a later schema fills in defaults that this bundle did not name.
        try:
            return self._from_json(documents[0])
        except ValueError:
            raise ServiceFailure(
                FailureCode.MALFORMED, SYSTEM, "a stored policy bundle does not fit this version's schema"
            ) from None
