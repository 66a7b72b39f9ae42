"""The step that finds out who is already known."""

from temporalio import activity

from contracts.matching import FindMatchesInput, MatchCandidates
from contracts.ports import Arrivals, Crm, PolicyLibrary


class MatchingActivities:
    """Claims the lead's identities as in flight (keyed by lead id) and reads the CRM."""

    def __init__(self, crm: Crm, arrivals: Arrivals, policies: PolicyLibrary) -> None:
        self._crm = crm
        self._arrivals = arrivals
        self._policies = policies

    @activity.defn
    async def find_matches(self, request: FindMatchesInput) -> MatchCandidates:
        """Returns contacts, the account and open runs that could be the same.

        Raises:
            UNREACHABLE, UNAVAILABLE, TIMED_OUT, RATE_LIMITED: the CRM or the store does not answer.
            POLICY_UNKNOWN: the pinned bundle is gone.
        """
        bundle = await self._policies.load(request.policy_hash)
        # Claimed before the CRM is read: of two runs for one person, at least the later sees the other.
        arrivals = await self._arrivals.register(
            request, bundle.assessment.spam.arrival_window.total_seconds()
        )
        account = await self._crm.find_account(request.company_domain) if request.company_domain else None
        return MatchCandidates(
            contacts=await self._crm.find_contacts(request),
            account=account,
            in_flight=arrivals.in_flight,
            recent_arrivals=arrivals.recent_arrivals,
        )
