import pytest
import torch
from torch_geometric.data import Data

from gcl.evaluation import clustering_accuracy
from gcl.methods import AutoEncoder
from gcl.training import fit


def data():
    torch.manual_seed(0)
    y = torch.arange(40) % 2
    return Data(x=torch.randn(40, 6) + 6 * y[:, None], edge_index=torch.empty(2, 0).long(), y=y)


def test_step_is_the_mean_squared_error_over_all_entries():
    method, graph = AutoEncoder(6, (8,), 2, num_clusters=2), data()
    out = method.decode(method.embed(graph))
    expected = sum((a - b) ** 2 for a, b in zip(out.flatten(), graph.x.flatten(), strict=True))
    assert method.step(graph).item() == pytest.approx(expected.item() / 240, rel=1e-5)


def test_without_epochs_of_its_own_it_is_an_auto_encoder_and_k_means():
    method, graph = AutoEncoder(6, (8,), 2, num_clusters=2, pretrain_epochs=20), data()
    result = fit(method, graph, epochs=0, progress=False)
    assert result.losses == []
    assert clustering_accuracy(method.assign(graph).cluster, graph.y) == 1.0


def test_the_decoder_mirrors_the_encoder():
    method = AutoEncoder(6, (8, 5), 2, num_clusters=2)
    sizes = [layer.weight.shape for layer in (*method.encoder.layers, *method.decoder.layers)]
    assert [tuple(s) for s in sizes] == [(8, 6), (5, 8), (2, 5), (5, 2), (8, 5), (6, 8)]
    one = AutoEncoder(6, (), 2, num_clusters=2)
    assert [len(m.layers) for m in (one.encoder, one.decoder)] == [1, 1]
