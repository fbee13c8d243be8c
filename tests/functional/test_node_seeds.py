import pytest
import torch

from gcl.functional.node_seeds import check_seeds, pick_seeds

CPU = torch.device("cpu")


def test_a_share_is_rounded_up_in_each_graph():
    batch = torch.tensor([0] * 10 + [1] + [3] * 5)
    seeds = pick_seeds(0.25, 16, CPU, batch=batch)
    assert batch[seeds].bincount(minlength=4).tolist() == [3, 1, 0, 2]
    assert seeds.unique().numel() == len(seeds)
    assert len(pick_seeds(0.25, 16, CPU)) == 4
    assert len(pick_seeds(0.09, 300, CPU)) == 27  # 28 in float32
    assert len(pick_seeds(0.15, 100, CPU)) == 15


def test_a_number_is_cut_to_the_graph():
    batch = torch.tensor([1, 0, 1, 1, 0])  # in any order
    assert batch[pick_seeds(3, 5, CPU, batch=batch)].bincount().tolist() == [2, 3]
    assert pick_seeds(9, 5, CPU).sort().values.tolist() == [0, 1, 2, 3, 4]
    assert len(pick_seeds(2, 0, CPU)) == 0


def test_every_node_is_as_likely():
    count = torch.zeros(6)
    for _ in range(3000):
        count[pick_seeds(2, 6, CPU)] += 1
    assert count.sub(1000).abs().max() < 110  # four standard deviations


def test_node_numbers_are_taken_as_they_are():
    assert pick_seeds([4, 2], 5, CPU).tolist() == [4, 2]
    assert pick_seeds(torch.tensor([1]), 5, CPU).tolist() == [1]
    with pytest.raises(ValueError, match=r"seeds must lie in \[0, 5\).*got 5"):
        pick_seeds([5], 5, CPU)


@pytest.mark.parametrize(
    ("seeds", "error", "message"),
    [
        (0.0, ValueError, "seeds must be a share above 0, got 0.0"),
        (1.5, ValueError, r"seeds must be a probability in \[0, 1\], got 1.5"),
        (0, ValueError, "seeds must be at least 1, got 0"),
        (True, TypeError, "seeds must be an integer, got True"),
        (None, TypeError, "seeds must be an integer, got None"),
        ([0.5], TypeError, r"seeds must be node numbers \[S\], got"),
        (torch.ones(2, 2, dtype=torch.long), TypeError, r"seeds must be node numbers \[S\], got"),
    ],
)
def test_bad_seeds_are_named(seeds, error, message):
    with pytest.raises(error, match=message):
        check_seeds(seeds)


@pytest.mark.parametrize(
    ("share", "count", "taken"), [(0.07, 100, 7), (0.55, 100, 55), (0.5, 3, 2)]
)
def test_a_share_that_is_whole_is_not_rounded_up(share, count, taken):
    assert len(pick_seeds(share, count, torch.device("cpu"))) == taken
