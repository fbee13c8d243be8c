import pytest
import torch

from gcl.datasets import CATALOGUE, load
from gcl.datasets.statistics import SHAPES
from gcl.datasets.synthetic import like
from gcl.functional import partition_graph


def degrees(data, directed):
    return data.edge_index.flatten().bincount(minlength=data.num_nodes) / (1 if directed else 2)


@pytest.mark.parametrize("name", ["cora", "photo", "texas", "actor"])
def test_counts_are_exact_and_shape_is_near(name):
    entry, shape = CATALOGUE[name], SHAPES[name]
    data = like(name)[0]
    counts = (data.num_nodes, data.num_edges, data.num_features, int(data.y.max()) + 1)
    assert counts == (entry.num_nodes, entry.num_edges, entry.num_features, entry.num_classes)
    source, target = data.edge_index
    same = (data.y[source] == data.y[target]).double().mean().item()
    assert same == pytest.approx(shape.homophily, abs=2 / entry.num_edges)
    assert data.is_undirected() != entry.directed
    assert not data.has_self_loops()
    degree = degrees(data, entry.directed).double()
    # Hubs of small classes lack partners, so the spread stays below that of the data set.
    assert 0.65 * shape.variation < degree.std() / degree.mean() < 1.1 * shape.variation


@pytest.mark.parametrize("name", ["ogbn-arxiv", "ogbn-products"])
def test_a_small_share_of_a_large_set(name):
    entry = CATALOGUE[name]
    dataset = like(name, scale=0.01)
    data = dataset[0]
    assert repr(dataset) == f"GraphDataset('synthetic-{name}')"
    assert data.num_nodes == round(entry.num_nodes / 100)
    assert data.num_edges == pytest.approx(entry.num_edges / 100, abs=1)
    assert (data.num_features, dataset.num_classes) == (entry.num_features, entry.num_classes)
    degree = degrees(data, entry.directed)
    assert degree.max() > 8 * degree.mean()  # hubs


def test_reproducible_by_seed():
    first, second, third = (like("cora", scale=0.1, seed=s)[0] for s in (1, 1, 2))
    for key in ("x", "y", "edge_index"):
        assert torch.equal(first[key], second[key])
        assert not torch.equal(first[key], third[key])


def test_features_tell_the_class_as_far_as_the_signal_says():
    far, none = (like("cora", scale=0.2, signal=s)[0] for s in (1.0, 0.0))
    for data, low, high in ((far, 0.75, 1.1), (none, 0.0, 0.5)):
        means = torch.stack([data.x[data.y == c].mean(dim=0) for c in range(7)])
        spread = (means - means.mean(dim=0)).square().sum(dim=1).mean() / data.num_features
        assert low < spread < high


def test_blocks_make_some_partitions_better_than_others():
    cuts = []
    for local in (0.0, 0.7):
        data = like("pubmed", scale=0.5, local=local)[0]
        part = partition_graph(data.edge_index, data.num_nodes, 40)
        cuts.append((part[data.edge_index[0]] != part[data.edge_index[1]]).double().mean().item())
    assert cuts[1] < 0.8 * cuts[0]


def test_another_homophily():
    data = like("cora", scale=0.3, homophily=0.1)[0]
    source, target = data.edge_index
    assert (data.y[source] == data.y[target]).double().mean().item() == pytest.approx(0.1, abs=0.01)


def test_what_cannot_be_imitated():
    with pytest.raises(ValueError, match="genius cannot be imitated: its num_edges is not known"):
        like("genius")
    with pytest.raises(ValueError, match="ogbn-proteins cannot be imitated: its labels are no cla"):
        like("ogbn-proteins")
    with pytest.raises(ValueError, match="homophily must be given for wikics: it is not known"):
        like("wikics")
    with pytest.raises(ValueError, match="unknown dataset of the catalogue: got 'coar'"):
        like("coar")
    with pytest.raises(ValueError, match="scale must be a finite number above 0, got 0"):
        like("cora", scale=0)
    with pytest.raises(ValueError, match="scale must leave a node for 7 classes, got 3"):
        like("cora", scale=0.001)


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["karate", "cora", "photo", "texas", "minesweeper"])
def test_the_table_says_what_the_files_say(name, data_root):
    data, shape = load(name, data_root)[0], SHAPES[name]
    source, target = data.edge_index
    same = (data.y[source] == data.y[target]).double().mean().item()
    degree = degrees(data, CATALOGUE[name].directed).double()
    assert same == pytest.approx(shape.homophily, abs=5e-4)
    assert int(degree.max()) == shape.largest_degree
    variation = (degree.std(correction=0) / degree.mean()).item()
    assert variation == pytest.approx(shape.variation, abs=5e-3)
