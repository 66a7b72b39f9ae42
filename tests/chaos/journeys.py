"""Who comes in: leads, customers and people who want access, each unlike any other."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

from contracts.access_request import AccessRequest, AccessRequestState
from contracts.follow_through import FollowThroughState
from contracts.ids import (
    access_request_workflow_id,
    follow_through_workflow_id,
    intake_workflow_id,
    onboarding_workflow_id,
)
from contracts.lead import ContactDetails, LeadSubmission
from contracts.lead_intake import IntakeState
from contracts.onboarding_states import OnboardingState
from contracts.order import OnboardingOrder, PartyContact
from rules.identity import lead_id_for, onboarding_id_for
from starters.doors import Doors
from tests.chaos.policies import HOSTS, LONG_WATCHED
from tests.workflows.onboarding import COMPLETE

SELLER = "p-tomas"
ASKER = "p-tomas"


class Journey(StrEnum):
    """A way through the processes, from a door to an end."""

    LEAD = "lead"
    """Handed over, taken up by nobody, given to another, escalated, closed."""
    ONBOARDING = "onboarding"
    LEAD_UNDONE = "lead undone"
    """Its decision cannot be recorded; somebody gives up on it once everything has been made."""
    ONBOARDING_CALLED_OFF = "onboarding called off"
    """By the customer, once everything has been made."""
    ACCESS = "access"


CONTINUES: dict[Journey, Journey] = {
    Journey.LEAD_UNDONE: Journey.LEAD,
    Journey.ONBOARDING_CALLED_OFF: Journey.ONBOARDING,
}
"""Ways that begin as another does, so that only what comes after is their own."""


@dataclass(frozen=True)
class Guest:
    """One who comes in."""

    journey: Journey
    number: int
    name: str
    """The id of the lead, the order or the request."""
    asks: LeadSubmission | OnboardingOrder | AccessRequest

    @property
    def ends(self) -> dict[str, str]:
        """In which state each of their runs ends, by workflow id."""
        match self.journey:
            case Journey.LEAD:
                return {
                    intake_workflow_id(self.name): IntakeState.HANDED_OVER,
                    follow_through_workflow_id(self.name): FollowThroughState.CLOSED,
                }
            case Journey.LEAD_UNDONE:
                return {intake_workflow_id(self.name): IntakeState.UNDONE}
            case Journey.ONBOARDING:
                return {onboarding_workflow_id(self.name): OnboardingState.ONBOARDED}
            case Journey.ONBOARDING_CALLED_OFF:
                return {onboarding_workflow_id(self.name): OnboardingState.CANCELLED}
            case Journey.ACCESS:
                return {access_request_workflow_id(self.name): AccessRequestState.ENDED}

    async def come_in(self, doors: Doors) -> None:
        """Knocks at the door; the same guest may do so twice."""
        match self.asks:
            case LeadSubmission():
                await doors.start_lead(self.asks)
            case OnboardingOrder():
                await doors.onboarding.start(self.asks)
            case AccessRequest():
                await doors.access.request(self.asks)


def guest(journey: Journey, number: int) -> Guest:
    """A guest like no other of that number."""
    match journey:
        case Journey.LEAD | Journey.LEAD_UNDONE:
            lead = a_lead(number)
            return Guest(journey, number, lead_id_for(lead), lead)
        case Journey.ONBOARDING | Journey.ONBOARDING_CALLED_OFF:
            order = an_order(number, LONG_WATCHED if journey is Journey.ONBOARDING_CALLED_OFF else "team")
            return Guest(journey, number, onboarding_id_for(order), order)
        case Journey.ACCESS:
            request = an_access_request(number)
            return Guest(journey, number, request.request_id, request)


def a_lead(number: int) -> LeadSubmission:
    """A sales lead of somebody new, with a name that is like nobody else's."""
    word = _word(number)
    return LeadSubmission(
        received_at=datetime.now(UTC),
        event_id=f"event-{number}",
        source="website",
        service_interest="consulting",
        contact=ContactDetails(
            name=f"{word[:8].title()} {word[8:16].title()}",
            email=f"{word[:8]}@{word[16:28]}.example",
            company=f"{word[16:28].title()}",
        ),
    )


def an_order(number: int, plan: str = "team") -> OnboardingOrder:
    """A complete order of a customer like no other, on terms that need nobody's agreement."""
    domain = f"customer-{number}.example"
    details = {
        "company": f"Customer {number}",
        "company_domain": domain,
        "contract_reference": f"C-{number}",
        "plan": plan,
        "region": list(HOSTS)[number % len(HOSTS)],
        "billing_contact": PartyContact(name="Bill Payer", email=f"billing@{domain}"),
        "technical_contact": PartyContact(name="Tess Admin", email=f"tess@{domain}"),
    }
    return OnboardingOrder(
        customer_id=f"cust-{number}",
        seller_id=SELLER,
        ordered_at=datetime.now(UTC),
        details=COMPLETE.model_copy(update=details),
    )


def an_access_request(number: int) -> AccessRequest:
    """A role that nobody else has."""
    return AccessRequest(
        request_id=f"access-{number}",
        person_id=ASKER,
        system="reporting",
        role=f"reader-{number}",
        reason="To see how it goes",
        requested_at=datetime.now(UTC),
    )


def _word(number: int) -> str:
    """Letters without a likeness to those of another number."""
    digest = sha256(str(number).encode()).hexdigest()
    return "".join(chr(ord("a") + int(digest[at : at + 2], 16) % 26) for at in range(0, 64, 2))
