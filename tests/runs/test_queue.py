"""The queue: who waits, who is next, and that two who press at once do not both train."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from ocr import OCRError
from ocr.runs import queue
from ocr.runs.folder import create_run, free_name, hold_lock, list_runs
from ocr.runs.process import execute
from ocr.runs.queue import left_paused, put_into_queue, queued_runs, start_next, start_or_queue, take_out
from ocr.runs.run import write_status
from ocr.runs.status import FAILED, PAUSED, QUEUED, STOPPED, TRAINING, Status


@pytest.fixture
def started(monkeypatch) -> list:
    """The names of the runs that were started, instead of starting them."""
    names: list[str] = []
    monkeypatch.setattr(queue, "start", lambda run, iterations=None, asked=(): names.append(run.name))
    return names


def test_a_run_starts_at_once_where_nothing_trains_or_waits(tiny, started):
    assert start_or_queue(create_run("a", tiny, "tutorial"))
    assert (started, queued_runs()) == (["a"], [])


def test_the_others_wait_in_the_order_in_which_they_came(tiny, started, small_run):
    runs = [create_run(name, tiny, "tutorial") for name in ("b", "a")]
    with hold_lock(small_run):
        assert [start_or_queue(run, 50) for run in runs] == [False, False]
        assert start_next() is None
    assert [run.name for run in queued_runs()] == ["b", "a"]
    status = runs[0].status()
    assert (status.state, status.target, status.live) == (QUEUED, 50, False)
    assert not start_or_queue(create_run("late", tiny, "tutorial"))  # nothing trains, but others came first
    assert start_next() == runs[0]
    assert started == ["b"]


def test_what_was_asked_of_a_run_waits_with_it(tiny, monkeypatch, small_run):
    started = []
    monkeypatch.setattr(queue, "start", lambda run, iterations=None, asked=(): started.append((run.name, asked)))
    run = create_run("a", tiny, "tutorial")
    with hold_lock(small_run):
        start_or_queue(run, None, (("learning rate", 0.01), ("play", None)))
    assert start_next() == run
    assert started == [("a", [["learning rate", 0.01], ["play", None]])]


def test_a_rate_that_does_not_work_is_refused_before_anything_starts_or_waits(tiny, started):
    with pytest.raises(OCRError, match="learning rate"):
        start_or_queue(create_run("a", tiny, "tutorial"), None, (("learning rate", 7.0),))
    assert (started, queued_runs()) == ([], [])


@pytest.mark.parametrize(("paused", "waited", "stopped"), [(400, 400, True), (400, 10, False), (10, 400, False)])
def test_a_paused_run_that_was_left_makes_room_for_those_who_wait(tiny, paused, waited, stopped):
    left, waits = (create_run(name, tiny, "tutorial") for name in ("left", "waits"))
    now = time.time()
    write_status(waits, Status(QUEUED, queued=now - waited))
    with hold_lock(left):
        write_status(left, Status(PAUSED, 3, 10))
        os.utime(left.status_path, (now - paused,) * 2)
        assert left_paused(left) == pytest.approx(min(paused, waited), abs=5)
        assert start_next() is None
        assert (b"stop" in left.requests_path.read_bytes()) == stopped
        write_status(left, Status(TRAINING, 3, 10))
        assert left_paused(left) == 0


def test_a_paused_run_that_ends_in_this_moment_is_no_fault(tiny, monkeypatch):
    monkeypatch.setattr(queue, "left_paused", lambda run: queue.PAUSE_SECONDS + 1)
    with hold_lock(create_run("a", tiny, "tutorial")):
        assert start_next() is None


def test_a_paused_run_in_whose_way_nobody_is_stays(tiny):
    run = create_run("left", tiny, "tutorial")
    with hold_lock(run):
        write_status(run, Status(PAUSED, 3, 10))
        os.utime(run.status_path, (0, 0))
        assert left_paused(run) == 0
        start_next()
        assert run.requests_path.read_bytes() == b""


def test_who_waits_already_keeps_the_place(tiny, small_run):
    runs = [create_run(name, tiny, "tutorial") for name in ("b", "a")]
    for run in (*runs, runs[0]):
        put_into_queue(run)
    assert queued_runs() == runs


def test_a_run_that_is_taken_out_keeps_what_it_has_learnt_and_one_without_goes(tiny, small_run):
    fresh = create_run("fresh", tiny, "tutorial")
    for run in (fresh, small_run):
        put_into_queue(run, 7)
        take_out(run)
    assert list_runs() == [small_run]
    status = small_run.status()
    assert (status.state, status.iteration) == (STOPPED, 12)
    take_out(small_run)  # it does not wait any more
    assert small_run.status() == status


def test_a_run_that_cannot_start_says_so_and_lets_the_next_one_pass(tiny, monkeypatch):
    runs = [create_run(name, tiny, "tutorial") for name in ("a", "b")]

    def start(run, iterations=None, asked=()):
        if run == runs[0]:
            raise OCRError("It is damaged.")

    monkeypatch.setattr(queue, "start", start)
    for run in runs:
        put_into_queue(run)
    assert start_next() == runs[1]
    assert (runs[0].status().state, runs[0].status().message) == (FAILED, "It is damaged.")


def test_a_run_that_was_started_is_told_of_also_where_the_queue_cannot_be_freed(tiny, started, monkeypatch):
    @contextmanager
    def stuck(*args, **options):
        yield
        raise OSError("stale file handle")

    put_into_queue(create_run("a", tiny, "tutorial"))
    monkeypatch.setattr(queue.portalocker, "Lock", stuck)
    told = start_next()
    assert told
    assert started == [told.name]


def test_whoever_is_a_moment_later_waits(tiny, small_run, monkeypatch):
    run = create_run("late", tiny, "tutorial")

    def start(run, iterations=None, asked=()):
        holding.__enter__()  # somebody else's press, between the look and the start
        raise OCRError("small is training, and one run trains at a time.")

    monkeypatch.setattr(queue, "start", start)
    holding = hold_lock(small_run)
    try:
        assert not start_or_queue(run)
    finally:
        holding.__exit__(None, None, None)
    assert queued_runs() == [run]


def test_of_many_who_create_a_run_of_one_name_at_once_one_does(tiny, runs_folder):
    def create(number: int) -> bool:
        try:
            create_run("same", tiny, "tutorial", owner=str(number))
        except OCRError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        created = list(pool.map(create, range(8)))
    assert created.count(True) == 1
    assert list_runs()[0].owner == str(created.index(True))
    assert free_name("same") == "same-1"


def test_a_run_belongs_to_whom_it_was_created_for_and_one_of_before_to_nobody(tiny, few):
    mine, nobodys = create_run("mine", tiny, "tutorial", "me", private=True), create_run("old", tiny, "tutorial")
    assert (mine.owner, mine.private) == ("me", True)
    assert (nobodys.owner, nobodys.private) == ("", False)
    list(execute(mine, few, iterations=1))
    assert mine.owner == "me"


def test_the_trainer_hands_on_to_the_run_that_waits(cli, tiny, small_mnist, offline, monkeypatch):
    handed = []
    monkeypatch.setattr("ocr.commands.train.start_next", lambda: handed.append([run.name for run in queued_runs()]))
    put_into_queue(create_run("waits", tiny, "tutorial"))
    create_run("trains", tiny, "tutorial")
    code, _, stderr = cli("train", "--run", "trains", "--resume", "--iterations", 2)
    assert code == 0, stderr
    assert handed == [["waits"]]
