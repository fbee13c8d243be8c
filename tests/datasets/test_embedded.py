import torch

from gcl.datasets import load


def test_digits_needs_no_file_and_no_network(tmp_path, cache):
    data = load("digits", tmp_path / "nothing")[0]
    assert data.x.shape == (1797, 64)
    assert data.x.dtype == torch.float32
    assert (float(data.x.min()), float(data.x.max())) == (0.0, 1.0)
    assert data.edge_index.shape == (2, 24678)
    assert data.y.bincount().tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert not data.has_self_loops()
    assert data.is_undirected()
    assert int(data.edge_index[0].bincount().min()) >= 10
    assert not cache.exists()


def test_digits_is_the_same_graph_each_time_and_homophilous():
    first, second = load("digits")[0], load("digits")[0]
    assert torch.equal(first.edge_index, second.edge_index)
    row, col = first.edge_index
    assert float((first.y[row] == first.y[col]).float().mean()) > 0.95


def test_karate(cache):
    dataset = load("karate")
    assert dataset[0].num_edges == 156
    assert dataset.num_classes == 4
    assert dataset[0].is_undirected()
    assert not cache.exists()
