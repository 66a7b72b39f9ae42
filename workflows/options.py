"""Every timeout, retry policy and task queue, named by intent.

The failure table (`policies/failures.yaml`) says how long a step is tried, a day at most; `schedule_to_close`
ends what reaches no worker for longer. `start_to_close` is close to what one call takes, because a killed
worker is noticed only then; the retry policy spaces the attempts that died with their worker.
"""

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy, WorkflowIDReusePolicy
from temporalio.workflow import ParentClosePolicy

from contracts.names import Step, TaskQueue
from contracts.steps import LONGEST_RETRY, longest_retry


class LocalActivityOption(TypedDict):
    """What an option fixes for a local activity; the SDK's own config would fix the summary as well."""

    start_to_close_timeout: timedelta
    schedule_to_close_timeout: timedelta
    retry_policy: RetryPolicy


class ActivityOption(LocalActivityOption):
    """What an option fixes for an activity."""

    task_queue: str


class ChildOption(TypedDict):
    """What an option fixes for a child workflow."""

    task_queue: str
    id_reuse_policy: WorkflowIDReusePolicy
    parent_close_policy: ParentClosePolicy


_A_DAY = LONGEST_RETRY + timedelta(hours=1)
"""More than the table may say, so that the table is asked first."""

_PATIENT = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(seconds=60)
)

DECIDE = LocalActivityOption(
    start_to_close_timeout=timedelta(seconds=5),
    schedule_to_close_timeout=_A_DAY,
    retry_policy=RetryPolicy(
        initial_interval=timedelta(milliseconds=200),
        backoff_coefficient=2.0,
        maximum_interval=timedelta(seconds=20),
    ),
)
"""A decision over the pinned policy; only the bundle's first load touches the store."""

DECIDE_ASIDE = ActivityOption(task_queue=TaskQueue.DECISIONS, **DECIDE)
"""A decision taken while other steps of the run are under way, for example in a handler.

A local activity may not run then: with SDK 1.35, a query that arrives meanwhile can split the workflow task
so that its replay orders the results differently, and the run is stuck (`docs/adr/0004`).
"""

CRM_READ = ActivityOption(
    task_queue=TaskQueue.CRM,
    start_to_close_timeout=timedelta(seconds=10),
    schedule_to_close_timeout=_A_DAY,
    retry_policy=_PATIENT,
)

CRM_WRITE = ActivityOption(
    task_queue=TaskQueue.CRM,
    start_to_close_timeout=timedelta(seconds=10),
    schedule_to_close_timeout=_A_DAY,
    retry_policy=_PATIENT,
)

BILL = ActivityOption(
    task_queue=TaskQueue.BILLING,
    start_to_close_timeout=timedelta(seconds=15),
    schedule_to_close_timeout=_A_DAY,
    retry_policy=_PATIENT,
)

PROVISION = ActivityOption(
    task_queue=TaskQueue.PROVISIONING,
    start_to_close_timeout=timedelta(seconds=30),
    schedule_to_close_timeout=_A_DAY,
    retry_policy=_PATIENT,
)

SCHEDULE = ActivityOption(
    task_queue=TaskQueue.SCHEDULING,
    start_to_close_timeout=timedelta(seconds=15),
    schedule_to_close_timeout=_A_DAY,
    retry_policy=_PATIENT,
)

GRANT = ActivityOption(
    task_queue=TaskQueue.PROVISIONING,
    start_to_close_timeout=timedelta(seconds=15),
    schedule_to_close_timeout=_A_DAY,
    retry_policy=_PATIENT,
)

CLASSIFY = ActivityOption(
    task_queue=TaskQueue.AI,
    start_to_close_timeout=timedelta(seconds=30),
    schedule_to_close_timeout=longest_retry(Step.CLASSIFY_LEAD) + timedelta(minutes=1),
    retry_policy=_PATIENT,
)
"""A quarter of an hour: a lead waits no longer for a model that no worker asks."""

READ_BY_WORDS = ActivityOption(
    task_queue=TaskQueue.DECISIONS,
    start_to_close_timeout=timedelta(seconds=10),
    schedule_to_close_timeout=timedelta(minutes=15),
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=3),
)
"""What stands in for the classifier is our own code: what fails thrice will go on failing."""

ALLOCATE = LocalActivityOption(
    start_to_close_timeout=timedelta(seconds=10),
    schedule_to_close_timeout=_A_DAY,
    retry_policy=RetryPolicy(
        initial_interval=timedelta(milliseconds=500),
        backoff_coefficient=2.0,
        maximum_interval=timedelta(seconds=60),
    ),
)
"""A decision with a memory, in our own store: local, so that it costs no round trip."""

RECORD = ActivityOption(
    task_queue=TaskQueue.DECISIONS,
    start_to_close_timeout=timedelta(seconds=10),
    schedule_to_close_timeout=_A_DAY,
    retry_policy=_PATIENT,
)
"""Our own ledger: it is waited for, since nothing may end unrecorded."""

NOTIFY_PERSON = ActivityOption(
    task_queue=TaskQueue.NOTIFY,
    start_to_close_timeout=timedelta(seconds=15),
    schedule_to_close_timeout=_A_DAY,
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=2), backoff_coefficient=2.0, maximum_interval=timedelta(minutes=5)
    ),
)

SWEEP_LIMBO = ActivityOption(
    task_queue=TaskQueue.NOTIFY,
    start_to_close_timeout=timedelta(seconds=60),
    schedule_to_close_timeout=timedelta(minutes=10),
    retry_policy=_PATIENT,
)
"""A page of findings and the messages about them; the next sweep comes anyway."""

COMPARE_CRM_MAPPING = ActivityOption(
    task_queue=TaskQueue.CRM,
    start_to_close_timeout=timedelta(seconds=60),
    schedule_to_close_timeout=timedelta(minutes=10),
    retry_policy=_PATIENT,
)
"""A schema is a call for each object; the next comparison comes anyway."""

TELL_CRM_DRIFT = ActivityOption(
    task_queue=TaskQueue.NOTIFY,
    start_to_close_timeout=timedelta(seconds=15),
    schedule_to_close_timeout=timedelta(minutes=10),
    retry_policy=_PATIENT,
)
"""Whoever is not told by then is told by the next comparison."""

KEEP_INBOX = ActivityOption(
    task_queue=TaskQueue.NOTIFY,
    start_to_close_timeout=timedelta(seconds=10),
    schedule_to_close_timeout=_A_DAY,
    retry_policy=_PATIENT,
)

UNDO = LocalActivityOption(
    start_to_close_timeout=timedelta(seconds=15),
    schedule_to_close_timeout=_A_DAY,
    retry_policy=_PATIENT,
)
"""Giving up on an undo is a person's decision, so it is tried for a day; the queue is that of its step."""

UNDO_CRM = ActivityOption(task_queue=TaskQueue.CRM, **UNDO)
UNDO_ALLOCATION = ActivityOption(task_queue=TaskQueue.DECISIONS, **UNDO)
UNDO_DRAFT = ActivityOption(task_queue=TaskQueue.NOTIFY, **UNDO)
UNDO_BILLING = ActivityOption(task_queue=TaskQueue.BILLING, **UNDO)
UNDO_PROVISIONING = ActivityOption(task_queue=TaskQueue.PROVISIONING, **UNDO)
UNDO_SCHEDULING = ActivityOption(task_queue=TaskQueue.SCHEDULING, **UNDO)

ASK_PEOPLE = ChildOption(
    task_queue=TaskQueue.WORKFLOWS,
    # A reset of the asking run asks again under the same id.
    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
    # Not terminated: an approval that ends must take itself out of the inbox.
    parent_close_policy=ParentClosePolicy.REQUEST_CANCEL,
)
"""An approval ends with the run that asked."""

FOLLOW_THROUGH = ChildOption(
    task_queue=TaskQueue.WORKFLOWS,
    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
    parent_close_policy=ParentClosePolicy.ABANDON,
)
"""Lives on after intake has handed over."""

ONBOARDING = ChildOption(
    task_queue=TaskQueue.WORKFLOWS,
    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
    parent_close_policy=ParentClosePolicy.ABANDON,
)
"""Lives on after the follow-through of the deal has closed; a deal is onboarded once."""

REOPENED_FOR = timedelta(minutes=1)
"""How long a run that was reopened for a late outcome waits for it before it closes again."""
