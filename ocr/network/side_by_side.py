"""Pieces of work side by side, each on a thread of its own.

Torch's own threads share every operation, and wait for one another at its end. Where other processes want the cores
too, one of them is always late: beside four busy processes on two cores an iteration took three to six times as long
with two such threads as with one. Threads that work on pieces of their own wait once, at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import lru_cache
from typing import TypeVar

import torch

Piece = TypeVar("Piece")
Result = TypeVar("Result")


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Let torch share each operation among so many threads while this is open.

    Args:
        count: From 1 on.
    """
    before = torch.get_num_threads()
    if count != before:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        if count != before:
            torch.set_num_threads(before)


def side_by_side(function: Callable[[Piece], Result], pieces: Sequence[Piece], threads: int) -> list[Result]:
    """Do the same with each of several pieces of work.

    Args:
        function: What is done with a piece, in whichever thread: it draws no random numbers.
        pieces: The pieces, about as large as one another.
        threads: How many may compute at a time; 1 is one piece after the other, in this thread. Unless there are at
            least twice as many as pieces, each piece is computed on one, and what comes out does not depend on them.

    Returns:
        What the function gave for each piece, in their order.
    """
    lanes = min(threads, len(pieces))
    with torch_threads(threads // lanes):
        if lanes == 1:
            return _each(function, pieces)
        shares = [pieces[first::lanes] for first in range(lanes)]
        others = [_others(lanes - 1, threads // lanes).submit(_each, function, share) for share in shares[1:]]
        try:
            done = [_each(function, shares[0])]
        finally:
            wait(others)
        done += [other.result() for other in others]
        return [done[number % lanes][number // lanes] for number in range(len(pieces))]


def _each(function: Callable[[Piece], Result], pieces: Sequence[Piece]) -> list[Result]:
    """Do the same with pieces one after the other."""
    return [function(piece) for piece in pieces]


@lru_cache
def _others(count: int, threads: int) -> ThreadPoolExecutor:
    """Give so many threads besides the one that asks, each with so many of torch's, kept for the next time."""
    return ThreadPoolExecutor(count, "piece", torch.set_num_threads, (threads,))
