"""`docs/connectors.md` says what connectors declare, and every one that can be chosen declares it."""

from typing import get_args

import pytest

from connectors.card import ConnectorCard, Operation
from connectors.keyed import HOLD, SETTLE
from connectors.settings import ConnectorSettings
from starters.connector_page import WRITE_COMMAND, cards, page
from tests.architecture.source_tree import ROOT

PAGE = ROOT / "docs" / "connectors.md"


def test_page_is_as_declared() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(cards()), f"write it anew: {WRITE_COMMAND}"


def test_page_says_how_long_a_step_waits_after_a_killed_worker() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"waits up to {HOLD.seconds} s before another worker calls" in text
    assert f"answer was lost and the worker lives, it waits {SETTLE.seconds} s" in text


@pytest.mark.parametrize("port", ConnectorSettings.model_fields)
def test_every_connector_that_can_be_chosen_has_a_card(port: str) -> None:
    choices = get_args(ConnectorSettings.model_fields[port].annotation)
    assert set(choices) <= {card.name for card in cards() if card.port == port}


def test_what_a_card_says_is_on_the_page() -> None:
    card = ConnectorCard(
        name="acme",
        port="crm",
        system="Acme v9",
        operations=(Operation("contact", "unique e-mail", "none | ever"),),
        rate_limit="9/s",
        scopes="contacts.write",
        not_established="bursts",
    )
    text = page([card])
    assert "| `acme` | contact | unique e-mail | none \\| ever |" in text
    assert "| `acme` | Acme v9 | 9/s | contacts.write | none | bursts |" in text
