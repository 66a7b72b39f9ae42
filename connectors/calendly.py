"""Why Calendly is not among the calendars: its interface and `Scheduling` do not fit each other."""

from connectors.card import ConnectorCard, Operation

_GUEST_CHOOSES = "the guest chooses on Calendly's page, by a link for one use; a webhook tells us"

CARD = ConnectorCard(
    name="calendly",
    port="scheduling",
    system="Calendly (not offered: cannot be chosen)",
    operations=(
        Operation("free_slots", _GUEST_CHOOSES, "no slots of ours can be offered"),
        Operation(
            "book",
            _GUEST_CHOOSES,
            "no key, and no call of ours that books, but on paid plans; its webhook is not received",
        ),
        Operation("cancel_booking", "a cancellation by the event's address, which the webhook names", "none"),
    ),
    rate_limit="not looked up",
    scopes="none",
    not_established="the Scheduling API of paid plans (create event invitee): whether it takes a key. Its "
    "signature, and how a link's parameters come back, are documented; missing here are free times to offer "
    "beside a link, and reading and cancelling a booking by the address that its webhook names",
)
