"""What an onboarding run makes in other systems for its customer, step by step of its plan."""

from temporalio import workflow

from workflows import options
from workflows.account_records import AccountRecords
from workflows.customer_letters import CustomerLetters
from workflows.effects import Effects
from workflows.handover import Handover
from workflows.kickoff import Kickoff
from workflows.known import known
from workflows.onboarding_file import OnboardingFile
from workflows.parallel import in_parallel
from workflows.plan_walk import walk
from workflows.progress import Progress
from workflows.steps import Steps
from workflows.value_check import ValueCheck

with workflow.unsafe.imports_passed_through():
    from activities.accounts import AccountActivities
    from activities.billing import BillingActivities
    from activities.provisioning import ProvisioningActivities
    from contracts.accounts import AccountStage, CrmAccount, MoveAccountInput, OpenAccountInput
    from contracts.billing import OpenBillingCustomerInput, StartSubscriptionInput
    from contracts.names import Step
    from contracts.onboarding_plan import OnboardingStep, PlannedStep
    from contracts.provisioning import CreateWorkspaceInput, InviteAdminInput
    from rules.onboarding_plan import instant_after


class OnboardingEffects:
    """Takes the steps of a plan, as a saga."""

    def __init__(self, file: OnboardingFile, progress: Progress, steps: Steps, effects: Effects) -> None:
        self._file = file
        self._effects = effects
        self._billing_customer_id: str | None = None
        self.letters = CustomerLetters(file, effects)
        self.records = AccountRecords(file, effects)
        self._take = {
            OnboardingStep.OPEN_ACCOUNT: self._open_account,
            OnboardingStep.OPEN_BILLING_CUSTOMER: self._open_billing_customer,
            OnboardingStep.START_SUBSCRIPTION: self._start_subscription,
            OnboardingStep.CREATE_WORKSPACE: self._create_workspace,
            OnboardingStep.INVITE_ADMIN: self._invite_admin,
            OnboardingStep.ARRANGE_KICKOFF: Kickoff(file, progress, steps, effects, self.letters).arrange,
            OnboardingStep.SEND_WELCOME: self.letters.welcome,
            OnboardingStep.ASSIGN_TASKS: self._assign_tasks,
            OnboardingStep.HAND_OVER: Handover(file, progress, steps, self.records).hand_over,
            OnboardingStep.ACTIVATE_ACCOUNT: self._activate_account,
            OnboardingStep.CONFIRM_FIRST_VALUE: ValueCheck(file, progress, steps, self.records).confirm,
        }

    async def make(self) -> None:
        """Walks the plan to its end."""
        await walk(self._file.plan.steps, self._taken)

    async def _taken(self, planned: PlannedStep) -> None:
        self._file.begun[planned.step] = workflow.now()
        await self._take[planned.step]()
        self._file.done[planned.step] = workflow.now()

    @property
    def _account(self) -> CrmAccount:
        return known(self._file.account, "the account")

    async def _open_account(self) -> None:
        order, details = self._file.order, self._file.details
        self._file.account = await self._effects.required(
            Step.OPEN_ACCOUNT,
            lambda key: workflow.execute_activity_method(
                AccountActivities.open_account,
                OpenAccountInput(
                    key=key,
                    customer_id=order.customer_id,
                    company=known(details.company, "the company"),
                    company_domain=details.company_domain,
                    country=details.country,
                    owner_id=self._file.plan.success_owner_id,
                    contact_id=order.contact_id,
                    work_id=order.work_id,
                ),
                **options.CRM_WRITE,
                summary="Open the account",
            ),
            lambda account: account.id,
        )

    async def _activate_account(self) -> None:
        await self._effects.required(
            Step.MOVE_ACCOUNT,
            lambda key: workflow.execute_activity_method(
                AccountActivities.move_account,
                MoveAccountInput(key=key, account_id=self._account.id, stage=AccountStage.LIVE),
                **options.CRM_WRITE,
                summary="The account is live",
            ),
            lambda account: account.id,
        )

    async def _open_billing_customer(self) -> None:
        order, details = self._file.order, self._file.details
        customer = await self._effects.required(
            Step.OPEN_BILLING_CUSTOMER,
            lambda key: workflow.execute_activity_method(
                BillingActivities.open_billing_customer,
                OpenBillingCustomerInput(
                    key=key,
                    customer_id=order.customer_id,
                    company=known(details.company, "the company"),
                    contact=known(details.billing_contact, "the billing contact"),
                    address=known(details.billing_address, "the billing address"),
                    tax_id=details.tax_id,
                ),
                **options.BILL,
                summary="Open the billing customer",
            ),
            lambda customer: customer.id,
        )
        self._billing_customer_id = customer.id

    async def _start_subscription(self) -> None:
        details = self._file.details
        await self._effects.required(
            Step.START_SUBSCRIPTION,
            lambda key: workflow.execute_activity_method(
                BillingActivities.start_subscription,
                StartSubscriptionInput(
                    key=key,
                    billing_customer_id=known(self._billing_customer_id, "the billing customer"),
                    plan=known(details.plan, "the plan"),
                    seats=known(details.seats, "the seats"),
                    value=details.value,
                    currency=details.currency,
                    discount_percent=details.discount_percent,
                ),
                **options.BILL,
                summary=f"Start the subscription: {details.plan}",
            ),
            lambda subscription: subscription.id,
        )

    async def _create_workspace(self) -> None:
        order, details = self._file.order, self._file.details
        workspace = await self._effects.required(
            Step.CREATE_WORKSPACE,
            lambda key: workflow.execute_activity_method(
                ProvisioningActivities.create_workspace,
                CreateWorkspaceInput(
                    key=key,
                    customer_id=order.customer_id,
                    name=known(details.company, "the company"),
                    region=known(details.region, "the region"),
                    plan=known(details.plan, "the plan"),
                    seats=known(details.seats, "the seats"),
                ),
                **options.PROVISION,
                summary=f"Create the workspace in {details.region}",
            ),
            lambda workspace: workspace.id,
        )
        self._file.workspace_id = workspace.id

    async def _invite_admin(self) -> None:
        await self._effects.required(
            Step.INVITE_ADMIN,
            lambda key: workflow.execute_activity_method(
                ProvisioningActivities.invite_admin,
                InviteAdminInput(
                    key=key,
                    workspace_id=known(self._file.workspace_id, "the workspace"),
                    admin=known(self._file.details.technical_contact, "the technical contact"),
                ),
                **options.PROVISION,
                summary="Invite the first administrator",
            ),
            lambda invitation: invitation.id,
        )

    async def _assign_tasks(self) -> None:
        now, clock = workflow.now(), self._file.plan.clock
        await in_parallel(
            *(
                self.records.task(
                    task.subject, task.owner_id, task.id, instant_after(clock, now, task.due_after)
                )
                for task in self._file.plan.tasks
            )
        )
