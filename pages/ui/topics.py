"""What pages know of a visitor beside their widgets, one dataclass a topic; `session` gives each visitor's own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ocr.data.labelled import Labelled
from ocr.runs.status import Request


@dataclass
class Visitor:
    """Who this is, see `pages/ui/visitor.py`."""

    id: str = field(default_factory=lambda: secrets.token_hex(16))  # of the browser, which keeps it
    teacher: bool = False  # whether the password was given
    problem: str = ""  # what stood in the way of what was asked on the page for the teacher

    def take_problem(self) -> str:
        """Give what stood in the way, to be said once."""
        problem, self.problem = self.problem, ""
        return problem


@dataclass
class Home:
    """The home page."""

    digit: int = 0  # position of the test image on show


@dataclass
class Asked:
    """What this visitor asked a run's process for and it may not have done yet."""

    run: str
    doing: str  # what the page says of it
    until: float  # seconds of `time.monotonic`, after which it may be asked once more


@dataclass
class Job:
    """A training to be started at the next rerun, where the page can show that it starts."""

    iterations: int | None  # None is as far as the run was last meant to go
    asked: tuple[Request, ...] = ()  # what it does first and alone


@dataclass
class Problem:
    """What stood in the way of what was asked, and the place on the page where to say so."""

    place: str
    text: str


@dataclass
class Training:
    """What was asked of runs, on Train and on Your digits."""

    next_run: str = ""  # to be chosen at the next rerun
    last_run: str = ""  # shown last; the chooser itself forgets it on other pages
    copied: str = ""  # the run whose recipe was asked for
    copies: int = 0  # how often one was
    job: Job | None = None
    asked: Asked | None = None
    problem: Problem | None = None
    cell: tuple[int | None, int | None] = (None, None)  # of the confusion matrix: true class, read class
    pressed: tuple[int, int] | None = None  # layer and filter, from 0, that Filters is to look closer at

    def take_pressed(self) -> tuple[int, int] | None:
        """Give the filter that was pressed, once."""
        pressed, self.pressed = self.pressed, None
        return pressed

    def take_problem(self) -> Problem | None:
        """Give what stood in the way, to be said once."""
        problem, self.problem = self.problem, None
        return problem

    def take_job(self) -> Job | None:
        """Give the training to be started, to be started once."""
        job, self.job = self.job, None
        return job

    def take_next_run(self) -> str:
        """Give the run to be chosen, which is chosen once."""
        name, self.next_run = self.next_run, ""
        return name


@dataclass
class Mistakes:
    """The page Mistakes."""

    shown: int = 0  # how many images; 0 is as many as fit at first
    brought: Labelled | None = None  # images with labels, from a file
    brought_name: str = ""  # of that file
    brought_id: str = ""  # of its content
    uploads: int = 0  # of the uploader: another key is the only way to empty and close it
    problem: str = ""  # what stood in the way of bringing them
    looked_at: int | None = None  # position of the misread image whose nearest training images are shown

    def start_over(self) -> None:
        """Back to the first images."""
        self.shown, self.looked_at = 0, None

    def take_problem(self) -> str:
        """Give what stood in the way, to be said once."""
        problem, self.problem = self.problem, ""
        return problem


@dataclass
class Collection:
    """The user's own digits, on their page and below the prediction on Draw."""

    shown: int = 0  # how many digits; 0 is as many as fit at first
    chosen: str = ""  # id of the digit that was pressed
    asked_of: str = ""  # id of the drawing that Draw's ten digits stand for
    uploads: int = 0  # of the uploader: another key is the only way to empty and close it
    tuning_asked: bool = False  # fine-tuning is to be started at the next rerun
    success: str = ""
    error: str = ""

    def take_messages(self) -> tuple[str, str]:
        """Give what went well and what did not, to be said once."""
        messages = self.success, self.error
        self.success = self.error = ""
        return messages

    def take_asked(self) -> bool:
        """Say whether fine-tuning is to be started, once."""
        asked, self.tuning_asked = self.tuning_asked, False
        return asked


class Answer(NamedTuple):
    """What was said to a question of the lesson; the digit that it was asked about may be another one by now."""

    given: str
    right: bool
    question: str
    because: str


@dataclass
class Lesson:
    """The lesson on Learn: what the learner has done of it."""

    step: int = 1  # the one on show
    errand: str = ""  # what its learner is away for on another page, if the step leads there
    done: set[int] = field(default_factory=set)
    answers: dict[str, Answer] = field(default_factory=dict)  # by the question's name
    places: dict[str, tuple[int, int]] = field(default_factory=dict)  # by question: row and column that were pressed
    forgotten: int = 0  # how often all was forgotten
    drawing: bool = False  # whether the canvas is open
    kernels: int = 0  # of the kernel made by hand: another number starts it over
    steps: int = 0  # of training that were made on one digit
    cell: tuple[int | None, int | None] = (None, None)  # of the confusion matrix: true class, read class
    mistake: int | None = None  # position of the misread test image that is looked at
    mistakes: int = 0  # how many were chosen

    def answer(self, name: str, answer: Answer) -> None:
        """Note the first answer to a question."""
        self.answers.setdefault(name, answer)

    def complete(self, step: int) -> None:
        """Note that a step is done."""
        self.done.add(step)

    def remember(self, kept: Any) -> None:
        """Take over what the browser has kept of an earlier visit, as far as that is what we once told it."""
        if not isinstance(kept, dict) or self.forgotten:
            return
        done, answers = kept.get("done"), kept.get("answers")
        if isinstance(done, list):
            self.done |= {step for step in done if isinstance(step, int)}
        for name, said in answers.items() if isinstance(answers, dict) else ():
            if isinstance(said, list) and len(said) == len(Answer._fields):
                given, right, question, because = said
                self.answer(str(name), Answer(str(given), right is True, str(question), str(because)))

    def forget(self) -> None:
        """Start over, here and in the browser."""
        self.done, self.answers, self.places = set(), {}, {}
        self.forgotten += 1
        self.steps = 0
        self.mistake, self.mistakes = None, 0
