"""Typed search attribute keys. Never personal data: the server does not encrypt them."""

from temporalio.common import SearchAttributeKey

from contracts.names import SearchAttribute

LANE = SearchAttributeKey.for_keyword(SearchAttribute.LANE)
STAGE = SearchAttributeKey.for_keyword(SearchAttribute.STAGE)
LEAD_PATH = SearchAttributeKey.for_keyword(SearchAttribute.LEAD_PATH)
LEAD_SOURCE = SearchAttributeKey.for_keyword(SearchAttribute.LEAD_SOURCE)
OWNER_ID = SearchAttributeKey.for_keyword(SearchAttribute.OWNER_ID)
STATE_SINCE = SearchAttributeKey.for_datetime(SearchAttribute.STATE_SINCE)
DUE_AT = SearchAttributeKey.for_datetime(SearchAttribute.DUE_AT)
POLICY_HASH = SearchAttributeKey.for_keyword(SearchAttribute.POLICY_HASH)
PARKED_CAUSE = SearchAttributeKey.for_keyword(SearchAttribute.PARKED_CAUSE)
PARKED_SINCE = SearchAttributeKey.for_datetime(SearchAttribute.PARKED_SINCE)
