"""What is promised of a CRM that makes nothing unique."""

from connectors.card import Operation
from connectors.remote_crm.records import UNDO_WINDOW


def operations(unseen: str, unseen_on: str) -> tuple[Operation, ...]:
    """What keeps each operation from doubling, and what is left of it.

    Args:
        unseen: when a record that stands is not found by its key.
        unseen_on: when a task or note is not found on the record that it is on.
    """
    by_hand = f"{unseen}; a person or company that somebody enters by hand at the same moment"
    no_compare = (
        "no versions are compared: somebody else's edit between our read and our write is overwritten"
    )
    looked_for = "a record's key is looked for before it is made, by one worker at a time"
    return (
        Operation("find_contacts, find_account", "reads only", "none"),
        Operation("create_lead_records", looked_for, by_hand),
        Operation(
            "delete_lead_records", "our memory, else the marks on the records", f"{unseen}; {UNDO_WINDOW}"
        ),
        Operation("create_task, create_note", looked_for, unseen_on),
        Operation("delete_task, delete_note", "by number, or found by the key", unseen),
        Operation("assign_owner", "the same values written again", "none"),
        Operation("move_stage, update_contact", "our version of the fields; one worker at once", no_compare),
        Operation("open_account", "the customer's id on the company; one worker at a time", no_compare),
        Operation("move_account", "one worker at once; the company carries the key of its move", no_compare),
        Operation("close_account, return_account", "our memory, else the mark on the company", unseen),
    )
