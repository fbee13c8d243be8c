"""Tiles cover all pairs once, and those of a round share neither rows nor columns."""

import multiprocessing
import os

import pytest
import torch

from gcl.functional import tiles
from gcl.functional.tiles import Tile, plan, run
from gcl.functional.topk import row_topk
from gcl.losses import InfoNCE, NTXent


@pytest.fixture(autouse=True)
def few_rows_are_enough(monkeypatch):
    monkeypatch.setattr(tiles, "_FEWEST", 2)


def pairs(tile):
    inside = torch.zeros(30, 30, dtype=torch.long)
    inside[tile.rows, tile.cols] = 1
    return inside.triu() if tile.triangle else inside


@pytest.mark.parametrize("threads", [1, 2, 3, 5, 64])
@pytest.mark.parametrize("n", [1, 7, 23])
def test_a_symmetric_matrix_is_covered_by_its_upper_triangle(n, threads):
    seen = sum(pairs(tile) for tiles in plan(n, n, True, threads) for tile in tiles)
    assert torch.equal(seen[:n, :n], torch.ones(n, n).triu().long())
    assert seen.sum() == n * (n + 1) // 2


@pytest.mark.parametrize("threads", [1, 2, 3, 64])
@pytest.mark.parametrize(("n", "m"), [(1, 9), (9, 1), (23, 8), (8, 23)])
def test_a_rectangle_is_covered_once(n, m, threads):
    seen = sum(pairs(tile) for tiles in plan(n, m, False, threads) for tile in tiles)
    assert torch.equal(seen[:n, :m], torch.ones(n, m).long())
    assert seen.sum() == n * m


@pytest.mark.parametrize("symmetric", [True, False])
def test_tiles_of_a_round_write_to_rows_of_their_own(symmetric):
    rounds = plan(30, 30, symmetric, threads=3)
    assert min(map(len, rounds)) == 3
    for together in rounds:
        written = torch.zeros(2, 30)
        for tile in together:
            written[0, tile.rows] += 1
            if symmetric and not tile.triangle:
                written[0, tile.cols] += 1  # a block above the diagonal serves its columns too
            written[1, tile.cols] += 1
        assert written.max() == 1


def test_threads_are_no_more_than_have_enough_rows():
    assert plan(7, 7, True, threads=2) == [[Tile(slice(0, 7), slice(0, 7), True)]]
    assert max(map(len, plan(8, 5, False, threads=8))) == 2


def test_work_of_threads_uses_one_each_and_leaves_the_number_alone():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    seen = []
    try:
        run(plan(30, 30, True, 3), lambda tile: seen.append(torch.get_num_threads()))
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
    assert set(seen) == {1}
    assert len(seen) == 3 * 5 + 6


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")
def test_a_forked_process_gets_threads_of_its_own():
    rounds = plan(30, 30, True, 3)
    run(rounds, lambda tile: None)  # the threads of this process are there now
    child = multiprocessing.get_context("fork").Process(target=run, args=(rounds, print))
    child.start()
    child.join(20)
    late = child.is_alive()
    child.kill()
    assert not late
    assert child.exitcode == 0


def test_ranges_are_even_and_none_is_empty():
    assert tiles.even(1, 8, 3) == [slice(1, 3), slice(3, 5), slice(5, 8)]
    assert tiles.even(4, 6, 5) == [slice(4, 5), slice(5, 6)]
    assert tiles.even(4, 4, 0) == []


def test_an_error_in_a_thread_comes_out():
    def work(tile):
        raise RuntimeError("in a tile")

    with pytest.raises(RuntimeError, match="in a tile"):
        run(plan(30, 30, False, 3), work)


@pytest.mark.parametrize("name", ["stacked", "rectangle", "topk"])
def test_threads_work_in_inference_mode(name):
    z, other = torch.randn(2, 2200, 4)
    work = {
        "stacked": lambda: NTXent()(z, other),
        "rectangle": lambda: InfoNCE()(z, other),
        "topk": lambda: row_topk(z, other, 2)[0],
    }[name]
    ours = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        expected = work()
        with torch.inference_mode():
            found = work()
    finally:
        torch.set_num_threads(ours)
    torch.testing.assert_close(found.clone(), expected)
