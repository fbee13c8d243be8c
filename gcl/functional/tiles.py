r"""Tiles of the matrix of all pairs, in rounds whose tiles share neither rows nor columns.

The tiles of a round are walked at the same time, one thread each, and write to no common row:
nothing is locked, copied or left to chance. A thread that works alone on blocks in its own cache
reaches nearly the rate of a single core; several threads inside each small product do not.

Legend: N rows, M columns, T threads.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

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
    parts = _split(n, groups)
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
    rows, cols = _split(n, groups), _split(m, groups)
    return [
        [Tile(rows[i], cols[(i + shift) % groups]) for i in range(groups)]
        for shift in range(groups)
    ]


def _split(n: int, groups: int) -> list[slice]:
    r"""Ranges of nearly equal length."""
    return [slice(n * i // groups, n * (i + 1) // groups) for i in range(groups)]


def run(rounds: list[list[Tile]], work: Callable[[Tile], None]) -> None:
    r"""Call ``work`` for every tile, those of a round at the same time; no gradient is recorded.

    The threads live as long as the call, so that a fork of the process finds none half alive.
    """
    threads = min(map(len, rounds))
    if threads == 1:
        for (tile,) in rounds:
            work(tile)
        return
    ours = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            for tiles in rounds:
                list(pool.map(torch.no_grad()(work), tiles))
    finally:
        torch.set_num_threads(ours)  # what threads started from now on begin with
