"""Compares what the servers hold with what the store remembers: every effect that stands is there once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from connectors.calendars import mark_of
from connectors.store.audit import RememberedEffect, SqlAudit
from contracts.delivery import Channel
from starters.demo.counterparts import contents
from starters.demo.counterparts.contents import Contents
from starters.demo.counterparts.rig import Rig
from starters.demo.verdict import DELIVERED, DONE

MOST_NAMED = 5

Losses = Mapping[str, Mapping[str, int]]
"""What the network did, by service."""


@dataclass(frozen=True)
class Holding:
    """What one server holds, beside what it should."""

    server: str
    what: str
    effects: int
    """That stand, as the store remembers."""
    undone: int
    """That were taken back."""
    found: int
    """Records of ours on the server."""
    doubled: tuple[str, ...]
    missing: tuple[str, ...]
    unasked: tuple[str, ...]
    """Records of ours that no standing effect accounts for."""
    calls: int = 0
    lost: int = 0
    """Answers that the network lost."""

    @property
    def differences(self) -> tuple[str, ...]:
        """In words; empty where all is right."""
        named = (("there twice", self.doubled), ("not there", self.missing), ("too many", self.unasked))
        return tuple(
            f"{self.server}: {len(keys)} {what}: {', '.join(keys[:MOST_NAMED])}"
            for what, keys in named
            if keys
        )


@dataclass(frozen=True)
class _Server:
    name: str
    what: str
    service: str
    kinds: Mapping[str, Callable[[RememberedEffect], str]]
    """Kinds of effect that it holds, and the mark of one."""


def _key(effect: RememberedEffect) -> str:
    return effect.key


def _entry(effect: RememberedEffect) -> str:
    return mark_of(effect.key)


def _keyed(*kinds: str) -> Mapping[str, Callable[[RememberedEffect], str]]:
    return dict.fromkeys(kinds, _key)


_CRM = _keyed("lead_records", "task", "note", "account")
TRYTON = _Server("Tryton", "deals, tickets, enrolments, tasks, notes, accounts", "tryton", _CRM)
STRIPE = _Server("Stripe", "customers, subscriptions", "stripe", _keyed("billing_customer", "subscription"))
SCIM = _Server("SCIM", "groups, users", "scim", _keyed("workspace", "admin_invitation"))
CALDAV = _Server("CalDAV", "meetings", "caldav", {"booking": _entry})
SLACK = _Server("Slack", "messages to staff", "slack", {})
MAIL = _Server("SMTP", "mails to staff and customers", "email", {})


async def read_back(rig: Rig, audit: SqlAudit) -> tuple[Holding, ...]:
    """Asks every server what it holds.

    Raises:
        ServiceFailure: a server does not answer.
    """
    places, losses = rig.straight, await rig.losses()
    effects = await audit.all_effects()
    told: dict[Channel, list[str]] = {Channel.SLACK: [], Channel.EMAIL: []}
    for effect in effects:
        if effect.kind == DELIVERED and effect.state == DONE:
            channel, mark = contents.receipt_of(effect.result or {})
            told[channel].append(mark)
    # A message that takes the place of another is the same message.
    in_slack = sorted(set(told[Channel.SLACK]))
    return (
        _holding(TRYTON, effects, await contents.in_tryton(places), losses),
        _compared(SLACK, in_slack, 0, await contents.in_slack(places), losses),
        _compared(MAIL, told[Channel.EMAIL], 0, contents.in_mailbox(rig.mails), losses),
        _holding(STRIPE, effects, await contents.in_stripe(places), losses),
        _holding(SCIM, effects, await contents.in_scim(places), losses),
        _holding(CALDAV, effects, await contents.in_calendars(places), losses),
    )


def _holding(
    server: _Server,
    effects: Iterable[RememberedEffect],
    held: Contents,
    losses: Losses,
) -> Holding:
    mine = [effect for effect in effects if effect.kind in server.kinds]
    standing = [server.kinds[effect.kind](effect) for effect in mine if effect.state == DONE]
    return _compared(server, standing, len(mine) - len(standing), held, losses)


def _compared(
    server: _Server,
    standing: list[str],
    undone: int,
    held: Contents,
    losses: Losses,
) -> Holding:
    due, found, counts = Counter(standing), Counter(held.marks), losses.get(server.service, {})
    return Holding(
        server=server.name,
        what=server.what,
        effects=due.total(),
        undone=undone,
        found=found.total(),
        doubled=tuple(contents.twice((*held.marks, *held.likenesses))),
        missing=tuple((due - found).elements()),
        unasked=tuple(mark for mark in found if mark not in due),
        calls=counts.get("calls", 0),
        lost=counts.get("drop", 0),
    )
