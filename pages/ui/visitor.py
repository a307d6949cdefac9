"""Who visits: which browser it is, what is theirs, and what they may do with runs.

A browser is told apart by a random id of 128 bits in a cookie. What is kept on the server in its name goes by
a digest of that id, so that no file, run or download gives away what the id is.

Two settings say how people share a server:

    OCR_RUNS_BY    who may stop, reset, rename and delete a run: `everyone`, its `owner`, or the `teacher` alone, who is
                   then the only one to start any; without it, everyone where the server listens on this machine only
    OCR_DIGITS     `own`: each browser keeps its own digits, and sees no other's fine-tuned runs; `common`: all share
"""

from __future__ import annotations

import hashlib
import os
import re

import streamlit as st

from ocr.errors import OCRError
from ocr.runs.folder import find_run, list_runs
from ocr.runs.run import Run
from pages.ui import session
from pages.ui.elements.browser import give_id
from pages.ui.links.host import only_here

COOKIE = "digitlens"
ID = re.compile(r"[0-9a-f]{32}")
EVERYONE, OWNER, TEACHER = "everyone", "owner", "teacher"
OWN, COMMON = "own", "common"
TEACHER_STARTS = "On this server, the teacher alone starts runs."

_teachers: set[str] = set()  # digests of the browsers that have given the password, also after a reload


def meet() -> None:
    """Learn which browser this is, at the start of a page: it has a cookie, or is given one."""
    visitor = session.visitor()
    visitor.id = _well_formed(session.told_browser()) or _well_formed(st.context.cookies.get(COOKIE)) or visitor.id
    if st.context.cookies.get(COOKIE) != visitor.id:
        give_id(visitor.id, COOKIE)


def _well_formed(identity: object) -> str:
    return identity if isinstance(identity, str) and ID.fullmatch(identity) else ""


def owner() -> str:
    """Give the name under which this browser's things are kept; "" where all share."""
    return "" if shares_digits() else digest()


def digest() -> str:
    """Give the digest of this browser's id, 32 hexadecimal digits."""
    return hashlib.sha256(f"{COOKIE} {session.visitor().id}".encode()).hexdigest()[:32]


def shares_digits() -> bool:
    """Whether all browsers share their digits and fine-tuned runs."""
    return _setting("OCR_DIGITS", OWN, (OWN, COMMON)) == COMMON


def runs_by() -> str:
    """Who may do what with runs: `EVERYONE`, `OWNER` or `TEACHER`."""
    return _setting("OCR_RUNS_BY", EVERYONE if only_here() else OWNER, (EVERYONE, OWNER, TEACHER))


def may_start() -> bool:
    """Whether this visitor may start runs."""
    return runs_by() != TEACHER or is_teacher()


def may_change(run: Run) -> bool:
    """Whether this visitor may stop, pause, reset, rename and delete a run, and all else that changes it."""
    by = runs_by()
    return by == EVERYONE or is_teacher() or (by == OWNER and run.owner == digest())


def is_teacher() -> bool:
    """Whether this browser has given the teacher's password."""
    return session.visitor().teacher or digest() in _teachers


def become_teacher() -> None:
    """Take this browser for the teacher's, until the server ends."""
    session.visitor().teacher = True
    _teachers.add(digest())


def visible_runs() -> list[Run]:
    """List the runs that this visitor may see, the newest first."""
    return [run for run in list_runs() if is_visible(run)]


def is_visible(run: Run) -> bool:
    """Whether this visitor may see a run: a private one is its owner's."""
    return not run.private or shares_digits() or run.owner == digest()


def visible_run(name: str) -> Run:
    """Give the run of a name, as `find_run` does.

    Raises:
        OCRError: The name cannot be a run's, or is that of somebody else's private run.
    """
    run = find_run(name)
    if not is_visible(run):
        raise OCRError(f"There is no run {name}.")
    return run


def _setting(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = os.environ.get(name) or default
    if value not in choices:
        raise OCRError(f"The setting {name} is “{value}”. Set it to {', '.join(choices[:-1])} or {choices[-1]}.")
    return value
