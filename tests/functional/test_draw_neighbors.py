import pytest
import torch

from gcl.functional.draw_neighbors import ALL, draw_neighbors

START = torch.tensor([0, 2, 2, 7, 8])  # rows of 2, 0, 5 and 1 entries


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_all_entries_in_order():
    place, owner = draw_neighbors(START, torch.tensor([2, 0, 1]), ALL)
    assert place.tolist() == [2, 3, 4, 5, 6, 0, 1]
    assert owner.tolist() == [0, 0, 0, 0, 0, 1, 1]


def test_short_rows_are_taken_whole_and_long_ones_without_repetition():
    for seed in range(50):
        place, owner = draw_neighbors(START, torch.arange(4), 3, generator=seeded(seed))
        assert owner.tolist() == [0, 0, 2, 2, 2, 3]
        assert place[:2].tolist() == [0, 1]
        assert place[-1] == 7
        drawn = place[2:5].tolist()
        assert drawn == sorted(set(drawn))
        assert set(drawn) <= {2, 3, 4, 5, 6}


@pytest.mark.parametrize("count", [1, 2, 4])
def test_every_subset_is_equally_likely(count):
    rows, draws = torch.tensor([0, 6]), 20_000
    place, _ = draw_neighbors(rows, torch.zeros(draws, dtype=torch.long), count, generator=seeded())
    subsets, seen = (2 ** place.view(draws, count)).sum(dim=1).unique(return_counts=True)
    expected = {1: 6, 2: 15, 4: 15}[count]
    assert len(subsets) == expected
    chi_square = ((seen - draws / expected) ** 2 / (draws / expected)).sum()
    assert chi_square < 40  # 99.9 % quantile for 14 degrees of freedom: 36


def test_with_replacement_rows_of_any_length_give_the_full_count():
    place, owner = draw_neighbors(START, torch.tensor([0, 1, 3]), 4, replace=True)
    assert owner.tolist() == [0] * 4 + [2] * 4
    assert set(place[:4].tolist()) <= {0, 1}
    assert place[4:].tolist() == [7] * 4


def test_with_replacement_entries_are_equally_likely():
    start, nodes = torch.tensor([0, 5]), torch.zeros(4000, dtype=torch.long)
    place, _ = draw_neighbors(start, nodes, 5, replace=True, generator=seeded())
    assert place.bincount(minlength=5).tolist() == pytest.approx([4000] * 5, abs=250)


def test_a_count_of_zero_and_no_nodes():
    for nodes, count in ((torch.arange(4), 0), (torch.arange(0), 3)):
        place, owner = draw_neighbors(START, nodes, count)
        assert len(place) == len(owner) == 0


def test_reproducible_by_generator():
    first, second = (
        draw_neighbors(START, torch.tensor([2, 2, 2]), 2, generator=seeded(3))[0] for _ in range(2)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, draw_neighbors(START, torch.tensor([2, 2, 2]), 2)[0])


def test_a_hub_costs_what_it_gives():
    start = torch.tensor([0, 2**40])  # more entries than memory holds
    place, _ = draw_neighbors(start, torch.tensor([0]), 3, generator=seeded())
    assert len(place) == 3
    assert int(place.max()) < 2**40
