"""Which images are behind a cell, worked out by hand."""

from __future__ import annotations

import numpy as np

from ocr import Evaluation


def test_behind_a_cell_worked_out_by_hand():
    #      label, read as, confidence
    rows = [(4, 9, 0.6), (4, 9, 0.9), (4, 4, 0.8), (4, 4, 0.5), (7, 9, 0.7), (4, 1, 0.99)]
    probabilities = np.zeros((len(rows), 10), np.float32)
    for i, (_, read, confidence) in enumerate(rows):
        probabilities[i] = (1 - confidence) / 9
        probabilities[i, read] = confidence
    evaluation = Evaluation(probabilities, np.array([label for label, _, _ in rows]))
    assert evaluation.behind(4, 9).tolist() == [1, 0]
    assert evaluation.behind(4, 4).tolist() == [3, 2]
    assert evaluation.behind(None, 9).tolist() == [1, 4, 0]
    assert evaluation.behind(4, None).tolist() == [5, 1, 0]
    assert evaluation.behind(None, None).tolist() == evaluation.mistakes.tolist() == [5, 1, 4, 0]
    assert evaluation.behind(0, 0).tolist() == []
