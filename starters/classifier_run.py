"""Puts labelled examples to a classifier, a few at once, and judges each answer as a run would."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from contracts.classification import Classification, ClassifyRequest
from contracts.failures import FailureCode, ServiceFailure
from contracts.policy import PolicyBundle
from contracts.ports import Classifier
from rules.classifier_reports import Judged
from rules.guardrails import CONFIDENCE_BELOW_FLOOR, trusted_classification
from rules.labelled_examples import PlacedExample
from starters.console import CommandFailure
from starters.exit_codes import ExitCode
from starters.progress import Progress

TRIES = 3
FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0
"""Seconds before an example is tried again; a system that wants more is given up for this example."""


@dataclass
class Tally:
    """How an evaluation stands."""

    total: int
    done: int = 0
    right: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    def words(self) -> str:
        """The counts, for people."""
        failed = f", {self.failed.total():,} without an answer" if self.failed else ""
        return f"{self.done:,} of {self.total:,} examples, {self.right:,} right{failed}"


async def judge_all(
    classifier: Classifier,
    examples: Sequence[PlacedExample],
    bundle: PolicyBundle,
    *,
    at_once: int,
    progress: Progress,
) -> list[Judged]:
    """What became of each example, in their order.

    Raises:
        CommandFailure: MISCONFIGURED where the classifier may not be asked at all.
    """
    tally, slots = Tally(len(examples)), asyncio.Semaphore(at_once)
    ended: list[CommandFailure] = []

    async def judge(one: PlacedExample) -> Judged:
        async with slots:
            if ended:
                raise ended[0]
            try:
                judged = await _judged(classifier, one, bundle)
            except CommandFailure as failure:
                ended.append(failure)
                raise
        tally.done += 1
        tally.right += judged.right
        tally.failed.update([judged.failure] if judged.failure else [])
        progress.report(tally.done, tally)
        return judged

    tasks = [asyncio.create_task(judge(one)) for one in examples]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _judged(classifier: Classifier, placed: PlacedExample, bundle: PolicyBundle) -> Judged:
    example, reading = placed.example, bundle.reading
    request = ClassifyRequest(
        key=f"classifier-eval#{placed.line}",
        text=example.text,
        categories=reading.categories,
        intents=reading.intents,
        risk_terms=reading.risk_terms,
    )
    try:
        read, seconds = await _answered(classifier, request, bundle)
    except ServiceFailure as failure:
        if failure.code is FailureCode.FORBIDDEN:
            raise CommandFailure(
                ExitCode.MISCONFIGURED,
                failure.message,
                where=failure.system,
                remedy="look at its key and at its daily budget (`classifier spend`)",
            ) from failure
        return Judged(expected=example.category, failure=failure.code)
    return Judged(
        expected=example.category,
        answered=read.category,
        confidence=read.confidence,
        asks_anyway=_asks_anyway(read),
        intent_right=read.intent == example.intent if example.intent else None,
        risk_right=read.risk == example.risk if example.risk else None,
        seconds=seconds,
        cost_micros=read.call.cost_micros if read.call else None,
        input_tokens=read.call.input_tokens if read.call else None,
        output_tokens=read.call.output_tokens if read.call else None,
    )


async def _answered(
    classifier: Classifier, request: ClassifyRequest, bundle: PolicyBundle
) -> tuple[Classification, float]:
    attempt = 0
    while True:
        attempt += 1
        began = time.monotonic()
        try:
            answer = await classifier.classify(request)
        except ServiceFailure as failure:
            asked = failure.retry_after.total_seconds() if failure.retry_after else 0.0
            if not failure.retryable or attempt == TRIES or asked > LONGEST_WAIT:
                raise
            await asyncio.sleep(max(asked, FIRST_WAIT * attempt))
        else:
            seconds = time.monotonic() - began
            return trusted_classification(answer, request.text, bundle), seconds


def _asks_anyway(read: Classification) -> bool:
    """Whether a person looks whatever the confidence: the floor is not the only reason."""
    without_floor = [reason for reason in read.reasons if reason != CONFIDENCE_BELOW_FLOOR]
    return read.needs_person and bool(without_floor)
