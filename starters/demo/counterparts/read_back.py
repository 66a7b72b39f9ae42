"""Compares what the servers hold with what the store remembers: every effect that stands is there once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.calendars import mark_of
from connectors.model_reader import text_mark
from connectors.routed import delivery_key
from connectors.store.audit import RememberedEffect, SqlAudit
from connectors.store.effects import BEGUN, DONE, UNDONE
from contracts.delivery import Channel
from contracts.ids import effect_key
from contracts.names import Step
from starters.demo.counterparts import contents
from starters.demo.counterparts.contents import Contents
from starters.demo.counterparts.places import CLASSIFIER_MODEL
from starters.demo.counterparts.rig import Rig
from starters.demo.verdict import DELIVERED, Verdict

MOST_NAMED = 5
STATES = (DONE, UNDONE, BEGUN)

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
    """Records of ours that nothing accounts for."""
    unheard: int = 0
    """Records of calls whose end nobody heard and nobody asks for any more, such as a message that a decision
    made superfluous before it was tried again."""
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
class Server:
    """One server, and what it holds of ours."""

    name: str
    what: str
    service: str
    kinds: Mapping[str, Callable[[RememberedEffect], str]]
    """Kinds of effect that it holds, and the mark of one."""


@dataclass(frozen=True)
class Due:
    """What must be on a server, by mark, and what may be."""

    standing: list[str]
    undone: int = 0
    unheard: Sequence[str] = ()


def _key(effect: RememberedEffect) -> str:
    return effect.key


def _entry(effect: RememberedEffect) -> str:
    return mark_of(effect.key)


def _keyed(*kinds: str) -> Mapping[str, Callable[[RememberedEffect], str]]:
    return dict.fromkeys(kinds, _key)


_CRM = _keyed("lead_records", "task", "note", "account")
TRYTON = Server("Tryton", "records of leads and accounts", "tryton", _CRM)
STRIPE = Server("Stripe", "customers, subscriptions", "stripe", _keyed("billing_customer", "subscription"))
SCIM = Server("SCIM", "groups, users", "scim", _keyed("workspace", "admin_invitation"))
CALDAV = Server("CalDAV", "meetings", "caldav", {"booking": _entry})
SLACK = Server("Slack", "messages to staff", "slack", {})
MAIL = Server("SMTP", "mails to staff and customers", "email", {})
MODEL = Server("Model", "texts that were read", "models", {})


async def read_back(rig: Rig, audit: SqlAudit, verdicts: Sequence[Verdict]) -> tuple[Holding, ...]:
    """Asks every server what it holds.

    Args:
        rig: the servers.
        audit: what the store remembers of effects.
        verdicts: the leads, with the record of what was decided about each.

    Raises:
        ServiceFailure: a server does not answer.
    """
    places, losses = rig.straight, await rig.losses()
    effects = await audit.all_effects()
    slack, mails = await contents.in_slack(places), contents.in_mailbox(rig.mails)
    told: dict[Channel, list[str]] = {Channel.SLACK: [], Channel.EMAIL: []}
    for effect in effects:
        if effect.kind == DELIVERED and effect.state == DONE:
            channel, mark = contents.receipt_of(effect.result or {})
            told[channel].append(mark)
    open_calls = {effect.key for effect in effects if effect.kind == DELIVERED and effect.state == BEGUN}
    unheard = [mark for mark, key in slack.keys.items() if delivery_key(key) in open_calls]
    # A message that takes the place of another is the same message.
    in_slack = sorted(set(told[Channel.SLACK]))
    return (
        _holding(TRYTON, effects, await contents.in_tryton(places), losses),
        compared(SLACK, Due(in_slack, unheard=unheard), slack, losses),
        compared(MAIL, Due(told[Channel.EMAIL]), mails, losses),
        compared(MODEL, Due(list(_read_by_model(verdicts))), await contents.at_the_model(places), losses),
        _holding(STRIPE, effects, await contents.in_stripe(places), losses),
        _holding(SCIM, effects, await contents.in_scim(places), losses),
        _holding(CALDAV, effects, await contents.in_calendars(places), losses),
    )


def _read_by_model(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """The marks of the texts that decisions say the model read."""
    for verdict in verdicts:
        lead, decision = verdict.lead.submission, verdict.decision
        if decision and decision.classification and decision.classification.model == CLASSIFIER_MODEL:
            text = lead.message or lead.transcript or ""
            yield text_mark(effect_key(decision.workflow_id, Step.CLASSIFY_LEAD), text)
        if decision and decision.summary_call:
            key = effect_key(decision.workflow_id, Step.SUMMARISE_TRANSCRIPT)
            yield text_mark(key, lead.transcript or "")


def _holding(
    server: Server,
    effects: Iterable[RememberedEffect],
    held: Contents,
    losses: Losses,
) -> Holding:
    mine = [effect for effect in effects if effect.kind in server.kinds]
    marks = {state: [server.kinds[one.kind](one) for one in mine if one.state == state] for state in STATES}
    due = Due(marks[DONE], undone=len(marks[UNDONE]), unheard=marks[BEGUN])
    return compared(server, due, held, losses)


def compared(
    server: Server,
    wanted: Due,
    held: Contents,
    losses: Losses,
) -> Holding:
    """What a server holds, beside what is due there."""
    due, found, counts = Counter(wanted.standing), Counter(held.marks), losses.get(server.service, {})
    unheard = [mark for mark in wanted.unheard if mark in found and mark not in due]
    return Holding(
        server=server.name,
        what=server.what,
        effects=due.total(),
        undone=wanted.undone,
        found=found.total(),
        doubled=tuple(contents.twice((*held.marks, *held.likenesses))),
        missing=tuple((due - found).elements()),
        unasked=tuple(mark for mark in found if mark not in due and mark not in unheard),
        unheard=len(unheard),
        calls=counts.get("calls", 0),
        lost=counts.get("drop", 0),
    )
