"""What an onboarding run writes to its customer."""

from temporalio import workflow

from workflows import options
from workflows.effects import Effects
from workflows.known import known
from workflows.onboarding_file import OnboardingFile

with workflow.unsafe.imports_passed_through():
    from activities.correspondence import CorrespondenceActivities
    from contracts.messages import MessageKind
    from contracts.names import Step
    from contracts.notices import MessageCustomerInput
    from contracts.scheduling import SlotOffer

NOTHING_OFFERED = SlotOffer()


class CustomerLetters:
    """Writes to the customer's technical contact, who is their first administrator."""

    def __init__(self, file: OnboardingFile, effects: Effects) -> None:
        self._file = file
        self._effects = effects

    async def offer(self, offered: SlotOffer, round_number: int) -> None:
        """Offers times for the kickoff."""
        await self._write(MessageKind.CUSTOMER_KICKOFF_OFFER, str(round_number), offered)

    async def welcome(self) -> None:
        """Welcomes them, once their workspace is there."""
        await self._write(MessageKind.CUSTOMER_WELCOME)

    async def withdraw(self) -> None:
        """Takes back what was written before, if anything was."""
        if self._file.customer_told:
            await self._write(MessageKind.CUSTOMER_WITHDRAWN)

    async def _write(
        self, kind: MessageKind, occasion: str = "1", offered: SlotOffer = NOTHING_OFFERED
    ) -> None:
        file, details, plan = self._file, self._file.details, self._file.plan
        file.customer_told = True
        await self._effects.optional(
            Step.MESSAGE_CUSTOMER,
            lambda key: workflow.execute_activity_method(
                CorrespondenceActivities.message_customer,
                MessageCustomerInput(
                    key=key,
                    workflow_id=workflow.info().workflow_id,
                    policy_hash=plan.pin.hash,
                    kind=kind,
                    again=occasion != "1",
                    recipient=known(details.technical_contact, "the technical contact"),
                    company=known(details.company, "the company"),
                    sender_id=plan.success_owner_id,
                    plan=details.plan,
                    slots=offered.slots,
                    zone=details.zone or "UTC",
                    booking_link=offered.booking_link,
                ),
                **options.NOTIFY_PERSON,
                summary=f"To the customer: {kind}",
            ),
            lambda delivery: delivery.message_id,
            occasion=f"{kind}-{occasion}",
        )
