import itertools

import pytest
import torch

from gcl.functional.distinct import draw_distinct

DRAWS = 6000


def test_every_ordered_choice_is_equally_likely():
    high, count = torch.tensor([4, 3, 5]), torch.tensor([2, 3, 1])
    found = draw_distinct(high.repeat(DRAWS), count.repeat(DRAWS)).view(DRAWS, 3, 3)
    for row, (n, k) in enumerate(zip(high.tolist(), count.tolist(), strict=True)):
        assert (found[:, row, k:] == -1).all()
        drawn = [tuple(numbers) for numbers in found[:, row, :k].tolist()]
        choices = list(itertools.permutations(range(n), k))
        assert set(drawn) == set(choices)
        for choice in choices:  # five standard deviations of a share of at most 1/5
            assert drawn.count(choice) / DRAWS == pytest.approx(1 / len(choices), abs=0.026)


def test_all_numbers_of_a_row_and_none():
    found = draw_distinct(torch.tensor([40, 0, 7]), torch.tensor([40, 0, 0]))
    assert found.sort(1).values.tolist() == [list(range(40)), [-1] * 40, [-1] * 40]
    none = torch.zeros(0, dtype=torch.long)
    assert draw_distinct(none, none).shape == (0, 0)
    assert draw_distinct(torch.tensor([3]), torch.tensor([0])).shape == (1, 0)


def test_large_bounds_and_a_generator():
    high, count = torch.full((50,), 10**12), torch.full((50,), 30)
    draws = [draw_distinct(high, count, generator=torch.Generator().manual_seed(s)) for s in (1, 1)]
    assert torch.equal(*draws)
    assert ((draws[0] >= 0) & (draws[0] < 10**12)).all()
    assert len(draws[0].unique()) > 1490


@pytest.mark.parametrize(
    ("high", "count", "error", "message"),
    [
        (torch.tensor([2.0]), torch.tensor([1]), TypeError, "high must be an int64 tensor"),
        (torch.tensor([2]), torch.tensor([[1]]), TypeError, "count must be an int64 tensor"),
        (torch.tensor([2]), torch.tensor([1, 1]), ValueError, r"count must have shape \[1\]"),
        (torch.tensor([2, 2]), torch.tensor([1, 3]), ValueError, "got 3 of 2 in row 1"),
        (torch.tensor([2]), torch.tensor([-1]), ValueError, "got -1 of 2 in row 0"),
    ],
)
def test_bad_input(high, count, error, message):
    with pytest.raises(error, match=message):
        draw_distinct(high, count)
