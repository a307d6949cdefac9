"""Several processes that train as one: the same weights within rounding, one run folder, and no half-dead runs."""

from __future__ import annotations

import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from ocr import CNN, CNNConfig, Data, OCRError, TrainConfig, Trainer, load_checkpoint, load_data
from ocr.files import load_tensors, save_tensors
from ocr.network.device import has_bfloat16
from ocr.network.fast import fourier
from ocr.network.linear import LinearConfig
from ocr.runs import folder
from ocr.runs.status import FAILED, STOPPED
from ocr.training import batches, distributed
from ocr.training.augmentation import augment
from ocr.training.batches import Part
from ocr.training.dropout import make_dropout
from ocr.training.follow import follow
from ocr.training.recipe import Augmentation
from tests import PROJECT

pytestmark = pytest.mark.timeout(300)  # several processes import torch, next to whatever else runs

ITERATIONS = 30


@pytest.mark.parametrize("bounds", [[0, 8], [0, 4, 8], [0, 2, 5, 8]])
def test_parts_of_a_batch_are_distorted_and_dropped_as_the_whole_would(bounds):
    images = torch.rand(8, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    model = CNN(CNNConfig(filters=(3, 5), fc_size=7)).requires_grad_(False)  # 245 features: bytes that fill no word

    def random(run):
        torch.manual_seed(9)
        return run()

    pieces = [(images[first:last], Part(first, last, 8)) for first, last in pairwise(bounds)]
    distorted = [random(lambda p=p, x=x: augment(x, Augmentation(), torch.default_generator, p)) for x, p in pieces]
    whole = random(lambda: augment(images, Augmentation(), torch.default_generator))
    torch.testing.assert_close(torch.cat(distorted), whole)
    assert (whole - images).abs().mean() > 0.01
    whole_batch, values = Part(0, 8, 8), torch.ones(8, 245)
    dropped = [random(lambda p=p, x=x: make_dropout(0.3, p)(torch.ones(len(x), 245))) for x, p in pieces]
    assert torch.equal(torch.cat(dropped), random(lambda: make_dropout(0.3, whole_batch)(values)))
    logits = [random(lambda p=p, x=x: model(x, make_dropout(0.3, p))) for x, p in pieces]
    torch.testing.assert_close(torch.cat(logits), random(lambda: model(images, make_dropout(0.3, whole_batch))))


PLAIN = TrainConfig(iterations=ITERATIONS, learning_rate=1e-3, seed=5)
RECIPES = {
    "plain": PLAIN,
    "uneven": replace(PLAIN, batch_size=9),
    "linear": replace(PLAIN, network=LinearConfig(), optimizer="sgd", learning_rate=0.5),
    "everything": replace(
        PLAIN,
        batch_size=16,  # the teachers read every image
        augmentation=Augmentation(),
        dropout=0.3,
        ema_decay=0.9,
        label_smoothing=0.1,
        optimizer="adamw",
        weight_decay=0.01,
        one_cycle=True,
        synthetic_share=0.25,
        distillation_weight=0.5,
    ),
}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def recipes(precision: str) -> dict[str, TrainConfig]:
    return {"float32": RECIPES, "fourier": {"plain": PLAIN}}.get(precision, {"everything": RECIPES["everything"]})


def train_all(folder: Path, data: Data, precision: str) -> None:
    """Each recipe, with another learning rate from half the way on, and restored from its saved state there."""
    for name, recipe in recipes(precision).items():
        start = Trainer(recipe, data, "cpu")
        reports = list(start.train(5))
        reports += start.train(ITERATIONS // 2 - 5)  # as after a pause
        save_tensors(folder / "half", *start.state())
        trainer = Trainer(recipe, data, "cpu")
        trainer.restore(*load_tensors(folder / "half"))
        trainer.set_learning_rate(recipe.learning_rate / 2)
        reports += trainer.train(ITERATIONS - ITERATIONS // 2)
        values = {"reports": [asdict(report) for report in reports]}
        save_tensors(folder / name, dict(trainer.evaluation_model().state_dict()), values)


def prepare(patch, precision: str) -> None:
    """Quick, comparable, and in a precision and a way that this processor may or may not choose by itself."""
    patch(batches, "SYNTHETIC_IMAGES", 300)
    patch(sys.modules["ocr.training.loss_gradients"], "has_bfloat16", lambda device: precision == "bfloat16")
    patch(fourier, "is_bound_by_arithmetic", lambda device: precision == "fourier")


def worker(folder: str, precision: str) -> None:
    """What each process of a group does in the test below."""
    torch.set_num_threads(1)
    prepare(setattr, precision)
    data = load_data(Path(folder))
    with distributed.joined("cpu") as first:
        if first:
            train_all(Path(folder), data, precision)
        else:
            follow(data, "cpu")
    os._exit(0)  # torch's threads now and then abort the interpreter's end; what they trained is what is tested


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 0.002), ("fourier", 0.1), ("bfloat16", 0.4)])
def test_two_processes_follow_one_with_the_same_global_batch(precision, tolerance, digits, tmp_path, monkeypatch):
    """Tolerances are shares of the way that the weights went. Found were at most 0.0005 in float32, where Adam makes
    much of the rounding of gradients that are next to nothing, 0.024 with Fourier transforms, which leave no gradient
    at nothing, and 0.19 in bfloat16, whose 8 bits round each process's gradients on their own."""
    if precision == "bfloat16" and not has_bfloat16(torch.device("cpu")):
        pytest.skip("this processor has no bfloat16")
    one, two = tmp_path / "one", tmp_path / "two"
    code = "import sys; from tests.training.test_distributed import worker; worker(*sys.argv[1:])"
    group = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    two.mkdir()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(two), precision],
            cwd=PROJECT,
            env=os.environ | group | {"RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(2)
    ]
    one.mkdir()
    prepare(monkeypatch.setattr, precision)
    train_all(one, digits, precision)
    for process in processes:
        out, _ = process.communicate(timeout=100)
        assert process.returncode == 0, out
    for name, recipe in recipes(precision).items():
        (alone, reports), (together, others) = (load_tensors(folder / name) for folder in (one, two))
        initial = Trainer(recipe, digits, "cpu").model.state_dict()
        assert distance(alone, together) < tolerance * distance(alone, initial), name
        iterations = set()
        for one_report, other in zip_by_iteration(reports["reports"], others["reports"]):
            iterations.add(one_report["iteration"])
            assert other["learning_rate"] == one_report["learning_rate"]
            if one_report["iteration"]:
                for figure in ("training_loss", "training_accuracy"):
                    assert other[figure] == pytest.approx(one_report[figure], rel=tolerance / 4), (name, figure)
        assert iterations >= {0, 1, 10, ITERATIONS // 2, ITERATIONS}


def distance(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    return math.sqrt(sum(float((one[name] - other[name]).square().sum()) for name in one))


def zip_by_iteration(one: list[dict], other: list[dict]) -> list[tuple[dict, dict]]:
    """Reports of both; further ones come by the clock."""
    by_iteration = {report["iteration"]: report for report in other}
    return [(report, by_iteration[report["iteration"]]) for report in one if report["iteration"] in by_iteration]


def torchrun(*arguments: str) -> subprocess.Popen:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "--"]
    return subprocess.Popen(
        [*launcher, "ocr", "train", *arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(condition, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 90
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_killed_process_ends_the_run_with_a_sentence_and_it_resumes(cli, offline):
    run = folder.find_run("together")
    launched = torchrun("--run", "together", "--iterations", "1000000")
    wait_for(lambda: len(run.metrics()) > 3, launched)
    assert run.status().live
    code, _, err = cli("train", "--run", "other", "--iterations", 1)
    assert (code, err.splitlines()[-1]) == (
        2,
        "Error: together is training, and one run trains at a time. Stop it or wait until it has finished.",
    )
    children = Path(f"/proc/{launched.pid}/task/{launched.pid}/children").read_text().split()
    leader = run.status().pid
    assert str(leader) in children
    (follower,) = (int(pid) for pid in children if int(pid) != leader)
    os.kill(follower, signal.SIGKILL)
    out, err = launched.communicate(timeout=60)
    assert launched.returncode != 0
    assert run.status().state == FAILED
    sentence = "Another of the processes that train together has ended. Resume the run; what was saved is safe."
    assert run.status().message == sentence
    assert err.count(f"Error: {sentence}") == 1
    assert out.count("Optimization Iteration:      1,") == 1
    reached = run.metrics()[-1].iteration

    launched = torchrun("--run", "together", "--resume")
    wait_for(lambda: run.status().live and run.metrics()[-1].iteration > reached, launched)
    run.pause()
    wait_for(lambda: run.status().paused, launched)
    halted = run.status().iteration
    run.set_learning_rate(1e-5)
    run.step(3)
    wait_for(lambda: run.status().paused and run.status().iteration == halted + 3, launched)
    assert run.metrics()[-1].learning_rate == 1e-5
    run.play()
    wait_for(lambda: run.metrics()[-1].iteration > halted + 3, launched)
    launched.send_signal(signal.SIGINT)  # as Ctrl-C does; torchrun passes it on
    out, _ = launched.communicate(timeout=60)
    assert run.status().state == STOPPED
    assert "Stopped. Weights: " in out
    iterations = [report.iteration for report in run.metrics()]
    assert all(earlier < later for earlier, later in pairwise(iterations))
    assert load_checkpoint(run.path).info["iteration"] == iterations[-1] == run.status().iteration > reached
    code, out, _ = cli("train", "--run", "together", "--resume", "--iterations", 2, "--json")
    assert (code, json.loads(out)["iteration"]) == (0, iterations[-1] + 2)


def test_what_the_first_process_refuses_ends_them_all(offline):
    folder.create_run("taken", PLAIN, "tutorial")
    launched = torchrun("--run", "taken")
    _, err = launched.communicate(timeout=90)
    assert launched.returncode == 1
    assert "Error: There is already a run taken." in err
    assert "Another of the processes" not in err


def test_a_group_that_cannot_form_gives_a_sentence(cli, offline, monkeypatch):
    for name, value in {"WORLD_SIZE": "2", "RANK": "1", "MASTER_ADDR": "127.0.0.1"}.items():  # and no port
        monkeypatch.setenv(name, value)
    code, out, err = cli("train", "--iterations", 1)
    assert (code, out) == (2, "")
    assert err.startswith("Error: The other processes cannot be reached. Start them all by torchrun. (")


def test_a_process_with_other_data_leaves(digits, few, monkeypatch):
    trainer = Trainer(replace(PLAIN, batch_size=8), digits, "cpu")
    work = [(trainer.config, trainer.batches.labels, *trainer.state()), None]
    monkeypatch.setattr(distributed, "receive", lambda: work.pop(0))
    with pytest.raises(OCRError, match=r"^This process has other data than the first: a few bundled digits\.$"):
        follow(few, "cpu")


def test_more_processes_than_images_in_a_batch(digits, monkeypatch):
    monkeypatch.setattr(distributed, "processes", lambda: 9)
    with pytest.raises(OCRError, match=r"^9 processes cannot share a batch of 8\. Start fewer\.$"):
        list(Trainer(replace(PLAIN, batch_size=8), digits, "cpu").train(1))
