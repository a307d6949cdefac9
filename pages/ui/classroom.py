"""A class on one server: who is on which page, which pages are hidden, and the teacher's password.

What all server processes must know lies in the folder of runs, which they share:

    runs/.class.json         {"hidden": [files of the pages that are hidden]}
    runs/.visitors/<name>    one file a server process: {file of a page: how many visitors}
"""

from __future__ import annotations

import hmac
import json
import os
import socket
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import streamlit as st
from streamlit.runtime import get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ocr.errors import OCRError
from ocr.files import write_atomically
from ocr.runs.folder import runs_dir
from pages.ui.visitor import become_teacher

SECRET = "teacher_password"
TRIES, WINDOW = 5, 60.0  # wrong passwords from one address in so many seconds
SHARE_SECONDS = 5.0  # how often a process tells the others who is where
FORGET_SECONDS = 600.0  # a process that has told nothing for so long has gone
FEW = 20  # visitors of this process whose pages may all look at a run every second

_places: dict[str, str] = {}  # the page of each session of this process
_shared = 0.0  # when the others were told last
_wrong: dict[str, list[float]] = {}  # when wrong passwords came, by address


# Pages


def hidden_pages() -> frozenset[str]:
    """Give the files of the pages that the teacher has hidden."""
    path = _settings_path()
    try:
        return _hidden(str(path), path.stat().st_mtime_ns)
    except OSError:
        return frozenset()


@st.cache_data(show_spinner=False, max_entries=2)
def _hidden(path: str, stamp: int) -> frozenset[str]:
    try:
        return frozenset(map(str, json.loads(Path(path).read_text())["hidden"]))
    except (OSError, ValueError, LookupError, TypeError):
        return frozenset()


def hide_pages(files: Iterable[str]) -> None:
    """Hide these pages, and no others, from everybody but the teacher.

    Raises:
        OCRError: The folder of runs cannot be written.
    """
    try:
        runs_dir().mkdir(parents=True, exist_ok=True)
        write_atomically(_settings_path(), json.dumps({"hidden": sorted(files)}).encode())
    except OSError as error:
        raise OCRError(f"This cannot be kept in {runs_dir()}: {error.strerror or error}. Free some space.") from error


def _settings_path() -> Path:
    return runs_dir() / ".class.json"


# Visitors


def arrive(file: str) -> None:
    """Note that this visitor is on a page."""
    global _shared
    context = get_script_run_ctx()
    if context is None:
        return
    _places[context.session_id] = file
    if time.monotonic() - _shared > SHARE_SECONDS:
        _shared = time.monotonic()
        with suppress(OSError):  # then other processes do not know
            folder = runs_dir() / ".visitors"
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(folder / _process(), json.dumps(_here()).encode())
            for path in folder.iterdir():
                if time.time() - path.stat().st_mtime > FORGET_SECONDS:
                    path.unlink(missing_ok=True)


def whereabouts() -> Counter[str]:
    """Count the visitors on each page, by its file: those of this process now, of others as they told last."""
    counts = Counter(_here())
    with suppress(OSError):
        for path in (runs_dir() / ".visitors").iterdir():
            if path.name != _process() and time.time() - path.stat().st_mtime < FORGET_SECONDS:
                with suppress(ValueError, TypeError):
                    counts.update(json.loads(path.read_text()))
    return counts


def look_every() -> float:
    """Give how often a page is to look at a run, in seconds: the more visitors this process has, the more seldom."""
    visitors = sum(_here().values())
    return 1.0 if visitors <= FEW else 2.0 if visitors <= 2 * FEW else 4.0


def _here() -> Counter[str]:
    """Count this process's visitors, and forget those who have left."""
    runtime = get_instance()
    for identity in list(_places):
        if not runtime.is_active_session(identity):
            _places.pop(identity, None)
    return Counter(_places.values())


def _process() -> str:
    return f"{socket.gethostname()}-{os.getpid()}.json"


# The password


def has_password() -> bool:
    """Whether a teacher's password is set."""
    return bool(_password())


def sign_in(tried: str) -> None:
    """Take this visitor for the teacher, if the password is right.

    Raises:
        OCRError: It is wrong, or too many were.
    """
    address, now = _address(), time.monotonic()
    recent = [when for when in _wrong.get(address, []) if now - when < WINDOW]
    if len(recent) >= TRIES:
        raise OCRError(f"Too many wrong passwords. Wait {WINDOW - (now - recent[0]):.0f} seconds.")
    if not (has_password() and hmac.compare_digest(tried.encode(), _password().encode())):
        _wrong[address] = [*recent, now]
        raise OCRError("That is not the password.")
    become_teacher()


def password_problem() -> str:
    """Say so where the file with the password is there and cannot be read; nothing otherwise."""
    if not any(Path(path).exists() for path in st.get_option("secrets.files")):
        return ""
    try:
        if st.secrets.load_if_toml_exists():
            return ""
    except (OSError, ValueError):
        pass
    return (
        "The file secrets.toml is there, but cannot be read. Check that the password stands in quotes, that whoever "
        "runs the app may open the file, and that it is saved as text in UTF-8."
    )


def _password() -> str:
    try:
        return str(st.secrets.get(SECRET, "")) if st.secrets.load_if_toml_exists() else ""
    except (OSError, ValueError):  # it may not be opened, or is no text in UTF-8
        return ""


def _address() -> str:
    """Give the address of this visitor's machine: behind a proxy on this machine, the one that the proxy has seen.

    Streamlit gives none for this machine itself. What others say of where they come from does not count.
    """
    return st.context.ip_address or st.context.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
