"""What a run is asked while it trains: to wait, to step, to go on, to take another learning rate."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import replace

import pytest

from ocr import OCRError, TrainConfig, Trainer, load_checkpoint
from ocr.runs import folder
from ocr.runs.folder import create_run
from ocr.runs.lock import lock_holder
from ocr.runs.process import execute
from ocr.runs.status import FAILED, FINISHED, PAUSED
from ocr.training.recipe import learning_rate
from tests.trained import assert_same_weights


class InThread:
    """Trains a run in another thread, so that it can wait while this one asks things of it."""

    def __init__(self, run, data, **settings):
        self.reports = []
        self.thread = threading.Thread(target=lambda: self.reports.extend(execute(run, data, **settings)))
        self.run = run

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *problem):
        if problem[0]:
            self.run.request_stop()
        self.thread.join()

    def until(self, condition):
        deadline = time.monotonic() + 30
        while not condition():
            assert self.thread.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.002)


def replayed(config, data, changes, iterations):
    """A trainer that was never stopped, with the same changes of the learning rate."""
    trainer = Trainer(config, data)
    for start, rate in changes:
        list(trainer.train(start - trainer.iteration))
        trainer.set_learning_rate(rate)
    list(trainer.train(iterations - trainer.iteration))
    return trainer


def test_diverging_after_another_learning_rate_keeps_the_weights_before_it(few):
    run = create_run("hasty", TrainConfig(iterations=60, batch_size=8, learning_rate=1e-3), "tutorial")

    def hurry():
        for report in execute(run, few):
            if report.iteration == 20:
                run.set_learning_rate(1.0)

    with pytest.raises(OCRError, match=r"^Training diverged: before iteration \d+ the loss rose to [\d,]+, where gu"):
        hurry()
    assert run.rate_changes() == [(21, 1.0)]
    assert run.status().state == FAILED
    last = run.metrics()[-1]
    assert last.training_loss < 3
    assert load_checkpoint(run.path).info["iteration"] == last.iteration
    # It goes on with a lower rate: started paused, so that there is time to set it.
    with InThread(run, few, paused=True) as thread:
        thread.until(lambda: run.status().paused)
        run.set_learning_rate(None)
        thread.until(lambda: run.rate_changes()[-1][1] is None)
        run.play()
    assert (run.status().state, run.status().iteration) == (FINISHED, 60)


def test_paused_run_steps_exactly_and_plays_on(tiny, few):
    run = create_run("patient", tiny, "tutorial")
    with InThread(run, few, paused=True) as thread:
        thread.until(lambda: run.status().paused)
        status = run.status()
        assert (status.state, status.iteration, status.target, status.live) == (PAUSED, 0, 100, True)
        assert lock_holder(run.path.parent) == "patient"
        for steps, reached in ((1, 1), (3, 4), (2, 6)):
            run.step(steps)
            thread.until(lambda reached=reached: run.status().paused and run.status().iteration == reached)
            assert load_checkpoint(run.path).info["iteration"] == reached
            assert run.metrics()[-1].validation_accuracy is not None
        seconds = run.metrics()[-1].seconds
        run.set_learning_rate(0.02)
        thread.until(lambda: run.rate_changes() == [(6, 0.02)])  # kept at once
        time.sleep(1)
        run.step()
        thread.until(lambda: run.status().iteration == 7)
        assert run.metrics()[-1].seconds - seconds < 1  # waiting is not training
        for call in (folder.delete_run, folder.reset_run, lambda run: folder.rename_run(run, "other")):
            with pytest.raises(OCRError, match=r"^patient is training\. Stop it first\.$"):
                call(run)
        run.play()
    assert (run.status().state, run.status().iteration) == (FINISHED, 100)
    assert [report.iteration for report in run.metrics()] == [0, 1, 2, 4, 5, 6, 7, 10, 20, 50, 100]
    assert {report.learning_rate for report in run.metrics() if report.iteration > 6} == {0.02}
    assert_same_weights(run, replayed(tiny, few, [(6, 0.02)], 100).model.state_dict())


def test_steps_beyond_the_target_move_it_and_a_stop_ends_the_waiting(tiny, few):
    run = create_run("further", replace(tiny, iterations=3), "tutorial")
    with InThread(run, few) as thread:
        thread.until(lambda: run.status().live)
        run.pause()
        thread.until(lambda: run.status().paused)
        run.step(10)
        thread.until(lambda: run.status().iteration == run.status().target > 9)
        run.request_stop()
    status = run.status()
    assert (status.state, status.iteration) == (FINISHED, status.target)


@pytest.mark.parametrize("seconds", [0.0, float("inf")])
def test_changes_of_the_learning_rate_survive_stops_and_kills(tiny, few, monkeypatch, seconds):
    """With a report after each iteration, or only at the milestones."""
    monkeypatch.setattr(sys.modules["ocr.training.trainer"], "REPORT_SECONDS", seconds)
    config = replace(tiny, one_cycle=True)
    run = create_run("changing", config, "fast")
    for report in execute(run, few):
        if report.iteration == 5:
            run.set_learning_rate(0.01)
        if report.iteration == 20:
            break  # its process is gone without a word
    assert run.rate_changes() == [(6, 0.01)]
    for report in execute(run, few):
        if report.iteration == 50:
            run.set_learning_rate(0.02)
            run.set_learning_rate(None)  # the last word counts
    assert run.rate_changes() == [(6, 0.01), (51, None)]
    whole = replayed(config, few, run.rate_changes(), 100)
    assert_same_weights(run, whole.model.state_dict())
    rates = {report.iteration: report.learning_rate for report in run.metrics()}
    assert rates[5] == learning_rate(config, 4)
    assert rates[20] == rates[50] == 0.01
    assert rates[100] == learning_rate(config, 99)


def test_requests_that_nobody_here_wrote_are_left_out(tiny, few):
    run = create_run("open", tiny, "fast")
    for report in execute(run, few):
        if report.iteration == 10:
            with open(run.requests_path, "a") as file:
                file.write('stop\nnull\n[]\n["dance", 1]\n["step", "many"]\n["learning rate", 7]\n["learning rate", ')
    assert (run.status().state, run.status().iteration, run.rate_changes()) == (FINISHED, 100, [])
