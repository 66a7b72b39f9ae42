"""What the connector to Tryton promises."""

from connectors.card import ConnectorCard, Operation
from connectors.remote_crm.records import UNDO_WINDOW
from connectors.tryton.cells import MODELS
from connectors.tryton.opening import outside

_NO_COMPARE = (
    "Tryton's REST interface compares no versions: somebody else's edit between our read and our write is "
    "overwritten"
)
_SEARCHED = (
    "a create whose answer was lost and that Tryton commits only after the repeat has looked for its key: "
    "no field of an opportunity, a task or a note is unique"
)

CARD = ConnectorCard(
    name="tryton",
    port="crm",
    system="Tryton 8.2, REST interface of its models",
    operations=(
        Operation("find_contacts, find_account", "reads only", "none"),
        Operation(
            "create_lead_records",
            "contact and company by the party's unique code; work is looked for by its key, by one worker",
            _SEARCHED,
        ),
        Operation("delete_lead_records", "our memory, else the marks on the records", UNDO_WINDOW),
        Operation("create_task, create_note", "looked for by the key, by one worker at a time", _SEARCHED),
        Operation("delete_task, delete_note", "by number, or found by the key", "none"),
        Operation("assign_owner", "the same values written again", "none"),
        Operation(
            "move_stage, update_contact", "our version of the fields, one worker at a time", _NO_COMPARE
        ),
        Operation("open_account", "the customer's id on the party, one worker at a time", _NO_COMPARE),
        Operation("move_account", "one worker at a time; the party carries the key of its move", _NO_COMPARE),
        Operation("close_account, return_account", "our memory, else the mark on the party", "none"),
    ),
    rate_limit="none; what the server's processes bear",
    scopes=(
        "a user application of the kind rest whose user reads and writes parties, opportunities, project "
        "work and notes, and reads employees, currencies and the company"
    ),
    not_established=(
        "A party's code stands for ever: a contact who gives an address after a number keeps the number as "
        "code, and has the address as key beside it, unique by our look only. Tryton has no custom fields: "
        "what it has no field for is a contact mechanism of the type other, or lines at the end of a "
        "comment, so crm.yaml has no part for it. The state of an opportunity stays what people make it: our "
        "stage is a line. A note's text stands for ever once written, and a note is on one record."
    ),
    outside=outside,
    objects=MODELS,
)
