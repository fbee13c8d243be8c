import pytest
import torch
from torch_geometric.data import Data

from gcl.functional import gcn_adjacency
from gcl.loaders import HardBatchLoader
from gcl.methods import GRACE
from gcl.training import fit


@pytest.fixture
def planted():
    """Six groups of eight nodes whose directions differ little within a group."""
    group = torch.randperm(48) % 6
    centre = torch.linalg.qr(torch.randn(6, 6))[0]
    z = centre[group] + 0.05 * torch.randn(48, 6)
    edge_index = torch.stack([torch.arange(48), torch.arange(1, 49) % 48])
    return Data(x=z, edge_index=edge_index), group


def loader(data, **options):
    defaults = {"batch_size": 16, "cluster_size": 8, "skip": 0, "keep": 7}
    return HardBatchLoader(data, [2, 2], **{**defaults, **options})


def test_batches_are_unions_of_planted_groups(planted):
    data, group = planted
    for batch in loader(data, teacher=data.x, skip_neighbors=False):
        assert batch.batch_size == 16
        seen = group[batch.n_id[:16]].bincount(minlength=6)
        assert sorted(seen.tolist()) == [0, 0, 0, 0, 8, 8]


def test_every_node_once_an_epoch_and_clusters_meet_anew(planted):
    data, _ = planted
    batches = loader(data, generator=torch.Generator().manual_seed(0))
    epochs = [[b.n_id[: b.batch_size] for b in batches] for _ in range(4)]
    for epoch in epochs:
        assert torch.cat(epoch).sort().values.tolist() == list(range(48))
    assert len({str(sorted(sorted(b.tolist()) for b in epoch)) for epoch in epochs}) > 1


def test_a_smaller_cluster_comes_last(planted):
    data, _ = planted
    batches = loader(data, batch_size=20, cluster_size=5)
    last = batches.clusters[45:]
    for _ in range(5):
        assert torch.equal(batches.order()[45:], last)
    assert [b.batch_size for b in batches] == [20, 20, 8]
    assert [b.batch_size for b in loader(data, batch_size=20, cluster_size=5, drop_last=True)] == [
        20,
        20,
    ]


def test_reproducible_by_seed_and_generator(planted):
    data, _ = planted

    def epoch(seed):
        generator = torch.Generator().manual_seed(seed)
        return [b.n_id.tolist() for b in loader(data, generator=generator)]

    assert epoch(1) == epoch(1)
    assert epoch(1) != epoch(2)


def test_the_default_teacher_is_smoothed_features(planted):
    data, _ = planted
    adjacency = gcn_adjacency(data.edge_index, 48)
    smoothed = adjacency @ (adjacency @ data.x)
    assert torch.equal(loader(data).clusters, loader(data, teacher=smoothed).clusters)


def test_mining_anew_changes_the_clusters(planted):
    data, group = planted
    batches = loader(data, teacher=torch.randn(48, 6), skip_neighbors=False)
    batches.mine(data.x)
    assert all(len(group[c].unique()) == 1 for c in batches.clusters.split(8))


def test_a_method_trains_on_them(planted):
    data, _ = planted
    result = fit(GRACE(6, out_channels=4), loader(data), epochs=2, progress=False)
    assert all(torch.isfinite(torch.tensor(result.losses)))


def test_bad_input(planted):
    data, _ = planted
    with pytest.raises(ValueError, match="batch_size must be a multiple of cluster_size=5, got 16"):
        loader(data, cluster_size=5)
    with pytest.raises(ValueError, match="teacher must have 48 rows, got"):
        loader(data, teacher=torch.randn(4, 3))
    with pytest.raises(ValueError, match="teacher must be given for a graph without features"):
        loader(Data(edge_index=data.edge_index, num_nodes=48))
    with pytest.raises(ValueError, match="cluster_size must be at most 48, got 64"):
        loader(data, cluster_size=64, batch_size=64)
