"""How the server's memory goes back to the system, once nobody needs it any more."""

from __future__ import annotations

import ctypes
import time
from functools import cache

ARENA_MAX = -8  # M_ARENA_MAX of glibc's mallopt
MOST_ARENAS = 2  # pieces of memory that threads fill side by side; only one thread at a time runs Python anyway
EVERY = 60.0  # seconds

_given_back = 0.0  # when memory was given back last


def give_memory_back() -> None:
    """Give back what was freed, now and then. It takes milliseconds; only glibc is asked, so elsewhere nothing happens.

    Streamlit runs each visitor's script in a thread of its own. Left to itself, glibc gives eight threads for each core
    a piece of memory of their own, and keeps in each what its largest script took: hundreds of megabytes in half an
    hour.
    """
    global _given_back
    library = _library()
    if library and time.monotonic() - _given_back > EVERY:
        _given_back = time.monotonic()
        library.malloc_trim(0)


@cache
def _library() -> ctypes.CDLL | None:
    """Give glibc, whose threads share memory from now on; None where there is another C library."""
    try:
        library = ctypes.CDLL(None)
        library.mallopt(ARENA_MAX, MOST_ARENAS)
        return library if library.malloc_trim else None
    except (AttributeError, TypeError, OSError):
        return None
