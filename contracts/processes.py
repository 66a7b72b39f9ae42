"""Every process there is, by its declaration: the one list that docs, commands and tests go by."""

from collections.abc import Mapping

from contracts.access_request import ACCESS_REQUEST
from contracts.approval import APPROVAL
from contracts.follow_through import LEAD_FOLLOW_THROUGH
from contracts.lead_intake import LEAD_INTAKE
from contracts.names import Process
from contracts.onboarding_states import CUSTOMER_ONBOARDING
from contracts.states import ProcessDeclaration

PROCESSES: tuple[ProcessDeclaration, ...] = (
    LEAD_INTAKE,
    LEAD_FOLLOW_THROUGH,
    APPROVAL,
    CUSTOMER_ONBOARDING,
    ACCESS_REQUEST,
)
"""In the order in which people meet them."""

PROCESS_BY_NAME: Mapping[Process, ProcessDeclaration] = {declared.process: declared for declared in PROCESSES}
"""The declaration of each process."""
