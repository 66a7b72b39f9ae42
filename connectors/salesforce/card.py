"""What the connector to Salesforce promises."""

from connectors.card import ConnectorCard, Operation
from connectors.remote_crm.records import UNDO_WINDOW
from connectors.salesforce.opening import outside

_NO_COMPARE = "no versions are compared: somebody else's edit between our read and our write is overwritten"
_BY_HAND = (
    "Salesforce makes no address unique: a contact that somebody enters by hand at the same moment is doubled"
)

CARD = ConnectorCard(
    name="salesforce",
    port="crm",
    system="Salesforce REST API v68.0",
    operations=(
        Operation("find_contacts, find_account", "reads only, up to five queries in one call", "none"),
        Operation(
            "create_lead_records",
            "contact and company by unique external ids, deal and ticket by external-id upsert",
            _BY_HAND,
        ),
        Operation("delete_lead_records", "our memory, else the mark on the records", UNDO_WINDOW),
        Operation("create_task, create_note", "external-id upsert", "none"),
        Operation("delete_task, delete_note", "deleted by id, or found by the external id", "none"),
        Operation("assign_owner", "the same values written again", "none"),
        Operation("move_stage, update_contact", "our version of the fields; one worker at once", _NO_COMPARE),
        Operation("open_account", "unique customer id; one worker at a time", _NO_COMPARE),
        Operation("move_account", "one worker at once; the account carries the key of its move", _NO_COMPARE),
        Operation("close_account, return_account", "our memory, else the mark on the account", "none"),
    ),
    rate_limit="100,000 calls in 24 h and 1,000 (Enterprise) to 5,000 (Unlimited) more for each user",
    scopes="a connected app with client credentials and the scope api; its user edits the mapped objects",
    not_established=(
        "nothing of this was shown to a live org; whether a custom field of Task can be a unique external id "
        "(if it cannot, map task to an object of your own); whether an org's duplicate rules refuse contacts "
        "(then DUPLICATES_DETECTED is a CONFLICT for a person). Leads are never converted: REST has no way."
    ),
    outside=outside,
)
