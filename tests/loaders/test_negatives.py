import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gcl.loaders.negatives import pair_ids, pairs_of, sample_non_edges


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_numbers_and_pairs_are_inverse():
    j, i = torch.tril_indices(300, 300, -1)
    ids = torch.arange(len(i))
    assert torch.equal(pair_ids(torch.stack([i, j])), ids)
    assert torch.equal(pair_ids(torch.stack([j, i])), ids)
    assert torch.equal(pairs_of(ids), torch.stack([i, j]))


def test_pairs_are_exact_where_float64_is_not():
    high = 3 * 10**9
    pairs = torch.tensor([[0, high - 1, high - 2, 5], [high, high, high - 1, high]])
    assert torch.equal(pairs_of(pair_ids(pairs)), pairs)


def test_self_loops_share_no_number_with_a_pair():
    assert pair_ids(torch.tensor([[0, 2], [0, 2]])).tolist() == [-1, -3]


@settings(max_examples=50, deadline=None)
@given(n=st.integers(3, 25), seed=st.integers(0, 50), share=st.floats(0.0, 0.9), all_=st.booleans())
def test_samples_are_distinct_non_edges(n, seed, share, all_):
    total = n * (n - 1) // 2
    edges = torch.randperm(total, generator=generator(seed))[: int(share * total)].sort().values
    count = total - len(edges) if all_ else (total - len(edges)) // 8
    drawn = sample_non_edges(edges, n, count, generator(seed))
    ids = pair_ids(drawn)
    assert drawn.shape == (2, count)
    assert (drawn[0] < drawn[1]).all()
    assert len(ids.unique()) == count
    assert not torch.isin(ids, edges).any()


def test_every_non_edge_is_equally_likely():
    edges = torch.tensor([0, 3, 4, 9, 20])  # of the 28 pairs of 8 nodes
    draws = [pair_ids(sample_non_edges(edges, 8, 4, generator(s))) for s in range(575)]
    counts = torch.cat(draws).bincount(minlength=28)
    assert (counts[edges] == 0).all()
    free = torch.ones(28, dtype=torch.bool).index_fill_(0, edges, False)
    assert (counts[free] - 100).abs().max() < 45  # expectation 100, standard deviation 9


def test_too_few_non_edges_is_an_error():
    with pytest.raises(ValueError, match=r"too dense: 2 non-edges .* 3 nodes with 2 edges leave 1"):
        sample_non_edges(torch.tensor([0, 1]), 3, 2, generator())
