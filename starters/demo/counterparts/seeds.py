"""What a deployment finds in its systems: employees, conversations, calendars, prices, a model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from connectors.anthropic import messages
from connectors.caldav.scheduling import caldav_system
from connectors.extractive import ExtractiveSummariser
from connectors.http import Call, HttpSystem
from connectors.lexical import LexicalClassifier
from connectors.model_reader import NO_LABEL
from connectors.slack.channel import slack_system
from connectors.stripe.api import stripe_system
from connectors.tryton.models import TrytonModels
from connectors.tryton.opening import tryton_system
from contracts.classification import ClassifyRequest, SummariseRequest
from contracts.lead import LeadSubmission
from contracts.policy import PolicyBundle
from starters.demo.counterparts.places import CLASSIFIER_MODEL, SUMMARISER_MODEL, Places

CURRENCY, YEARLY_PRICE = "usd", "12000"
"""A price of the demo's own, in cents for a seat; orders say what a year comes to themselves."""


class Seeded(NamedTuple):
    """What others must be told of it."""

    conversations: dict[str, str]
    """Of each person in Slack."""
    prices: dict[str, str]
    """Of each plan in Stripe."""


async def seed(places: Places, policy: PolicyBundle, leads: Iterable[LeadSubmission]) -> Seeded:
    """Fills the servers.

    Raises:
        ServiceFailure: a server refuses.
    """
    conversations, prices, *_ = await asyncio.gather(
        _conversations(places, policy),
        _prices(places, policy),
        _employees(places, policy),
        _calendars(places),
        _model(places, policy, leads),
    )
    return Seeded(conversations, prices)


async def _employees(places: Places, policy: PolicyBundle) -> None:
    settings = places.tryton
    async with tryton_system(settings) as system:
        models = TrytonModels(system)
        for person in policy.people:
            reached = ["create", [{"type": "email", "value": person.email}]]
            # With a sequence for codes Tryton lets nobody change one.
            party: dict[str, Any] = {"name": person.name, "code": f"employee:{person.id}"}
            number = await models.create("party.party", party | {"contact_mechanisms": [reached]})
            await models.create("company.employee", {"party": int(number), "company": settings.company})


async def _calendars(places: Places) -> None:
    settings = places.caldav
    async with caldav_system(settings) as system:
        for path in settings.calendars.values():
            await system.call(Call("make calendar", "MKCALENDAR", f"/{path}/"))


async def _prices(places: Places, policy: PolicyBundle) -> dict[str, str]:
    prices: dict[str, str] = {}
    async with stripe_system(places.stripe) as system:
        for plan in policy.onboarding.plans if policy.onboarding else ():
            product = await _id_of(system, "/products", [("name", plan)])
            terms = [("currency", CURRENCY), ("unit_amount", YEARLY_PRICE), ("recurring[interval]", "year")]
            prices[plan] = await _id_of(system, "/prices", [("product", product), *terms])
    return prices


async def _id_of(system: HttpSystem, path: str, form: list[tuple[str, str]]) -> str:
    answer = await system.call(Call(f"make {path}", "POST", path, form=form))
    return str(answer.object()["id"])


async def _conversations(places: Places, policy: PolicyBundle) -> dict[str, str]:
    made: dict[str, str] = {}
    async with slack_system(places.slack) as system:
        for person in policy.people:
            answer = await system.call(
                Call("make conversation", "POST", "/conversations.create", json={"name": person.id})
            )
            made[person.id] = str(answer.object()["channel"]["id"])
    return made


async def _model(places: Places, policy: PolicyBundle, leads: Iterable[LeadSubmission]) -> None:
    """The model is a script: it reads as the embedded readers do, so that the same items go the same ways."""
    fixtures = [fixture for lead in leads for fixture in await _readings(lead, policy)]
    async with messages.open_system(places.anthropic) as system:
        await system.call(Call("add fixtures", "POST", "/__aimock/fixtures", json={"fixtures": fixtures}))


async def _readings(lead: LeadSubmission, policy: PolicyBundle) -> list[dict[str, Any]]:
    fixtures: list[dict[str, Any]] = []
    reading = policy.reading
    if text := lead.message or lead.transcript:
        asked = ClassifyRequest(
            key="demo",
            text=text,
            categories=reading.categories,
            intents=reading.intents,
            risk_terms=reading.risk_terms,
        )
        read = await LexicalClassifier().classify(asked)
        said: dict[str, Any] = {
            "category": read.category or NO_LABEL,
            "intent": read.intent or NO_LABEL,
            "risk": read.risk,
            "confidence": read.confidence,
            "evidence": list(read.evidence),
        }
        fixtures.append(_fixture(text, CLASSIFIER_MODEL, said))
    if lead.transcript:
        summary = await ExtractiveSummariser().summarise(
            SummariseRequest(
                key="demo",
                text=lead.transcript,
                max_sentences=reading.summary_max_sentences,
                max_characters=reading.summary_max_characters,
                terms=tuple(t for label in (*reading.categories, *reading.intents) for t in label.terms),
            )
        )
        said = {"sentences": [sentence.text for sentence in summary.sentences]}
        fixtures.append(_fixture(lead.transcript, SUMMARISER_MODEL, said))
    return fixtures


def _fixture(text: str, model: str, said: Mapping[str, Any]) -> dict[str, Any]:
    usage = {"input_tokens": len(text) // 4 + 500, "output_tokens": 60}
    return {
        "match": {"userMessage": text, "model": model},
        "response": {"content": json.dumps(said), "usage": usage},
    }
