"""The step that asks the CRM whether it can still hold what the policy maps to it."""

from temporalio import activity

from contracts.crm_drift import CompareCrmMappingInput, CrmMappingCompared
from contracts.ports import Crm, PolicyLibrary
from rules.crm_drift import drift
from rules.limbo import desk_of


class CrmMappingActivities:
    """Reads the CRM's schema and changes nothing.

    Args:
        crm: the CRM.
        name: its name in the settings, which is that of its part in crm.yaml.
        policies: hold the mapping.
    """

    def __init__(self, crm: Crm, name: str, policies: PolicyLibrary) -> None:
        self._crm = crm
        self._name = name
        self._policies = policies

    @activity.defn
    async def compare_crm_mapping(self, question: CompareCrmMappingInput) -> CrmMappingCompared:
        """Compares field by field; a CRM that needs no mapping is not asked, since nothing can drift there.

        Raises UNAVAILABLE, RATE_LIMITED, TIMED_OUT, UNREACHABLE to be retried; FORBIDDEN, REJECTED, MALFORMED
        for good.
        """
        policy_hash = question.policy_hash or (await self._policies.pin_active()).hash
        bundle = await self._policies.load(policy_hash)
        mapping = bundle.crm.get(self._name)
        return CrmMappingCompared(
            crm=self._name,
            policy_hash=policy_hash,
            operator_id=desk_of(bundle),
            drift=drift(mapping, await self._crm.describe()) if mapping else (),
        )
