"""What the connector to HubSpot promises."""

from connectors.card import ConnectorCard, Operation
from connectors.hubspot.opening import outside
from connectors.remote_crm.records import UNDO_WINDOW

_SEARCH_LAGS = (
    "an undo of a call whose end nobody knows, within the moments before HubSpot's search shows what it made"
)
_NO_COMPARE = (
    "HubSpot compares no versions: somebody else's edit between our read and our write is overwritten"
)

CARD = ConnectorCard(
    name="hubspot",
    port="crm",
    system="HubSpot CRM, API version 2026-09",
    operations=(
        Operation("find_contacts, find_account", "reads only", "who is new by the minute may be missing"),
        Operation(
            "create_lead_records",
            "contact and company by unique properties, work by batch upsert of the unique key property",
            "a fill-in of empty fields whose answer was lost is not emptied by an undo",
        ),
        Operation(
            "delete_lead_records",
            "our memory; what others rely on is kept",
            f"{_SEARCH_LAGS}; {UNDO_WINDOW} (archived: people can restore it for 90 days)",
        ),
        Operation("create_task, create_note", "batch upsert by hs_unique_creation_key", "none"),
        Operation("delete_task, delete_note", "archived by id, or found by the key", "none"),
        Operation("assign_owner", "the same values written again", "none"),
        Operation(
            "move_stage, update_contact", "our version of the fields, one worker at a time", _NO_COMPARE
        ),
        Operation("open_account", "unique customer id, one worker at a time", _NO_COMPARE),
        Operation(
            "move_account", "one worker at a time; the company carries the key of its move", _NO_COMPARE
        ),
        Operation("close_account, return_account", "our memory, else the mark on the company", _SEARCH_LAGS),
    ),
    rate_limit="100 calls in 10 s (Free, Starter) to 250 with the capacity pack; search 5 a second",
    scopes=(
        "crm.objects.{contacts,companies,deals,tickets}.{read,write}, crm.objects.owners.read, "
        "crm.schemas.{contacts,companies,deals,tickets}.read"
    ),
    not_established=(
        "whether hs_unique_creation_key can be written on tasks and notes; how a unique custom property "
        "is refused (400 and 409 are read); the headers of a 429 for service keys; which scopes tasks and "
        "notes need. HubSpot itself makes companies from addresses and doubles them so: turn that off."
    ),
    outside=outside,
)
