"""What the embedded connectors promise."""

from connectors.card import ConnectorCard, Operation, PortName

_IN_ONE_TRANSACTION = "the key is unique, and taken in the transaction that makes the record"


def _card(port: PortName, system: str, *operations: str, name: str = "embedded") -> ConnectorCard:
    return ConnectorCard(
        name=name,
        port=port,
        system=system,
        operations=tuple(Operation(one, _IN_ONE_TRANSACTION, "none") for one in operations),
        rate_limit="that of the store",
        scopes="none",
    )


CARDS = (
    _card(
        "crm",
        "the store",
        "lead records",
        "task",
        "note",
        "owner",
        "stage",
        "contact",
        "account opened",
        "account moved",
    ),
    _card("billing", "the store", "customer", "subscription"),
    _card("provisioning", "the store", "workspace", "invitation"),
    _card("scheduling", "the store, with invitations as iCalendar", "booking"),
    _card("notifier", "the store, to be read with `./throughline outbox`", "message", name="outbox"),
    _card("correspondence", "the store, to be read with `./throughline outbox`", "message", name="outbox"),
)

_NO_EFFECT = "reading has no effect"


def _reader(port: PortName, name: str, system: str, operation: str) -> ConnectorCard:
    return ConnectorCard(
        name=name,
        port=port,
        system=system,
        operations=(Operation(operation, _NO_EFFECT, "none"),),
        rate_limit="none",
        scopes="none",
    )


READERS = (
    _reader("classifier", "lexical", "counts the policy's words", "classify"),
    _reader("summariser", "extractive", "takes over sentences with the policy's words", "summarise"),
)
