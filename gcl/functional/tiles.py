r"""Tiles of the matrix of all pairs, in rounds whose tiles share neither rows nor columns.

The tiles of a round are walked at the same time, one thread each, and write to no common row:
nothing is locked, copied or left to chance. A thread that works alone on blocks in its own cache
reaches nearly the rate of a single core; several threads inside each small product do not.

Legend: N rows, M columns, T threads.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import torch

# A thread that gets fewer rows than this spends its time on starting.
_FEWEST = 1024


@dataclass(frozen=True)
class Tile:
    r"""A range of rows and of columns; a ``triangle`` leaves out the pairs below its diagonal."""

    rows: slice
    cols: slice
    triangle: bool = False


def plan(n: int, m: int, symmetric: bool, threads: int) -> list[list[Tile]]:
    r"""Rounds of tiles that cover all pairs, or the upper triangle of a symmetric matrix, once.

    Of T threads as many are used as get enough rows.

    Example:
        >>> plan(4, 3, symmetric=False, threads=1)
        [[Tile(rows=slice(0, 4, None), cols=slice(0, 3, None), triangle=False)]]
    """
    if symmetric:
        threads = min(threads, n // (2 * _FEWEST))
        return [[Tile(slice(0, n), slice(0, n), True)]] if threads < 2 else _pairs(n, 2 * threads)
    threads = min(threads, n // _FEWEST, m // _FEWEST)
    return [[Tile(slice(0, n), slice(0, m))]] if threads < 2 else _shifts(n, m, threads)


def _pairs(n: int, groups: int) -> list[list[Tile]]:
    r"""Every two groups of rows meet once, and each then meets itself: a round-robin tournament."""
    parts = even(0, n, groups)
    rounds = [[Tile(parts[i], parts[j]) for i, j in pairs] for pairs in _tournament(groups)]
    return [*rounds, [Tile(part, part, True) for part in parts]]


def _tournament(players: int) -> Iterator[list[tuple[int, int]]]:
    r"""Rounds of an even number of players: the last one stays, the others move round a circle."""
    circle = players - 1
    for turn in range(circle):
        pairs = [(turn, circle)]
        pairs += [((turn + i) % circle, (turn - i) % circle) for i in range(1, players // 2)]
        yield [(min(pair), max(pair)) for pair in pairs]


def _shifts(n: int, m: int, groups: int) -> list[list[Tile]]:
    r"""In round r group i of the rows meets group i + r of the columns."""
    rows, cols = even(0, n, groups), even(0, m, groups)
    return [
        [Tile(rows[i], cols[(i + shift) % groups]) for i in range(groups)]
        for shift in range(groups)
    ]


def even(start: int, stop: int, parts: int) -> list[slice]:
    r"""Divide a range into ranges of nearly equal length, none of them empty.

    Example:
        >>> even(2, 9, 2)
        [slice(2, 5, None), slice(5, 9, None)]
    """
    n = stop - start
    return [
        slice(start + n * i // parts, start + n * (i + 1) // parts)
        for i in range(parts)
        if n * i // parts < n * (i + 1) // parts
    ]


def run(rounds: list[list[Tile]], work: Callable[[Tile], None]) -> None:
    r"""Call ``work`` for every tile, those of a round at the same time; no gradient is recorded."""
    threads = min(map(len, rounds))
    if threads == 1:
        for (tile,) in rounds:
            work(tile)
        return

    inference = torch.is_inference_mode_enabled()  # of this thread, and then of the others

    def alone(tile: Tile) -> None:
        if torch.get_num_threads() != 1:  # of this thread
            torch.set_num_threads(1)
        with torch.inference_mode(inference), torch.no_grad():
            work(tile)

    ours = torch.get_num_threads()
    try:
        for tiles in rounds:
            list(_pool(threads).map(alone, tiles))
    finally:
        torch.set_num_threads(ours)  # what threads started from now on begin with


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    r"""Threads that outlive a call: new ones would have to get all their memory anew each time."""
    return ThreadPoolExecutor(threads, "gcl")


if hasattr(os, "register_at_fork"):  # a forked process has none of the threads
    os.register_at_fork(after_in_child=_pool.cache_clear)
