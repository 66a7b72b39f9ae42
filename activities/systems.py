"""Which system each activity speaks to."""

from collections.abc import Mapping

from contracts.names import System

SYSTEM_OF: Mapping[str, System] = {
    **dict.fromkeys(
        (
            "find_matches",
            "create_lead_records",
            "delete_lead_records",
            "create_task",
            "delete_task",
            "create_note",
            "delete_note",
            "assign_owner",
            "move_stage",
            "read_deal",
            "open_account",
            "close_account",
            "move_account",
            "return_account",
            "compare_crm_mapping",
        ),
        System.CRM,
    ),
    **dict.fromkeys(("read_agreement",), System.AGREEMENTS),
    **dict.fromkeys(("classify_lead", "summarise_transcript"), System.CLASSIFIER),
    **dict.fromkeys(
        (
            "notify_owner",
            "notify_person",
            "save_follow_up_draft",
            "discard_follow_up_draft",
            "message_customer",
        ),
        System.MESSAGES,
    ),
    **dict.fromkeys(
        (
            "check_billing",
            "open_billing_customer",
            "close_billing_customer",
            "start_subscription",
            "cancel_subscription",
        ),
        System.BILLING,
    ),
    **dict.fromkeys(
        (
            "check_provisioning",
            "create_workspace",
            "delete_workspace",
            "invite_admin",
            "revoke_invitation",
            "read_usage",
        ),
        System.PROVISIONING,
    ),
    **dict.fromkeys(("grant_access", "revoke_access"), System.ACCESS),
    **dict.fromkeys(("find_slots", "book_kickoff", "cancel_kickoff"), System.SCHEDULING),
}
"""By the activity's name. What is not here asks our own store, our own code or the pinned policy: where that
is away, there is nobody to be spared."""
