"""The step that looks for work that is left lying, and tells of it."""

from datetime import datetime

from temporalio import activity

from contracts.limbo import (
    KINDS_OF_PART,
    LimboFinding,
    LimboSwept,
    LooseEnds,
    RunWatch,
    SweepLimboInput,
)
from contracts.names import Process
from contracts.policy import PolicyBundle
from contracts.ports import Notifier, PolicyLibrary
from rules import limbo, messages
from rules.delivery import addressed

PAGE = 100
"""Findings of one page: so many messages at most are sent by one attempt."""


class LimboActivities:
    """Sends one message per finding, under a key that stays the same while the run stays where it is.

    Raises UNAVAILABLE, RATE_LIMITED, TIMED_OUT or UNREACHABLE to be retried; REJECTED or FORBIDDEN for good.
    """

    def __init__(
        self, watch: RunWatch, loose_ends: LooseEnds, notifier: Notifier, policies: PolicyLibrary
    ) -> None:
        self._watch = watch
        self._loose_ends = loose_ends
        self._notifier = notifier
        self._policies = policies

    @activity.defn
    async def sweep_limbo(self, question: SweepLimboInput) -> LimboSwept:
        """Looks through one page and tells of what it holds; what was told before is not told again."""
        policy_hash = question.policy_hash or (await self._policies.pin_active()).hash
        bundle = await self._policies.load(policy_hash)
        findings, cursor = await self._page(question.part, question.cursor, bundle, question.at)
        told = await self._tell(findings, bundle, policy_hash, question.at)
        return LimboSwept(policy_hash=policy_hash, cursor=cursor, found=len(findings), told=told)

    async def _page(
        self, part: str, cursor: str, bundle: PolicyBundle, at: datetime
    ) -> tuple[list[LimboFinding], str]:
        if part in tuple(Process):
            question = limbo.run_question(Process(part), bundle.limbo, at)
            page = await self._watch.overdue(question, cursor=cursor, limit=PAGE)
            seen = (limbo.run_finding(line, bundle.limbo, at) for line in page.lines)
            return [finding for finding in seen if finding], page.cursor
        # A part may hold several kinds: the cursor says which of them, and where in it.
        number, mark, within = cursor.partition("|")
        kinds, at_kind = KINDS_OF_PART[part], int(number) if mark else 0
        kind, within = kinds[at_kind], within if mark else cursor
        before = at - limbo.record_limit(kind, bundle.limbo)
        records = await self._loose_ends.found(kind, before=before, cursor=within, limit=PAGE)
        following = ""
        if records.cursor:
            following = f"{at_kind}|{records.cursor}"
        elif at_kind + 1 < len(kinds):
            following = f"{at_kind + 1}|"
        return [limbo.record_finding(kind, end) for end in records.ends], following

    async def _tell(
        self, findings: list[LimboFinding], bundle: PolicyBundle, policy_hash: str, at: datetime
    ) -> int:
        notices = [limbo.notice_of(finding, bundle, policy_hash) for finding in findings]
        told_before = await self._loose_ends.told([notice.key for notice in notices]) if notices else ()
        sent = 0
        for notice in notices:
            if notice.key not in told_before:
                message = addressed(messages.person_message(notice, bundle), bundle, at)
                delivery = await self._notifier.send(message)
                sent += not delivery.duplicate
        return sent
