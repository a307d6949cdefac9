"""`python -m ocr evaluate` on any images, and beside other weights; the pages say the same figures."""

from __future__ import annotations

import base64
import csv
import json

import numpy as np
import pytest

from ocr import evaluate, load_checkpoint
from ocr.data.bundled import all_bundled
from ocr.data.user_digits import keep_digit
from ocr.inspection.robustness import KINDS
from ocr.network.checkpoint import temperature
from ocr.reading.scores import THRESHOLDS
from tests.data.test_labelled import archive, png
from tests.pages.apptest import open_page, shown, texts
from tests.strokes import SEVEN


def told(result: tuple[int, str, str]) -> dict:
    code, out, err = result
    assert (code, err) == (0, "")
    return json.loads(out)


def test_bundled_digits_and_ones_own(cli, offline):
    checkpoint = load_checkpoint()
    result = told(cli("evaluate", "--split", "bundled", "--json"))
    assert result["count"] == 1_797
    assert result["correct"] == evaluate(checkpoint.model, all_bundled()).correct
    assert cli("evaluate", "--split", "own")[2].startswith("Error: There are no digits of your own.")
    keep_digit(SEVEN, 7)
    assert told(cli("evaluate", "--split", "own", "--json"))["count"] == 1


def test_pictures_that_are_brought_and_what_is_left_out_of_them(cli, offline, digits, tmp_path):
    files = {f"{digits.test.labels[i]}_{i}.png": png(digits.test.images[i]) for i in range(9)}
    (tmp_path / "set.zip").write_bytes(archive(files | {"who.png": png(digits.test.images[0])}))
    code, out, err = cli("evaluate", "--images", tmp_path / "set.zip", "--predictions", tmp_path / "p.csv", "--json")
    assert code == 0
    assert err == "Left out: who.png: neither its folder nor its name says which digit it is.\n"
    result = json.loads(out)
    assert (result["count"], len(result["left_out"])) == (9, 1)
    with open(tmp_path / "p.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["image"] for row in rows] == list(files)
    assert sum(row["label"] == row["predicted"] for row in rows) == result["correct"]
    assert sum(float(rows[0][f"probability of {digit}"]) for digit in range(10)) == pytest.approx(1, abs=1e-4)
    assert cli("evaluate", "--images", tmp_path / "none")[0] == 2


def test_beside_other_weights(cli, offline, small_run, digits):
    result = told(cli("evaluate", "--compared", small_run.path, "--json"))
    first, second = (
        evaluate(c.model, digits.test, temperature(c)) for c in (load_checkpoint(), load_checkpoint(small_run.path))
    )
    right, other = (each.predictions == each.labels for each in (first, second))
    assert result["comparison"]["only_first"] == int((right & ~other).sum())
    assert result["comparison"]["neither"] == int((~right & ~other).sum())
    assert result["comparison"]["correct"] == second.correct


def test_robustness(cli, offline, tmp_path, digits):
    files = {f"{digits.test.labels[i]}_{i}.png": png(digits.test.images[i]) for i in range(6)}
    (tmp_path / "set.zip").write_bytes(archive(files))
    result = told(cli("evaluate", "--images", tmp_path / "set.zip", "--robustness", "--json"))
    assert len(result["robustness"]) == sum(len(kind.strengths) for kind in KINDS)
    assert result["robustness"][0]["correct"] == result["correct"]


@pytest.mark.usefixtures("fresh_caches")
def test_mistakes_shows_the_figures_that_the_command_prints(cli, digits):
    result = told(cli("evaluate", "--json"))
    page = open_page("mistakes", mistakes_deeper="Each digit")
    said = texts(page)
    assert f"**{result['accuracy']:.2%}** {result['correct']:,} of {result['count']:,} test images" in said
    assert f"calibration error {100 * result['calibration_error']:.2f} points" in said
    assert f"{result['interval'][0]:.2%} and {result['interval'][1]:.2%}" in said
    assert shown(page)["matrix"]["counts"] == result["confusion"]
    for name in ("precision", "recall", "f1"):
        assert all(f"<td>{value:.2%}</td>" in said for value in result[name])


@pytest.mark.usefixtures("fresh_caches")
def test_two_networks_show_the_figures_that_the_command_prints(cli, small_run):
    result = told(cli("evaluate", "--compared", small_run.path, "--json"))
    page = open_page("mistakes", mistakes_deeper="Two networks", mistakes_other="small")
    comparison = result["comparison"]
    said = texts(page)
    assert f"The first reads {result['correct']:,} of 300 right, the second {comparison['correct']:,}." in said
    assert page.segmented_control[-1].options == [
        f"Only the first is right ({comparison['only_first']})",
        f"Only the second is right ({comparison['only_second']})",
        f"Both are wrong ({comparison['neither']})",
    ]


@pytest.mark.usefixtures("fresh_caches")
@pytest.mark.parametrize("threshold", [THRESHOLDS[5], THRESHOLDS[-1]])
def test_confidence_shows_the_figures_that_the_command_prints(cli, threshold):
    result = told(cli("evaluate", "--json"))
    kept = next(each for each in result["coverage"] if each["threshold"] == threshold)
    page = open_page("mistakes", mistakes_deeper="Confidence", threshold=threshold)
    assert f"**{kept['read']:,} of {result['count']:,}** images are read" in texts(page)
    chart = json.loads(page.get("plotly_chart")[0].proto.spec)
    counts = [each["count"] for each in result["reliability"]]
    assert counts in [plain(trace["y"]) for trace in chart["data"]]


def plain(values: list | dict) -> list:
    """The numbers of a Plotly trace, which are packed where NumPy gave them."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).tolist()
    return values
