"""Five lines, as in a notebook: train, read, plot. On the bundled digits, and fewer iterations than the preset's."""

from __future__ import annotations

import subprocess
import sys

from tests import PROJECT

LINES = """
from ocr import from_strokes, load_data, plots, preset, predict, train
checkpoint, reports = train(preset("fast", iterations=60), load_data())
seven = from_strokes([[(10, 10), (90, 10), (40, 120)]])  # lists of points, x right and y down
print(predict(checkpoint, [seven])[0].digit)
plots.learning_figure(reports)
"""

# What a notebook does with the last line's value, and what the figures hold.
CHECKS = """
figure = plots.learning_figure(reports)
assert "<script" in figure._repr_html_()
assert list(figure.data[1].x) == [each.iteration for each in reports if each.validation_accuracy is not None]
assert figure.data[1].y[-1] == reports[-1].validation_accuracy > 0.8, reports[-1]
weights = checkpoint.model.convs[0].weight.numpy()
assert (plots.filters_figure(weights).data[3].z == weights[3, 0]).all()
assert "streamlit" not in __import__("sys").modules
"""


def test_five_lines_train_read_and_plot(offline):
    assert len(LINES.strip().splitlines()) == 5
    command = [sys.executable, "-W", "error", "-c", LINES + CHECKS]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=100, check=False)
    assert (result.returncode, result.stderr, result.stdout) == (0, "", "7\n"), result.stderr
