"""The command line: what it prints where, its exit codes, and that no user ever sees a traceback."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ocr import CNN, CNNConfig, Trainer, from_strokes, load_checkpoint, load_data, save_checkpoint
from ocr.inspection.excitation import activity
from ocr.inspection.knock_out import knock_out_each, knock_out_neurons
from ocr.network.checkpoint import Checkpoint
from ocr.network.linear import LinearClassifier
from ocr.reading.scores import wilson_interval
from ocr.runs import folder
from ocr.runs.lock import hold
from ocr.runs.process import execute
from ocr.runs.status import INTERRUPTED
from tests import PROJECT
from tests.conftest import zipped

SEVEN = [[[0, 0], [60, 0], [30, 100]]]
ONE = [[[5, 0], [5, 90]]]


def strict(text: str):
    """JSON that any other program reads too: no NaN, no Infinity."""

    def refuse(constant):
        raise ValueError(constant)

    return json.loads(text, parse_constant=refuse)


def sentence(result: tuple[int, str, str], text: str) -> None:
    """Exit code 2, one line on stderr that says so, nothing on stdout."""
    code, out, err = result
    assert (code, out) == (2, "")
    assert re.fullmatch(rf"Error: .*{text}.*[.)]\n", err), err
    assert "Traceback" not in err


def test_data_offline(cli, offline):
    code, out, err = cli("data", "--json")
    assert (code, err) == (0, "")
    found = strict(out)
    assert found["name"] == "bundled digits"
    assert found["splits"] == {"train": 1297, "validation": 200, "test": 300}
    assert set(found["files"].values()) == {"missing"}
    assert len(found["files"]) == 4
    code, out, _ = cli("data")
    assert code == 0
    assert "train 1,297, validation 200, test 300" in out
    assert f"python -m ocr data --download, or copy its four files into {offline}" in out


def test_data_with_mnist_and_download(cli, mirrors, offline, small_mnist):
    mirrors[0].files = {f"{name}.gz": zipped(content) for name, content in small_mnist.items()}
    code, out, _ = cli("data", "--download", "--json")
    assert code == 0
    assert strict(out) == {
        "name": "MNIST",
        "source": f"MNIST from {offline}",
        "splits": {"train": 50, "validation": 20, "test": 30},
        "files": {name: str(offline / f"{name}.gz") for name in small_mnist},
    }
    assert out.count("\n") == 1
    _, out, _ = cli("data")
    assert out.count("SHA256 verified") == 4


def test_download_that_fails_is_one_sentence(cli, offline):
    sentence(cli("data", "--download"), "could not be downloaded")


def test_train_prints_json(cli, offline):
    code, out, err = cli("train", "--iterations", 3, "--json", "--run", "mine", "--seed", 4, "--threads", 1)
    assert code == 0
    result = strict(out)
    assert (result["run"], result["state"], result["iteration"]) == ("mine", "finished", 3)
    assert result.keys() >= {"training_accuracy", "training_loss", "validation_accuracy", "validation_loss", "seconds"}
    assert "could not be downloaded" in err
    assert "Training on the bundled digits instead." in err
    run = folder.find_run("mine")
    assert (run.config().seed, run.config().iterations, run.config().batch_size) == (4, 3, 64)
    trainer = Trainer(run.config(), load_data())
    list(trainer.train(3))
    for name, value in load_checkpoint(run.path).model.state_dict().items():
        assert torch.equal(value, trainer.model.state_dict()[name])


def test_train_prints_the_tutorials_status_lines(cli, offline):
    code, out, _ = cli("train", "--preset", "linear", "--iterations", 205)
    assert code == 0
    lines = [line for line in out.splitlines() if line.startswith("Optimization Iteration")]
    for line, iteration in zip(lines, ("     1", "   101", "   201"), strict=True):
        assert re.fullmatch(rf"Optimization Iteration: {iteration}, Training Accuracy: [ \d]{{3}}\.\d%", line)
    assert re.search(r"^Accuracy on Validation-Set: \d\d\.\d% after 205 iterations$", out, re.M)
    assert re.search(r"^Time usage: 0:00:\d\d$", out, re.M)
    assert f"Finished. Weights: {folder.find_run('linear-1').checkpoint_path}" in out


def test_resume_goes_on_and_alone_finishes_what_was_asked(cli, offline, digits, tiny):
    run = folder.create_run("old", replace(tiny, iterations=20), "fast")
    list(execute(run, digits, 5))
    status = json.loads((run.path / "status.json").read_text())
    (run.path / "status.json").write_text(json.dumps(status | {"state": "training", "target": 30}))
    assert run.status().state == INTERRUPTED
    code, out, _ = cli("train", "--run", "old", "--resume", "--json")
    assert (code, strict(out)["iteration"], strict(out)["state"]) == (0, 30, "finished")
    code, out, _ = cli("train", "--resume", "--iterations", 4, "--json")
    assert (code, strict(out)["run"], strict(out)["iteration"]) == (0, "old", 34)
    code, out, _ = cli("train", "--resume", "--json")
    assert (code, strict(out)) == (0, {"run": "old", "state": "finished"})
    whole = Trainer(run.config(), digits)
    list(whole.train(34))
    for name, value in load_checkpoint(run.path).model.state_dict().items():
        assert torch.equal(value, whole.model.state_dict()[name])


def test_what_is_refused_because_another_run_trains_leaves_nothing_in_the_way(cli, offline, tiny, runs_folder):
    other = folder.create_run("other", tiny, "fast")
    with folder.hold_lock(other):
        sentence(cli_quiet(cli, "--run", "mine", "--iterations", 1), "other is training, and one run trains at a time")
    assert folder.list_runs() == [other]
    assert cli("train", "--run", "mine", "--iterations", 1)[0] == 0


def test_train_refuses_with_a_sentence(cli, offline, tiny):
    sentence(cli_quiet(cli, "--preset", "slow"), "There is no preset 'slow'")
    sentence(cli_quiet(cli, "--resume"), "There is no run in .* to go on with")
    sentence(cli_quiet(cli, "--run", "../out"), "cannot name a run")
    sentence(cli_quiet(cli, "--device", "toaster", "--run", "x"), "device 'toaster' cannot be used here")
    folder.create_run("taken", tiny, "fast")
    sentence(cli_quiet(cli, "--run", "taken"), "There is already a run taken")
    sentence(cli_quiet(cli, "--resume", "--seed", "3"), "A run keeps its recipe")
    sentence(cli_quiet(cli, "--resume", "--run", "nothing"), "There is no readable run nothing")


def cli_quiet(cli, *arguments):
    """`train` without what it says about the data it found."""
    code, out, err = cli("train", *arguments)
    out = re.sub(r"^Training \S+ on .*\n", "", out)
    return code, out, re.sub(r"^.*Training on the bundled digits instead\.\n", "", err)


@pytest.mark.parametrize(
    "arguments", [("train", "--iterations", "-1"), ("train", "--iterations", "x"), ("fly",), ("predict",)]
)
def test_wrong_use_is_explained_on_stderr(cli, offline, arguments):
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    assert "Usage:" in err
    assert "Traceback" not in err


def test_evaluate(cli, offline, digits, tmp_path):
    model = LinearClassifier()
    model.fc.bias.data[3] = 5.0  # says 3 of everything
    save_checkpoint(tmp_path / "three", Checkpoint(model))
    code, out, err = cli("evaluate", "--checkpoint", tmp_path / "three", "--json")
    assert (code, err) == (0, "")
    result = strict(out)
    asked = {"accuracy", "correct", "count", "confusion", "calibration_error"}
    assert asked <= result.keys()
    low, high = result["interval"]
    assert low < result["accuracy"] < high
    threes = int((digits.test.labels == 3).sum())
    assert (result["correct"], result["count"]) == (threes, 300)
    assert result["accuracy"] == pytest.approx(threes / 300)
    assert np.array(result["confusion"]).shape == (10, 10)
    assert np.array(result["confusion"])[:, 3].sum() == 300
    assert result["recall"] == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    assert result["precision"][3] == pytest.approx(threes / 300)
    certainty = np.exp(5) / (np.exp(5) + 9)
    assert result["calibration_error"] == pytest.approx(certainty - threes / 300, abs=1e-5)
    code, out, _ = cli("evaluate", "--checkpoint", tmp_path / "three", "--split", "validation")
    threes = int((digits.validation.labels == 3).sum())
    assert f"Accuracy on Validation-Set: {threes / 200:.1%} ({threes} / 200)" in out
    low, high = wilson_interval(threes, 200)
    assert f"\n95% interval: {low:.2%} to {high:.2%}   Calibration error: " in out
    scores = [line.split() for line in out[out.index("Digit  recall") :].splitlines()[1:]]
    f1 = 2 * threes / (threes + 200)
    assert scores[3] == ["3", "100.00%", f"{threes / 200:.2%}", f"{f1:.2%}"]
    assert [row[1] for row in scores] == ["100.00%" if digit == 3 else "0.00%" for digit in range(10)]


def test_inspect(cli, offline, digits, tmp_path):
    torch.manual_seed(0)
    model = CNN(CNNConfig(filters=(3, 2), fc_size=8)).eval()
    model.convs[0].weight.data[1] = model.convs[0].bias.data[1] = -1  # it never answers
    save_checkpoint(tmp_path / "small", Checkpoint(model))
    code, out, err = cli("inspect", "--checkpoint", tmp_path / "small", "--json")
    assert (code, err) == (0, "")
    result = strict(out)
    assert result["images"] == len(digits.validation)
    assert [(each["layer"], each["filter"]) for each in result["filters"]] == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]
    lost = {(each.layer + 1, each.channel + 1): each for each in knock_out_each(model, digits.validation)}
    for each in result["filters"]:
        assert each["lost"] == lost[each["layer"], each["filter"]].total == sum(each["lost_by_class"])
        share = activity(model, digits.validation, each["layer"] - 1).share
        assert each["active"] == pytest.approx(share[each["filter"] - 1])
    code, out, _ = cli("inspect", "--checkpoint", tmp_path / "small")
    assert code == 0
    assert re.search(r"filter 1\.2 +0\.0% +0  dead", out)
    assert re.search(r"neuron 8 +\d+\.\d% +-?\d+", out)
    assert [each["neuron"] for each in result["neurons"]] == list(range(1, 9))
    for each, known in zip(
        (*result["neurons"], *result["outputs"]), knock_out_neurons(model, digits.validation), strict=True
    ):
        assert each["lost"] == known.total == sum(each["lost_by_class"])
    save_checkpoint(tmp_path / "flat", Checkpoint(LinearClassifier()))
    sentence(cli("inspect", "--checkpoint", tmp_path / "flat"), "This network has no filters to inspect")


def test_evaluate_refuses_with_a_sentence(cli, offline, tmp_path):
    sentence(
        cli("evaluate", "--split", "train"), r"There is no split 'train'\. Choose test, validation, bundled or own"
    )
    sentence(cli("evaluate", "--checkpoint", tmp_path / "nothing"), "There is no file")
    (tmp_path / "file.pt").write_bytes(b"\x80\x04.")
    sentence(cli("evaluate", "--checkpoint", tmp_path / "file.pt"), "not a readable safetensors file")


@pytest.mark.parametrize("command", ["teacher", "familiarity"])
def test_networks_to_be_shipped_need_a_path_and_mnist(cli, offline, tmp_path, command):
    code, out, err = cli(command)
    assert (code, out) == (2, "")
    assert "Missing option" in err
    assert "--path" in err
    path = tmp_path / "network.safetensors"
    code, out, err = cli(command, "--path", path)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith("Error: This network is trained on MNIST only, and here is ")
    assert err.endswith("Get MNIST by: python -m ocr data --download\n")
    assert not path.exists()


def image_file(path: Path, strokes=SEVEN) -> Path:
    Image.fromarray((from_strokes(strokes) * 255).round().astype(np.uint8)).save(path)
    return path


def check_reading(document, name):
    assert document.keys() == {"id", "text", "digits", "left_out"}
    assert document["id"] == name
    said = [str(digit["digit"]) if digit["familiarity"] >= 0.5 else "?" for digit in document["digits"]]
    assert document["text"] == "".join(said)
    (digit,) = document["digits"]
    assert digit.keys() >= {"digit", "confidence", "familiarity", "probabilities"}
    assert len(digit["probabilities"]) == 10
    assert sum(digit["probabilities"]) == pytest.approx(1, abs=1e-4)
    assert max(digit["probabilities"]) == pytest.approx(digit["confidence"], abs=1e-5)
    assert digit["probabilities"][digit["digit"]] == max(digit["probabilities"])


def test_predict_reads_images_in_the_order_given(cli, tmp_path):
    files = [image_file(tmp_path / name) for name in ("b.png", "a.png", "c.webp", "d.bmp")]
    code, out, err = cli("predict", "--single", *files)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    for line, file in zip(lines, files, strict=True):
        check_reading(strict(line), str(file))
    code, out, _ = cli("predict", "--single", "--json", *files[:2])
    assert [document["id"] for document in strict(out)] == [str(file) for file in files[:2]]


def damaged(tmp_path: Path) -> dict[str, Path]:
    """Files that are no images, in every way that files go wrong."""
    good = image_file(tmp_path / "good.png").read_bytes()
    Image.open(tmp_path / "good.png").convert("P").save(tmp_path / "palette.bmp")
    palette = bytearray((tmp_path / "palette.bmp").read_bytes())
    palette[46:50] = (300).to_bytes(4, "little")  # colours, of at most 256
    contents = {
        "text.png": b"this is text\n",
        "empty.png": b"",
        "short.png": good[: len(good) // 2],
        "header.png": good[:20],
        "crc.png": good[:50] + bytes([good[50] ^ 255]) + good[51:],
        "short.gif": b"GIF89a",
        "short.bmp": b"BM" + b"\0" * 30,
        "noise.jpg": b"\xff\xd8\xff\xe0" + bytes(range(256)),
        "text.svg": b"<svg></svg>",
        "palette.bmp": bytes(palette),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.png").mkdir()
    return {name: tmp_path / name for name in [*contents, "folder.png", "missing.png"]}


def test_predict_says_what_is_wrong_with_each_file_and_goes_on(cli, tmp_path):
    bad = damaged(tmp_path)
    good = tmp_path / "good.png"
    code, out, err = cli("predict", "--single", *bad.values(), good)
    assert (code, err) == (2, "")
    documents = [strict(line) for line in out.splitlines()]
    assert [document["id"] for document in documents] == [str(path) for path in [*bad.values(), good]]
    for document, name in zip(documents, bad, strict=False):
        assert document.keys() == {"id", "error"}, document
        assert name in document["error"]
        assert document["error"].endswith(".")
    check_reading(documents[-1], str(good))
    kinds = "PNG, JPEG, WebP, AVIF, HEIC, TIFF or GIF"
    assert documents[0]["error"] == f"text.png is not an image that can be read. Use {kinds}."


BLANK = np.full((60, 60), 255, np.uint8)


def test_predict_says_when_there_is_no_ink(cli, tmp_path):
    Image.fromarray(BLANK).save(tmp_path / "blank.png")
    code, out, _ = cli("predict", "--single", tmp_path / "blank.png")
    assert code == 2
    assert strict(out)["error"].startswith("Nothing stands out on this image")


LINES = [
    json.dumps({"id": "first", "strokes": SEVEN}),
    "{damaged",
    json.dumps({"strokes": ONE}),
    json.dumps({"id": 4, "strokes": []}),
    json.dumps({"id": "five"}),
    json.dumps([1, 2]),
    json.dumps({"id": "seven", "strokes": [[["a", "b"]]]}),
    '{"id": "eight", "strokes": [[[NaN, 1]]]}',
    '{"id": "nine", "strokes": ' + "[" * 100_000,
    '{"id": "ten", "strokes": [[[0, 0], [1' + "0" * 400 + ", 1]]]}",
    json.dumps({"id": "eleven", "strokes": [[[0, 0], [1e-310, 0]]]}),
    json.dumps({"id": "last", "strokes": SEVEN, "label": 7}),
]


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_predict_reads_stroke_files_with_bad_lines(cli, tmp_path, suffix):
    file = tmp_path / f"drawings{suffix}"
    content = ("\n".join(LINES) + "\n").encode()
    file.write_bytes(gzip.compress(content) if suffix.endswith("gz") else content)
    code, out, err = cli("predict", "--single", file)
    assert (code, err) == (2, "")
    documents = [strict(line) for line in out.splitlines()]
    names = ["first", f"{file.name}:2", f"{file.name}:3", "4", "five", f"{file.name}:6", "seven", "eight"]
    names += [f"{file.name}:9", "ten", "eleven", "last"]
    assert [document["id"] for document in documents] == names
    bad = {1, 3, 4, 5, 6, 7, 8, 9}
    for number, (document, name) in enumerate(zip(documents, names, strict=True)):
        if number in bad:
            assert document.keys() == {"id", "error"}
        else:
            check_reading(document, name)
    assert "This line is not a drawing" in documents[1]["error"]
    assert "There is no ink" in documents[3]["error"]
    assert "not a number" in documents[7]["error"]
    assert documents[0]["digits"] == documents[-1]["digits"]


def test_predict_of_good_lines_exits_with_0(cli, tmp_path):
    (tmp_path / "good.jsonl").write_text(LINES[0] + "\n" + LINES[-1])
    code, out, _ = cli("predict", "--single", "--json", tmp_path / "good.jsonl")
    assert code == 0
    assert [document["id"] for document in strict(out)] == ["first", "last"]


@pytest.mark.parametrize("damage", ["missing", "text", "short", "scrambled", "latin"])
def test_stroke_file_that_cannot_be_read_gives_a_sentence(cli, tmp_path, damage):
    file = tmp_path / ("drawings.jsonl" if damage == "latin" else "drawings.jsonl.gz")
    content = bytearray(gzip.compress("\n".join(LINES[:8] * 300).encode()))
    if damage == "text":
        content = b"text"
    elif damage == "short":
        content = content[:-20]
    elif damage == "scrambled":
        content[15:40] = b"\xff" * 25
    elif damage == "latin":
        content = b'{"id": "\xe9"}\n'
    if damage != "missing":
        file.write_bytes(content)
    code, out, err = cli("predict", "--single", file)
    assert (code, err) == (2, "")
    last = strict(out.splitlines()[-1])
    assert last["id"] == str(file)
    assert last["error"].startswith(f"{file.name} cannot be read (")


def test_predict_needs_readable_weights(cli, tmp_path):
    file = image_file(tmp_path / "a.png")
    sentence(cli("predict", file, "--checkpoint", tmp_path / "none"), "There is no file")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("evaluate", "--checkpoint", "no/such/file"), "Error: There is no file no/such/file."),
        (("train", "--resume"), "Error: There is no run in "),
    ],
)
def test_as_a_process_of_its_own(offline, arguments, text):
    command = [sys.executable, "-m", "ocr", *arguments]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.splitlines()[-1].startswith(text)
    assert "Traceback" not in result.stderr


def test_help_lists_the_commands(cli):
    code, out, _ = cli("--help")
    assert code == 0
    assert all(command in out for command in ("train", "evaluate", "predict", "benchmark", "export", "data"))


def test_a_new_run_that_is_refused_leaves_nothing_behind(cli, tiny, runs_folder, monkeypatch):
    """Another one began between the look at the lock and the start."""
    monkeypatch.setattr("ocr.commands.train.refuse_second", lambda folder: None)
    runs_folder.mkdir(exist_ok=True)
    with hold(runs_folder, "busy"):
        code, _, err = cli("train", "--run", "late", "--iterations", "1")
    sentence = "Error: busy is training, and one run trains at a time. Stop it or wait until it has finished.\n"
    assert (code, err) == (2, sentence)
    assert not (runs_folder / "late").exists()


def test_predict_says_which_of_several_pages_it_read(cli, tmp_path):
    blank, page = Image.new("L", (120, 120), 255), Image.open(image_file(tmp_path / "one.png")).convert("L")
    blank.resize(page.size).save(tmp_path / "scan.tif", save_all=True, append_images=[page])
    code, out, _ = cli("predict", "--single", tmp_path / "scan.tif", tmp_path / "one.png")
    scan, one = map(strict, out.splitlines())
    assert (code, scan["note"]) == (0, "Frame or page 2 of 2 is read.")
    assert scan["digits"][0]["digit"] == one["digits"][0]["digit"]
    assert "note" not in one
