"""Everything that runs, and on which task queue: the one answer to "why is it running?"."""

from collections.abc import Mapping

from activities.access import AccessActivities
from activities.accounts import AccountActivities
from activities.agreements import AgreementActivities
from activities.allocation import AllocationActivities
from activities.approvals import ApprovalActivities
from activities.billing import BillingActivities
from activities.correspondence import CorrespondenceActivities
from activities.crm import CrmActivities
from activities.crm_mapping import CrmMappingActivities
from activities.decisions import DecisionActivities
from activities.ledger import LedgerActivities
from activities.limbo import LimboActivities
from activities.matching import MatchingActivities
from activities.notifications import NotificationActivities
from activities.provisioning import ProvisioningActivities
from activities.reading import ReadingActivities, StandInReadingActivities
from activities.scheduling import SchedulingActivities
from contracts.names import TaskQueue
from workflows.access_request import AccessRequestWorkflow
from workflows.approval import ApprovalWorkflow
from workflows.crm_drift_watch import CrmDriftWatchWorkflow
from workflows.customer_onboarding import CustomerOnboardingWorkflow
from workflows.lead_follow_through import LeadFollowThroughWorkflow
from workflows.lead_intake import LeadIntakeWorkflow
from workflows.limbo_watch import LimboWatchWorkflow

WORKFLOWS: tuple[type, ...] = (
    LeadIntakeWorkflow,
    LeadFollowThroughWorkflow,
    ApprovalWorkflow,
    CustomerOnboardingWorkflow,
    AccessRequestWorkflow,
    LimboWatchWorkflow,
    CrmDriftWatchWorkflow,
)
"""All run on the queue `workflows`."""

LOCAL_ACTIVITY_CLASSES: tuple[type, ...] = (DecisionActivities, AllocationActivities)
"""Run inside a workflow task, so the workers of the queue `workflows` hold them."""

ACTIVITY_CLASSES_BY_QUEUE: Mapping[TaskQueue, tuple[type, ...]] = {
    TaskQueue.WORKFLOWS: (),
    TaskQueue.DECISIONS: (
        DecisionActivities,
        AllocationActivities,
        LedgerActivities,
        StandInReadingActivities,
    ),
    TaskQueue.CRM: (
        MatchingActivities,
        CrmActivities,
        CrmMappingActivities,
        AccountActivities,
        AgreementActivities,
    ),
    TaskQueue.AI: (ReadingActivities,),
    TaskQueue.NOTIFY: (
        NotificationActivities,
        ApprovalActivities,
        CorrespondenceActivities,
        LimboActivities,
    ),
    TaskQueue.BILLING: (BillingActivities,),
    TaskQueue.PROVISIONING: (ProvisioningActivities, AccessActivities),
    TaskQueue.SCHEDULING: (SchedulingActivities,),
}
"""The queue of an activity class is where `workflows/options.py` sends its activities. A class with a local
activity and an undo stands here too."""

ACTIVITY_CLASSES: tuple[type, ...] = tuple(
    dict.fromkeys(
        (
            *LOCAL_ACTIVITY_CLASSES,
            *(cls for classes in ACTIVITY_CLASSES_BY_QUEUE.values() for cls in classes),
        )
    )
)
