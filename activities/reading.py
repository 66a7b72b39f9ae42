"""The steps that read text: classification and summary."""

from temporalio import activity

from contracts.classification import (
    Classification,
    ClassifyLeadInput,
    ClassifyRequest,
    SummariseRequest,
    SummariseTranscriptInput,
    TranscriptSummary,
)
from contracts.ports import Classifier, PolicyLibrary, Summariser
from rules import guardrails


class ReadingActivities:
    """Asks a classifier or summariser. No effect elsewhere: repeating a call costs tokens and nothing else.

    Both methods raise UNREACHABLE, UNAVAILABLE, RATE_LIMITED, TIMED_OUT to be retried; MALFORMED, REJECTED
    and FORBIDDEN for good.
    """

    def __init__(self, classifier: Classifier, summariser: Summariser, policies: PolicyLibrary) -> None:
        self._classifier = classifier
        self._summariser = summariser
        self._policies = policies

    @activity.defn
    async def classify_lead(self, request: ClassifyLeadInput) -> Classification:
        """Classifies a text and lets the guardrails overrule the answer."""
        return await _classified(request, self._classifier, self._policies)

    @activity.defn
    async def summarise_transcript(self, request: SummariseTranscriptInput) -> TranscriptSummary:
        """Takes the sentences that matter out of a transcript, with their offsets."""
        reading = (await self._policies.load(request.policy_hash)).reading
        terms = tuple(term for label in (*reading.categories, *reading.intents) for term in label.terms)
        return await self._summariser.summarise(
            SummariseRequest(
                key=request.key,
                text=request.transcript,
                max_sentences=reading.summary_max_sentences,
                max_characters=reading.summary_max_characters,
                terms=terms,
            )
        )


class StandInReadingActivities:
    """Reads a text by our own means where the classifier is away. Speaks to no other system."""

    def __init__(self, classifier: Classifier, policies: PolicyLibrary) -> None:
        self._classifier = classifier
        self._policies = policies

    @activity.defn
    async def classify_by_words(self, request: ClassifyLeadInput) -> Classification:
        """Classifies a text by the policy's words, and lets the guardrails overrule the answer.

        Raises POLICY_UNKNOWN if the pinned bundle is not in the library.
        """
        return await _classified(request, self._classifier, self._policies)


async def _classified(
    request: ClassifyLeadInput, classifier: Classifier, policies: PolicyLibrary
) -> Classification:
    bundle = await policies.load(request.policy_hash)
    answer = await classifier.classify(
        ClassifyRequest(
            key=request.key,
            text=request.text,
            categories=bundle.reading.categories,
            intents=bundle.reading.intents,
            risk_terms=bundle.reading.risk_terms,
        )
    )
    return guardrails.trusted_classification(answer, request.text, bundle)
