"""What a classifier did with labelled examples, and what that says about it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Judged:
    """One example with what was answered. Holds no text."""

    expected: str
    """Its category."""
    answered: str | None = None
    """The category after the guardrails; None where there was none."""
    confidence: float = 0.0
    asks_anyway: bool = False
    """A person looks for another reason than the confidence, such as the risk: no threshold changes that."""
    intent_right: bool | None = None
    risk_right: bool | None = None
    """None where the example has no such label."""
    seconds: float = 0.0
    cost_micros: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    failure: str | None = None
    """The code, where no answer came."""

    @property
    def right(self) -> bool:
        """Whether the category is the expected one."""
        return self.answered == self.expected


@dataclass(frozen=True)
class ThresholdCosts:
    """What each kind of error costs, in any one unit: money, minutes."""

    wrong: float
    """Acting on a wrong category."""
    asking: float
    """Asking a person."""


@dataclass(frozen=True)
class ThresholdReport:
    """What a threshold means on the examples."""

    threshold: float
    taken: int
    wrong: int
    """Of those taken."""
    asked: int
    coverage: float
    """The share that is taken without a person."""
    accuracy_of_taken: float | None
    cost: float
    """By the stated costs of errors, over all examples."""


@dataclass(frozen=True)
class ClassReport:
    """One category."""

    name: str
    expected: int
    answered: int
    precision: float | None = None
    """Of the answers that name it, the share that is right; None where there are none."""
    recall: float | None = None
    """Of the examples that are of it, the share that was found; None where there are none."""


@dataclass(frozen=True)
class ConfidenceBin:
    """Answers of about the same confidence: whoever is honest is right as often as they say."""

    first: float
    last: float
    answers: int
    mean_confidence: float
    accuracy: float


@dataclass(frozen=True)
class Latency:
    """How long answers took."""

    median_seconds: float
    p95_seconds: float
    longest_seconds: float


@dataclass(frozen=True)
class EvalReport:
    """Everything that is said of a classifier."""

    examples: int
    accuracy: float
    """Over all examples, whatever the confidence."""
    accuracy_range: tuple[float, float]
    """With a certainty of 95 %."""
    intent_accuracy: float | None
    risk_accuracy: float | None
    """None where no example has such a label."""
    unanswered: int
    failures: tuple[tuple[str, int], ...]
    """By code: examples to which no answer came. They count as asked of a person."""
    now: ThresholdReport
    """With the confidence floor in force."""
    best: ThresholdReport
    """With the one that the stated costs lead to."""
    classes: tuple[ClassReport, ...]
    bins: tuple[ConfidenceBin, ...]
    calibration_error: float | None
    """How far confidence and accuracy lie apart, on average."""
    cost_micros: int | None
    """Of all calls; None where nobody set prices."""
    input_tokens: int
    output_tokens: int
    latency: Latency
    few: bool
    """Too few examples to rest a threshold on."""
