"""The CRM of others that the settings name, outside of a worker, read only."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from connectors.card import ConnectorCard
from connectors.remote_crm.outside import People
from connectors.remote_crm.records import Records
from connectors.settings import Connections
from contracts.crm import CrmSchema
from contracts.crm_mapping import CrmMapping
from starters.connector_page import cards


def crm_card(crm: str) -> ConnectorCard:
    """What the connector to a CRM of others says of itself."""
    return next(card for card in cards() if (card.port, card.name) == ("crm", crm))


def outside(
    card: ConnectorCard, connections: Connections, mapping: CrmMapping | None, people: People
) -> AbstractAsyncContextManager[Records]:
    """Its records. What is opened raises FORBIDDEN where settings or policy say nothing about it."""
    if card.outside is None:
        raise ValueError(f"{card.name} is no CRM of others")
    return card.outside(connections, mapping, people)


def missing_objects(card: ConnectorCard, schema: CrmSchema) -> tuple[str, ...]:
    """Which of its objects a CRM does not have, or does not let us see."""
    seen = {field.crm_object for field in schema.fields}
    return tuple(one for one in card.objects if one not in seen)
