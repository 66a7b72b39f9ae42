"""Names that Temporal and its operators see: task queues, search attributes, process names."""

from enum import StrEnum


class TaskQueue(StrEnum):
    """One queue per kind of work, so that each is scaled and rate-limited alone."""

    WORKFLOWS = "workflows"
    DECISIONS = "decisions"
    """Allocation and the ledger: our own store."""
    CRM = "crm"
    AI = "ai"
    NOTIFY = "notify"
    BILLING = "billing"
    PROVISIONING = "provisioning"
    SCHEDULING = "scheduling"


class System(StrEnum):
    """The systems that steps speak to; each is left alone for a while when it fails too often."""

    CRM = "crm"
    AGREEMENTS = "agreements"
    CLASSIFIER = "classifier"
    MESSAGES = "messages"
    BILLING = "billing"
    PROVISIONING = "provisioning"
    ACCESS = "access"
    SCHEDULING = "scheduling"


class SearchAttribute(StrEnum):
    """Typed search attributes; never personal data, since the server does not encrypt them."""

    LANE = "Lane"
    STAGE = "Stage"
    LEAD_PATH = "LeadPath"
    LEAD_SOURCE = "LeadSource"
    OWNER_ID = "OwnerId"
    DUE_AT = "DueAt"
    STATE_SINCE = "StateSince"
    POLICY_HASH = "PolicyHash"
    PARKED_CAUSE = "ParkedCause"
    """Why the first of the parked steps is parked (`rules/parking.py`); unset while none is."""
    PARKED_SINCE = "ParkedSince"


SEARCH_ATTRIBUTE_TYPES: dict[SearchAttribute, str] = {
    SearchAttribute.LANE: "Keyword",
    SearchAttribute.STAGE: "Keyword",
    SearchAttribute.LEAD_PATH: "Keyword",
    SearchAttribute.LEAD_SOURCE: "Keyword",
    SearchAttribute.OWNER_ID: "Keyword",
    SearchAttribute.DUE_AT: "Datetime",
    SearchAttribute.STATE_SINCE: "Datetime",
    SearchAttribute.POLICY_HASH: "Keyword",
    SearchAttribute.PARKED_CAUSE: "Keyword",
    SearchAttribute.PARKED_SINCE: "Datetime",
}
"""The server-side type of each attribute, as the `temporal` command spells it."""


class Patch(StrEnum):
    """Ids of changes that open runs must not see; each stays as long as a run from before can be open."""

    PARK_FAILED_UNDOS = "2026-11-park-failed-undos"
    PARK_LOST_APPROVALS = "2026-11-park-lost-approvals"
    ONBOARD_WON_DEALS = "2026-11-onboard-won-deals"
    AWAIT_DETAILS_IN_HAND = "2026-11-await-details-in-hand"
    AWAIT_AMENDMENT_IN_HAND = "2026-11-await-amendment-in-hand"


class Process(StrEnum):
    """The processes; also the first part of their workflow ids."""

    LEAD_INTAKE = "lead-intake"
    LEAD_FOLLOW_THROUGH = "lead-follow-through"
    APPROVAL = "approval"
    CUSTOMER_ONBOARDING = "customer-onboarding"
    ACCESS_REQUEST = "access-request"


class Step(StrEnum):
    """Every step that can fail, by the name that operators and `policies/failures.yaml` use.

    The activity that takes a step bears its name.
    """

    ASSESS_LEAD = "assess_lead"
    PLAN_DETAILS = "plan_details"
    FIND_MATCHES = "find_matches"
    JUDGE_MATCH = "judge_match"
    CLASSIFY_LEAD = "classify_lead"
    SUMMARISE_TRANSCRIPT = "summarise_transcript"
    ROUTE_LEAD = "route_lead"
    ALLOCATE_OWNER = "allocate_owner"
    CREATE_LEAD_RECORDS = "create_lead_records"
    CREATE_TASK = "create_task"
    CREATE_NOTE = "create_note"
    NOTIFY_OWNER = "notify_owner"
    NOTIFY_PERSON = "notify_person"
    SAVE_FOLLOW_UP_DRAFT = "save_follow_up_draft"
    RECORD_DECISION = "record_decision"
    PLAN_FOLLOW_THROUGH = "plan_follow_through"
    ASSIGN_OWNER = "assign_owner"
    MOVE_STAGE = "move_stage"
    RECORD_OUTCOME = "record_outcome"
    ASK_APPROVAL = "ask_approval"
    READ_DEAL = "read_deal"
    PLAN_ONBOARDING = "plan_onboarding"
    CHECK_PREREQUISITES = "check_prerequisites"
    CHECK_BILLING = "check_billing"
    CHECK_PROVISIONING = "check_provisioning"
    READ_AGREEMENT = "read_agreement"
    JUDGE_TERMS = "judge_terms"
    OPEN_ACCOUNT = "open_account"
    MOVE_ACCOUNT = "move_account"
    OPEN_BILLING_CUSTOMER = "open_billing_customer"
    START_SUBSCRIPTION = "start_subscription"
    CREATE_WORKSPACE = "create_workspace"
    INVITE_ADMIN = "invite_admin"
    FIND_SLOTS = "find_slots"
    BOOK_KICKOFF = "book_kickoff"
    MESSAGE_CUSTOMER = "message_customer"
    READ_USAGE = "read_usage"
    RECORD_ONBOARDING = "record_onboarding"
    JUDGE_ACCESS = "judge_access"
    GRANT_ACCESS = "grant_access"
    REVOKE_ACCESS = "revoke_access"
