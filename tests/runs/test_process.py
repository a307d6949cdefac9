"""What trains a run: it ends as it was asked to, and going on is as if it never had."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocr import OCRError, Trainer, load_checkpoint
from ocr.network.checkpoint import temperature
from ocr.network.linear import LinearConfig
from ocr.reading.calibration import calibrate
from ocr.runs.folder import create_run
from ocr.runs.process import execute
from ocr.runs.run import write_status
from ocr.runs.status import FAILED, FINISHED, STOPPED
from tests.trained import assert_same_weights, finish


def test_going_on_is_as_if_never_stopped(tiny, few):
    run = create_run("parts", tiny, "tutorial")
    for iterations in (1, 0, 99):
        finish(run, few, iterations)
    whole = Trainer(tiny, few)
    list(whole.train(100))
    assert_same_weights(run, whole.model.state_dict())
    assert [report.iteration for report in run.metrics()] == [0, 1, 2, 5, 10, 20, 50, 100]
    finish(run, few, 7)  # on beyond what the recipe meant
    assert (run.status().iteration, run.status().target) == (107, 107)


def test_stop_comes_after_the_iteration(tiny, few):
    run = create_run("stopping", tiny, "fast")
    for progress in execute(run, few):
        if progress.iteration == 5:
            run.request_stop()
    assert (run.status().state, run.status().iteration, run.status().target) == (STOPPED, 6, 100)
    assert load_checkpoint(run.path).info["iteration"] == 6
    finish(run, few)  # the request is spent
    assert (run.status().state, run.status().iteration) == (FINISHED, 100)


@pytest.mark.parametrize("iterations", [6, 12])
def test_however_it_ends_it_is_fitted_how_far_it_can_be_believed(tiny, few, monkeypatch, iterations):
    monkeypatch.setattr("ocr.reading.calibration.DRAWN", 50)
    run = create_run("calibrated", replace(tiny, iterations=12, calibrated=True), "fast")
    shares = []
    say = "ocr.runs.process.write_status"
    monkeypatch.setattr(say, lambda run, now: shares.append(now.share) or write_status(run, now))
    for report in execute(run, few):
        assert temperature(load_checkpoint(run.path)) == 1
        if report.iteration == 5 and iterations == 6:
            run.request_stop()
    assert run.status().iteration == iterations
    told = [share for share in shares if share is not None]  # how far it is fitted, as it goes
    assert len(told) > 5
    assert told == sorted(told)
    assert (told[0], told[-1], run.status().share) == (0, 1, None)
    trainer = Trainer(run.config(), few)
    list(trainer.train(iterations))
    expected = trainer.checkpoint()
    calibrate(expected, few)
    assert temperature(load_checkpoint(run.path)) == temperature(expected) != 1
    assert_same_weights(run, expected.model.state_dict())


def test_stop_left_by_a_killed_process_does_not_stop_the_next(tiny, few):
    run = create_run("stale", tiny, "fast")
    run.requests_path.write_text('["stop", null]\n')
    finish(run, few)
    assert run.status().state == FINISHED


def test_stop_asked_for_as_soon_as_it_is_seen_training_is_heard(tiny, few, monkeypatch):
    """A viewer sees the lock before the data is loaded."""
    run = create_run("early", tiny, "fast")
    asked = []

    def ask(*arguments):
        write_status(*arguments)
        if not asked and run.status().live:
            asked.append(run.request_stop())

    monkeypatch.setattr("ocr.runs.process.write_status", ask)
    finish(run, few)
    assert asked
    assert (run.status().state, run.status().iteration) == (STOPPED, 0)


def test_diverged_run_is_failed_and_keeps_its_last_good_weights(tiny, few, monkeypatch):
    monkeypatch.setattr("ocr.training.recipe.check_learning_rate", lambda rate: None)
    config = replace(tiny, network=LinearConfig(), optimizer="sgd", learning_rate=1e38)
    run = create_run("wild", config, "linear")
    with pytest.raises(OCRError, match="Training diverged"):
        finish(run, few)
    assert run.status().state == FAILED
    assert "Training diverged" in run.status().message
    assert load_checkpoint(run.path).info["iteration"] == run.metrics()[-1].iteration
