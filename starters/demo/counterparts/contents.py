"""What each server of others holds of ours, asked of the server itself, straight."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

from connectors.anthropic import messages
from connectors.caldav.scheduling import caldav_system
from connectors.calendars import mark_of
from connectors.errors import first_text
from connectors.http import Call, HttpSystem
from connectors.remote_crm.records import Kind
from connectors.scim.api import scim_system
from connectors.slack.blocks import EVENT_TYPE
from connectors.slack.channel import slack_system
from connectors.stripe.api import CLOSED, KEY, stripe_system
from connectors.tryton.cells import KEY as KEY_LINE
from connectors.tryton.cells import PLACES, cell_name
from connectors.tryton.domains import KIND, is_of
from connectors.tryton.held import READ, Held, held_from
from connectors.tryton.models import LARGEST_PAGE, TrytonModels
from connectors.tryton.opening import tryton_system
from contracts.accounts import AccountStage
from contracts.delivery import Channel
from starters.demo.counterparts.places import Places

MADE_BY = {Kind.ENROLMENT: "made_by", Kind.ACCOUNT: "opened_by"}
"""Records whose own key is another than that of the effect: the field that names the effect."""

MARK = re.compile(r"text-[0-9a-f]{20}")
_PAGE = 100


@dataclass(frozen=True)
class Contents:
    """What one server holds.

    Args:
        marks: the mark of each record of ours, once for every record: an effect's key, or what the server
            calls a message.
        likenesses: what nothing else may be like, such as a contact's address, as a digest of it: what is
            there twice is named in outputs. Once for every record.
        keys: of messages, by their mark.
    """

    marks: list[str]
    likenesses: list[str] = field(default_factory=list[str])
    keys: dict[str, str] = field(default_factory=dict[str, str])


async def in_tryton(places: Places) -> Contents:
    """Records of leads, tasks, notes and accounts by the key of their effect; contacts by address."""
    marks, likenesses = list[str](), list[str]()
    async with tryton_system(places.tryton) as system:
        models = TrytonModels(system)
        held = {model: await _all_of(models, model) for model in READ}
    for kind, place in PLACES.items():
        for one in held[place.model]:
            record = held_from(place, one)
            if not is_of(kind, record):
                continue
            cells = dict(record.cells)
            if kind is Kind.CONTACT and "email" in cells and KIND in cells:
                likenesses.append(f"contact {mark_of(cells['email'])}")
            elif kind is Kind.COMPANY and "domain" in cells:
                likenesses.append(f"company {mark_of(cells['domain'])}")
            # An account that was taken back is left on the company, as a prospect's.
            prospect = cells.get(cell_name(kind, "stage")) == AccountStage.PROSPECT
            if kind not in (Kind.CONTACT, Kind.COMPANY) and not prospect and (mark := _mark(kind, record)):
                marks.append(mark)
    return Contents(marks, likenesses)


async def in_slack(places: Places) -> Contents:
    """Messages as `conversation/ts`; their keys are unique."""
    marks, keys = list[str](), dict[str, str]()
    async with slack_system(places.slack) as system:
        for conversation in await _conversations(system):
            async for message in _messages(system, conversation):
                if first_text(message, "metadata", "event_type") == EVENT_TYPE:
                    marks.append(mark := f"{conversation}/{message['ts']}")
                    keys[mark] = str(message["metadata"]["event_payload"]["key"])
    return Contents(marks, list(keys.values()), keys)


def in_mailbox(folder: Path) -> Contents:
    """Mails by their Message-ID."""
    parser = BytesParser(policy=default)
    files = folder.iterdir() if folder.exists() else ()
    mails = (parser.parsebytes(file.read_bytes(), headersonly=True) for file in files)
    return Contents([str(mail["Message-ID"]) for mail in mails])


async def in_stripe(places: Places) -> Contents:
    """Customers that are open and subscriptions that run, by key."""
    async with stripe_system(places.stripe) as system:
        customers = await _listed(system, "/customers")
        subscriptions = await _listed(system, "/subscriptions", ("status", "all"))
    standing = [one for one in customers if CLOSED not in one["metadata"]]
    standing += [one for one in subscriptions if one["status"] != "canceled"]
    return Contents([one["metadata"][KEY] for one in standing if KEY in one["metadata"]])


async def in_scim(places: Places) -> Contents:
    """Groups and users by key; names are unique."""
    found = list[dict[str, Any]]()
    async with scim_system(places.scim) as system:
        for endpoint in ("/Groups", "/Users"):
            query = (("count", str(_PAGE)),)
            answer = await system.call(Call("list", "GET", endpoint, query=query))
            found += answer.object().get("Resources", [])
    names = [mark_of(str(one.get("userName") or one.get("displayName"))) for one in found]
    return Contents([one["externalId"] for one in found if one.get("externalId")], names)


async def in_calendars(places: Places) -> Contents:
    """Entries by the name that is made of their key."""
    marks = list[str]()
    async with caldav_system(places.caldav) as system:
        for path in places.caldav.calendars.values():
            call = Call("list", "PROPFIND", f"/{path}/", headers={"depth": "1"})
            marks += re.findall(r"/([^/<]+)\.ics<", (await system.call(call)).text)
    return Contents(marks)


async def at_the_model(places: Places) -> Contents:
    """Texts that the model was asked about, by the mark that stands around each; a repeat is no effect."""
    async with messages.open_system(places.anthropic) as system:
        journal = await system.call(Call("read journal", "GET", "/__aimock/journal"))
    return Contents(sorted(set(MARK.findall(journal.text))))


def receipt_of(result: dict[str, Any]) -> tuple[Channel, str]:
    """Channel and mark of a message by what its effect came to."""
    channel = Channel(result["channel"])
    place = f"{result['place']}/" if channel is Channel.SLACK else ""
    return channel, f"{place}{result['reference']}"


async def _all_of(models: TrytonModels, model: str) -> list[dict[str, Any]]:
    found, after = list[dict[str, Any]](), 0
    while True:
        page = await models.search(model, [["id", ">", after]], READ[model])
        found += page
        if len(page) < LARGEST_PAGE:
            return found
        after = int(page[-1]["id"])


def _mark(kind: Kind, record: Held) -> str | None:
    cells = dict(record.cells)
    if (named := MADE_BY.get(kind)) is not None:
        return cells.get(cell_name(kind, named))
    return cells.get(KEY_LINE) or record.text_of("code")


async def _conversations(system: HttpSystem) -> list[str]:
    answer = await system.call(
        Call("list", "POST", "/conversations.list", form=[("limit", "1000")], reads_only=True)
    )
    return [str(one["id"]) for one in answer.object()["channels"]]


async def _messages(system: HttpSystem, conversation: str) -> AsyncGenerator[dict[str, Any]]:
    cursor = ""
    while True:
        form = [("channel", conversation), ("include_all_metadata", "true"), ("limit", str(_PAGE))]
        form += [("cursor", cursor)] if cursor else []
        answer = await system.call(Call("read", "POST", "/conversations.history", form=form, reads_only=True))
        body = answer.object()
        for message in body["messages"]:
            yield message
        cursor = first_text(body, "response_metadata", "next_cursor") or ""
        if not cursor:
            return


async def _listed(system: HttpSystem, path: str, *query: tuple[str, str]) -> list[dict[str, Any]]:
    found, after = list[dict[str, Any]](), list[tuple[str, str]]()
    while True:
        answer = await system.call(Call("list", "GET", path, query=[("limit", str(_PAGE)), *query, *after]))
        body = answer.object()
        found += body["data"]
        if not body.get("has_more"):
            return found
        after = [("starting_after", str(found[-1]["id"]))]


def twice(marks: Iterable[str]) -> list[str]:
    """What is there more than once."""
    seen, again = set[str](), list[str]()
    for mark in marks:
        (again.append if mark in seen else seen.add)(mark)
    return again
