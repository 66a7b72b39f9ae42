"""What is believed of a model's answer: nothing that the text and the policy do not bear out."""

import re

from contracts.assessment import CheckName, CheckResult, Grade
from contracts.classification import Classification, Label, ModelAnswer, Risk
from contracts.policy import PolicyBundle, ReadingPolicy
from contracts.vocabulary import folded, plain_words, stems_of, terms_in
from rules.checks import check_result

NO_CATEGORY = "no_category"
UNKNOWN_CATEGORY = "unknown_category"
UNKNOWN_INTENT = "unknown_intent"
UNKNOWN_RISK = "unknown_risk"
CONFIDENCE_OUT_OF_RANGE = "confidence_out_of_range"
CONFIDENCE_BELOW_FLOOR = "confidence_below_floor"
HIGH_RISK = "high_risk"
RISK_TERMS_IN_TEXT = "risk_terms_in_text"
INSTRUCTIONS_IN_TEXT = "instructions_in_text"
NOT_READ = "not_read"

MAX_EVIDENCE = 20
MAX_REASON = 500
UNREAD_MODEL = "none"

_WANTS_PERSON = frozenset(
    {
        NO_CATEGORY,
        UNKNOWN_CATEGORY,
        UNKNOWN_INTENT,
        UNKNOWN_RISK,
        CONFIDENCE_OUT_OF_RANGE,
        CONFIDENCE_BELOW_FLOOR,
        HIGH_RISK,
        INSTRUCTIONS_IN_TEXT,
    }
)
"""Reasons for which a person looks. Risk terms are not listed: they make the risk high, which is."""

_FAILS = frozenset({NO_CATEGORY, UNKNOWN_CATEGORY, CONFIDENCE_OUT_OF_RANGE, CONFIDENCE_BELOW_FLOOR})
"""Reasons for which the reading itself is not good enough; the others doubt a reading that is."""

_GAP = r"(?:\w+ ){0,4}"
_ORDERS = r"(?:instructions?|rules?|prompts?|guidelines|polic(?:y|ies)|guardrails?)"
_ROLE = r"(?:an? |the )?(?:ai|assistant|system|admin\w*|developer)"
_INSTRUCTIONS = re.compile(
    "|".join(
        (
            # Taking the classifier's orders away, in the languages that such texts come in most.
            rf"\b(?:ignore|disregard|forget|override|bypass) {_GAP}{_ORDERS}\b",
            rf"\bignorier\w* {_GAP}(?:anweisungen|regeln)\b",
            rf"\bignor(?:a|ar|e|ez|er) {_GAP}(?:instrucciones|consignes|instructions|reglas|regles)\b",
            # Giving it others.
            r"\bnew (?:system )?instructions\b",
            r"\byou are now (?:an?|the|in|my)\b",
            rf"\b(?:act as|pretend to be|pretend you are) {_ROLE}\b",
            r"\b(?:system prompt|developer mode|jailbreak)\b",
            # Naming the answer that it must give.
            r"\b(?:route|assign|escalate) (?:me|this|my \w+) (?:\w+ ){0,2}to\b",
            r"\b(?:classify|categori[sz]e|label|mark|tag) (?:this|me|it|my \w+) (?:\w+ ){0,2}as\b",
            r"\b(?:set|change) (?:the |my |your )?(?:category|intent|priority|risk|confidence) (?:\w+ )?to\b",
            r"\b(?:answer|respond|reply|output) (?:only )?with (?:category|intent|confidence|risk|json)\b",
            r"\b(?:category|confidence|risk) (?:must be|should be) (?:high|low|1|0|100)\b",
        )
    )
)
_PROMPT_MARKS = (
    "<|im_start|>",
    "<|system|>",
    "</system>",
    "<system>",
    "[inst]",
    "### instruction",
    "<<sys>>",
)


def trusted_classification(answer: ModelAnswer, text: str, bundle: PolicyBundle) -> Classification:
    """Judges what a model answered about a text; rules overrule the model, never the other way round.

    Labels outside the policy are dropped, a risk term in the text makes the risk high whatever was
    answered, and a text that gives orders to its reader changes nothing but is shown to a person.
    """
    reading = bundle.reading
    category = _allowed(answer.category, reading.categories)
    intent = _allowed(answer.intent, reading.intents)
    confidence, in_range = _sound_confidence(answer.confidence)
    risk_terms = terms_in(text, (term.term for term in reading.risk_terms))
    risk = Risk.LOW if answer.risk == Risk.LOW and not risk_terms else Risk.HIGH

    found = {
        NO_CATEGORY: not answer.category,
        UNKNOWN_CATEGORY: bool(answer.category) and category is None,
        UNKNOWN_INTENT: bool(answer.intent) and intent is None,
        UNKNOWN_RISK: answer.risk not in tuple(Risk),
        CONFIDENCE_OUT_OF_RANGE: not in_range,
        CONFIDENCE_BELOW_FLOOR: confidence < reading.confidence_floor,
        HIGH_RISK: risk is Risk.HIGH,
        RISK_TERMS_IN_TEXT: bool(risk_terms),
        INSTRUCTIONS_IN_TEXT: holds_instructions(text),
    }
    reasons = tuple(reason for reason, holds in found.items() if holds)
    return Classification(
        category=category,
        intent=intent,
        risk=risk,
        confidence=confidence,
        evidence=_proven_evidence(answer.evidence, risk_terms, text, reading),
        model=answer.model,
        needs_person=not _WANTS_PERSON.isdisjoint(reasons),
        reasons=reasons,
        checks=(_confidence_check(reasons, confidence, bundle),),
        call=answer.call,
    )


def unread(reason: str, bundle: PolicyBundle) -> Classification:
    """What is known where a person skipped the classifier: nothing, so a person decides.

    Args:
        reason: why nothing was read; a code or plain words, without personal data.
        bundle: the policy that the run is pinned to.
    """
    return Classification(
        category=None,
        intent=None,
        risk=Risk.LOW,
        confidence=0.0,
        model=UNREAD_MODEL,
        needs_person=True,
        reasons=tuple(dict.fromkeys((NOT_READ, reason[:MAX_REASON]))) if reason else (NOT_READ,),
        checks=(
            _check(Grade.NOT_EVALUATED, "The text was not read by a classifier; a person decides.", bundle),
        ),
    )


def holds_instructions(text: str) -> bool:
    """Whether a text tries to give orders to whoever classifies it; honest leads seldom do."""
    seen = folded(text)
    return any(mark in seen for mark in _PROMPT_MARKS) or bool(
        _INSTRUCTIONS.search(" ".join(plain_words(seen)))
    )


def _allowed(name: str, labels: tuple[Label, ...]) -> str | None:
    return next((label.name for label in labels if label.name == name), None)


def _sound_confidence(value: float) -> tuple[float, bool]:
    """A number that means nothing counts as no confidence at all, rather than as the nearest bound."""
    # NaN compares as false to everything, so it is not sound either.
    return (value, True) if 0.0 <= value <= 1.0 else (0.0, False)


def _proven_evidence(
    claimed: tuple[str, ...], risk_terms: tuple[str, ...], text: str, reading: ReadingPolicy
) -> tuple[str, ...]:
    """The risk terms, then the claimed words that are terms of the policy and stand in the text."""
    labels = (*reading.categories, *reading.intents)
    vocabulary = [term.term for label in labels for term in label.terms]
    spelling = {tuple(stems_of(term)): term for term in vocabulary}
    named = (spelling.get(tuple(stems_of(claim))) for claim in claimed)
    held = terms_in(text, (term for term in named if term is not None))
    return tuple(dict.fromkeys((*risk_terms, *held)))[:MAX_EVIDENCE]


def _confidence_check(reasons: tuple[str, ...], confidence: float, bundle: PolicyBundle) -> CheckResult:
    floor = bundle.reading.confidence_floor
    failing = [reason for reason in reasons if reason in _FAILS]
    doubts = [reason for reason in reasons if reason in _WANTS_PERSON and reason not in _FAILS]
    measured = f"Confidence {confidence:.2f}, floor {floor:.2f}"
    if failing:
        return _check(Grade.FAIL, f"{measured}: {_words(failing)}.", bundle)
    if doubts:
        return _check(Grade.WARN, f"{measured}, but a person must look: {_words(doubts)}.", bundle)
    return _check(Grade.PASS, f"{measured}.", bundle)


def _words(codes: list[str]) -> str:
    return ", ".join(code.replace("_", " ") for code in codes)


def _check(grade: Grade, detail: str, bundle: PolicyBundle) -> CheckResult:
    return check_result(CheckName.AI_CONFIDENCE, grade, bundle.version, detail)
