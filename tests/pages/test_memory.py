"""What a server's C library keeps of what was freed: `pytest tests/pages/test_memory.py`."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys
from types import SimpleNamespace

import pytest

from pages.ui import memory
from tests import PROJECT
from tests.pages.apptest import open_page

GLIBC = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is asked")
THREADS_THAT_ALLOCATE = """
import ctypes, threading
from pages.ui.memory import give_memory_back

give_memory_back()
together = threading.Barrier(13)

def allocate():
    taken = bytearray(100_000)
    together.wait()

threads = [threading.Thread(target=allocate) for _ in range(12)]
for thread in threads:
    thread.start()
together.wait()
libc = ctypes.CDLL(None)
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""


@GLIBC
def test_threads_share_their_memory():
    python = [sys.executable, "-c", THREADS_THAT_ALLOCATE]
    told = subprocess.run(python, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert 1 <= told.count("<heap nr") <= memory.MOST_ARENAS


@GLIBC
def test_a_page_gives_memory_back_once_a_minute(few_digits, monkeypatch):
    given = []
    monkeypatch.setattr(memory, "_library", lambda: SimpleNamespace(malloc_trim=given.append))
    monkeypatch.setattr(memory, "_given_back", -memory.EVERY)
    open_page("home").run()
    assert given == [0]


def test_another_c_library_is_no_fault(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert memory._library.__wrapped__() is None
