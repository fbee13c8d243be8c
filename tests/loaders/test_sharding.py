"""Shares of several processes make up the batches of one."""

import pytest
import torch
from torch_geometric.data import Data

from gcl.datasets import interactions
from gcl.loaders import ClusterLoader, HardBatchLoader, NeighborLoader, TripletLoader
from gcl.loaders.sharding import fingerprint, own_part

CYCLE = torch.stack([torch.arange(16), torch.arange(1, 17) % 16])
GRAPH = Data(x=torch.eye(16), edge_index=CYCLE)
LOADERS = {
    "neighbor": lambda: NeighborLoader(GRAPH, [2], 7, shuffle=True),
    "neighbor, last one left out": lambda: NeighborLoader(GRAPH, [2], 7, drop_last=True),
    "clusters": lambda: ClusterLoader(GRAPH, method=torch.arange(16) // 3, batch_size=4),
    "hard": lambda: HardBatchLoader(GRAPH, [2], 8, cluster_size=2, skip=1, keep=4),
}


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("make", LOADERS.values(), ids=LOADERS)
def test_every_seed_is_in_one_share(make, size):
    loader = make()
    order = loader.order()
    shares = [list(loader.shares(order, rank, size)) for rank in range(size)]
    whole = [loader.load(items) for items in order.split(loader.batch_size)[: len(loader)]]
    for i, batch in enumerate(whole):
        own = [s[i] for s in shares]
        seeds = [s.batch.n_id[: s.rows] for s in own]
        assert torch.equal(torch.cat(seeds), batch.n_id[: batch.batch_size])
        assert all(s.batch.batch_size == s.rows for s in own if s.rows)


def test_who_has_no_share_stands_in():
    loader = NeighborLoader(GRAPH, [2], 15)
    last = [list(loader.shares(loader.order(), rank, 3))[-1] for rank in range(3)]
    assert [share.rows for share in last] == [1, 0, 0]
    assert [share.batch.n_id[0].item() for share in last] == [15, 15, 15]


@pytest.mark.parametrize("draw", ["epoch", "step"])
def test_every_triplet_is_in_one_share(draw):
    data = interactions(torch.tensor([[0, 0, 1, 2, 2], [0, 1, 2, 0, 2]]))
    loader = TripletLoader(data, 3, draw=draw)
    order = loader.order()
    shares = [list(loader.shares(order, rank, 2)) for rank in range(2)]
    assert [[s.rows for s in own] for own in shares] == [[2, 1], [1, 1]]
    assert all(s.batch.triplets.size(1) == s.rows for own in shares for s in own)
    assert [own[1].batch.num_triplets for own in shares] == [2, 2]
    found = torch.cat([s.batch.triplets for pair in zip(*shares, strict=True) for s in pair], 1)
    assert torch.equal(found[: len(order)], order)


def test_bad_shares():
    loader = NeighborLoader(GRAPH, [2], 2)
    order = loader.order()
    with pytest.raises(ValueError, match="batch_size must be at least .* got 2 for 3 processes"):
        next(loader.shares(order, 0, 3))
    with pytest.raises(ValueError, match="rank must be below size=2, got 2"):
        next(loader.shares(order, 2, 2))


def test_own_part():
    items = torch.arange(5)
    assert [own_part(items, rank, 3)[0].tolist() for rank in range(3)] == [[0, 1], [2, 3], [4]]
    part, own = own_part(items[:1], 1, 2)
    assert (part.tolist(), own) == ([0], False)


def test_fingerprints_tell_loaders_apart():
    same = [NeighborLoader(GRAPH, [n], 4, input_nodes=[0, 5, 7]).fingerprint() for n in (1, 2)]
    assert same[0] == same[1]
    other = [[0, 7, 5], [0, 5], [0, 5, 8], [1, 5, 7]]
    found = {NeighborLoader(GRAPH, [1], 4, input_nodes=nodes).fingerprint() for nodes in other}
    assert len(found | set(same)) == 5
    parts = [torch.arange(16) // 4, torch.arange(16) % 4]
    assert len({ClusterLoader(GRAPH, method=part).fingerprint() for part in parts}) == 2
    assert fingerprint(torch.zeros(2, 3)) != fingerprint(torch.zeros(2, 2))
