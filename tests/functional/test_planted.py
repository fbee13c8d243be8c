import pytest
import torch

from gcl.functional.planted import planted_pairs


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


Y = torch.arange(300) % 3


@pytest.mark.parametrize("homophily", [0.0, 0.2, 0.75, 1.0])
def test_exact_number_and_homophily_without_loops_or_repetitions(homophily):
    low, high = planted_pairs(Y, torch.ones(300), 1000, homophily, generator=seeded())
    assert len(low) == 1000
    assert (Y[low] == Y[high]).sum() == round(homophily * 1000)
    assert not (low == high).any()
    codes = torch.minimum(low, high) * 300 + torch.maximum(low, high)
    assert len(codes.unique()) == 1000


def test_degrees_follow_the_weights():
    weight = torch.where(torch.arange(300) < 30, 5.0, 1.0)
    pairs = planted_pairs(Y, weight, 2000, 0.5, generator=seeded())
    degree = pairs.flatten().bincount(minlength=300).double()
    assert (degree[:30].mean() / degree[30:].mean()).item() == pytest.approx(5, rel=0.1)


def test_all_pairs_that_there_are():
    y = torch.tensor([0, 1, 0, 1])
    pairs = planted_pairs(y, torch.ones(4), 6, 2 / 6)
    assert pairs.sort(dim=0).values.unique(dim=1).size(1) == 6


def test_blocks_hold_their_share_of_the_pairs_within_classes():
    y, size = torch.arange(2).repeat_interleave(320), 32
    low, high = planted_pairs(
        y, torch.ones(640), 3000, 0.8, local=0.5, block_size=size, generator=seeded()
    )
    assert (y[low] == y[high]).sum() == 2400
    assert (low // size == high // size).sum() == 1200
    codes = torch.minimum(low, high) * 640 + torch.maximum(low, high)
    assert len(codes.unique()) == 3000
    assert low.bincount(minlength=640).double().std() < 4


def test_hubs_find_outside_what_their_block_cannot_give():
    y, weight = torch.zeros(1024, dtype=torch.long), torch.ones(1024)
    weight[5] = 100.0
    pairs = planted_pairs(y, weight, 5000, 1.0, local=0.8, block_size=64, generator=seeded())
    degree = pairs.flatten().bincount(minlength=1024)
    assert 0.5 * 890 < degree[5] < 1.1 * 890  # 100 / 1123 of 10,000 ends
    near = ((pairs // 64)[0] == (pairs // 64)[1]).sum()
    assert 0.6 * 5000 < near < 0.8 * 5000


def test_directions_are_random():
    low, high = planted_pairs(Y, torch.ones(300), 1000, 0.5, generator=seeded())
    assert 400 < (low < high).sum() < 600


def test_bad_input():
    with pytest.raises(ValueError, match="4 pairs within classes are too many: there are 2"):
        planted_pairs(torch.tensor([0, 0, 1, 1]), torch.ones(4), 4, 1.0)
    with pytest.raises(ValueError, match="pairs between classes are too many for these weights"):
        planted_pairs(torch.tensor([0, 1, 1]), torch.tensor([1, 1, 1e-13]), 2, 0.0)
    with pytest.raises(ValueError, match=r"weight must be \[3\] and above 0"):
        planted_pairs(torch.tensor([0, 1, 1]), torch.tensor([1, 1, 0]), 2, 0.0)
    with pytest.raises(ValueError, match="homophily must be a probability"):
        planted_pairs(torch.tensor([0, 1, 1]), torch.ones(3), 1, 1.5)
