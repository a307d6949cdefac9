"""What an evaluation says beyond its accuracy: how sure that is, each class, and which labels are doubtful."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr.data.split import CLASS_NAMES
from ocr.reading.evaluation import Evaluation

Array = NDArray[np.float64]

RELIABILITY_BINS = 10  # as the diagram has
THRESHOLDS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)  # of confidence
NORMAL_95 = 1.959964  # 95 % of a standard normal lies within this many standard deviations


@dataclass(frozen=True)
class ClassScores:
    """How well each of the ten classes is read: float64 (10,) each, 0..1, and int64 (10,) counts.

    Attributes:
        precision: Of the images that are read as a class, the share that is of it; 0 where none is read as it.
        recall: Of the images of a class, the share that is read as it; 0 where there is none.
        f1: The harmonic mean of both.
        count: The images of each class.
    """

    precision: Array
    recall: Array
    f1: Array
    count: NDArray[np.int64]


@dataclass(frozen=True)
class Coverage:
    """How many images are read if those below a confidence are left unread, and how many of these rightly.

    Attributes:
        kept: How many are read.
        right: How many of them are read right.
        count: How many there are.
    """

    kept: int
    right: int
    count: int

    @property
    def accuracy(self) -> float:
        """Give the share of those read that is read right, 0..1; nan if none is read."""
        return self.right / self.kept if self.kept else math.nan


@dataclass(frozen=True)
class Comparison:
    """Two networks on the same images (McNemar 1947): only where one of them errs, they differ.

    Attributes:
        only_first: int64 (n,), positions of the images that only the first reads right.
        only_second: int64 (n,), positions of the images that only the second reads right.
        neither: int64 (n,), positions of the images that both misread.
        p_value: How probable so unequal counts are, or more unequal ones, if both were equally good; 0..1.
    """

    only_first: NDArray[np.int64]
    only_second: NDArray[np.int64]
    neither: NDArray[np.int64]
    p_value: float


def wilson_interval(correct: int, count: int) -> tuple[float, float]:
    """Give the range in which the true accuracy lies with a probability of 95 % (Wilson 1927).

    Args:
        correct: How many of the images are read right.
        count: How many they are, at least 1.

    Returns:
        Its ends, 0..1.
    """
    share, squared = correct / count, NORMAL_95**2
    middle = (share + squared / (2 * count)) / (1 + squared / count)
    half = NORMAL_95 / (1 + squared / count) * math.sqrt(share * (1 - share) / count + squared / (4 * count**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def class_scores(evaluation: Evaluation) -> ClassScores:
    """Compute precision, recall and F1 of each class.

    Args:
        evaluation: What a network said of a split.

    Returns:
        The scores of the ten classes.
    """
    confusion = evaluation.confusion()
    right, read, count = confusion.diagonal(), confusion.sum(0), confusion.sum(1)
    precision, recall = right / np.maximum(1, read), right / np.maximum(1, count)
    return ClassScores(precision, recall, 2 * right / np.maximum(1, read + count), count)


def row_shares(confusion: NDArray[np.int64]) -> Array:
    """Divide each row of a confusion matrix by its sum: float64 (10, 10), what share of a class is read as each; 0..1.

    A class without images has zeros.
    """
    return confusion / np.maximum(1, confusion.sum(1, keepdims=True))


def coverage(evaluation: Evaluation, threshold: float) -> Coverage:
    """Count what is read, and how much of it rightly, if less sure readings are left out.

    Args:
        evaluation: What a network said of a split.
        threshold: The least confidence of a reading that counts, 0..1.

    Returns:
        The counts.
    """
    kept = evaluation.probabilities.max(1) >= threshold
    right = kept & (evaluation.predictions == evaluation.labels)
    return Coverage(int(kept.sum()), int(right.sum()), evaluation.count)


def summarise(evaluation: Evaluation) -> dict[str, Any]:
    """Give all figures of an evaluation as plain values for JSON.

    Args:
        evaluation: What a network said of a split.

    Returns:
        Accuracy, counts, confusion, calibration, the interval, each class's scores, reliability in ten bins (a value is
        None where a bin has no images), and what thresholds of confidence leave.
    """
    scores, bins = class_scores(evaluation), evaluation.reliability(RELIABILITY_BINS)
    kept = {threshold: coverage(evaluation, threshold) for threshold in THRESHOLDS}
    return {
        "accuracy": evaluation.accuracy,
        "correct": evaluation.correct,
        "count": evaluation.count,
        "confusion": evaluation.confusion().tolist(),
        "confusion_shares": row_shares(evaluation.confusion()).tolist(),
        "calibration_error": evaluation.calibration_error(),
        "interval": list(wilson_interval(evaluation.correct, evaluation.count)),
        "precision": scores.precision.tolist(),
        "recall": scores.recall.tolist(),
        "f1": scores.f1.tolist(),
        "loss": evaluation.loss,
        "reliability": [
            {
                "from": float(bins.edges[i]),
                "count": int(count),
                "confidence": float(bins.confidence[i]) if count else None,
                "accuracy": float(bins.accuracy[i]) if count else None,
            }
            for i, count in enumerate(bins.count)
        ],
        "coverage": [
            {"threshold": threshold, "read": each.kept, "right": each.right} for threshold, each in kept.items()
        ],
    }


PREDICTION_HEAD = ["image", "label", "predicted", *(f"probability of {name}" for name in CLASS_NAMES)]


def prediction_rows(evaluation: Evaluation, names: Sequence[str] | None = None) -> Iterator[list[str]]:
    """Write what was said of each image, as lines of a table below `PREDICTION_HEAD`.

    Args:
        evaluation: What a network said of a split.
        names: What each image is called; None numbers them from 1.

    Yields:
        The texts of a line.
    """
    rows = zip(evaluation.labels, evaluation.predictions, evaluation.probabilities, strict=True)
    for i, (label, predicted, probabilities) in enumerate(rows):
        name = names[i] if names else str(i + 1)
        yield [name, str(label), str(predicted), *(f"{value:.6f}" for value in probabilities)]


def most_uncertain(evaluation: Evaluation) -> NDArray[np.int64]:
    """Order the images by how little the best digit leads the second: int64 (N,), positions, the closest race first."""
    best = np.partition(evaluation.probabilities, -2, axis=1)[:, -2:]
    return np.argsort(best[:, 1] - best[:, 0], kind="stable")


def together(evaluations: Sequence[Evaluation]) -> Evaluation:
    """Give what several networks say together of a split: the mean of their probabilities."""
    probabilities = np.mean([evaluation.probabilities for evaluation in evaluations], axis=0)
    return Evaluation(probabilities, evaluations[0].labels)


def doubtful_labels(evaluation: Evaluation) -> NDArray[np.int64]:
    """Find the images whose labels are probably wrong: those that are read as something else.

    It says most of what several networks say `together` that have not learnt from these images. That is how the library
    cleanlab finds them with its filter "predicted_neq_given" and its ranking by normalised margin (Northcutt, Jiang,
    Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels"). Its other filters ask for as much
    confidence as a class has on average, which networks that are nearly always sure never have of a doubtful image.

    Args:
        evaluation: What was said of a split.

    Returns:
        int64 (n,), positions in the split, the most doubtful first: by how far the label lies behind the class read.
    """
    own = evaluation.probabilities[np.arange(evaluation.count), evaluation.labels]
    behind = evaluation.probabilities.max(1) - own
    doubtful = np.flatnonzero(behind > 0)
    return doubtful[np.argsort(-behind[doubtful], kind="stable")]


def compare(first: Evaluation, second: Evaluation) -> Comparison:
    """Compare two networks on the same images.

    Args:
        first: What one said of a split.
        second: What the other said of the same split.

    Returns:
        The images that only one of them reads right, those that both misread, and McNemar's exact test.
    """
    from scipy.stats import binomtest  # takes a third of a second to import

    right = first.predictions == first.labels
    other = second.predictions == second.labels
    outcomes = right & ~other, other & ~right, ~right & ~other
    only_first, only_second, neither = (np.flatnonzero(outcome) for outcome in outcomes)
    differ = len(only_first) + len(only_second)
    p_value = float(binomtest(len(only_first), differ).pvalue) if differ else 1.0
    return Comparison(only_first, only_second, neither, p_value)
