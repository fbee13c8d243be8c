import pytest
import torch
from torch_geometric.data import Data

from gcl.methods import SPGCL

PATH = torch.stack([torch.arange(19), torch.arange(1, 20)])
PATH = torch.cat([PATH, PATH.flip(0)], dim=1)  # 0-1-2-...-19


@pytest.fixture
def graph():
    return Data(x=torch.rand(20, 8), edge_index=PATH)


def contrasted(method, graph, draws=30):
    """The rows that enter the loss, by number, over several steps."""
    seen = []
    method.projector.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    for _ in range(draws):
        method.step(graph)
    h = method.encoder(graph.x, PATH).relu()
    return [torch.cdist(rows, h).argmin(1).tolist() for rows in seen]


def test_all_nodes_are_contrasted_without_seeds(graph):
    method = SPGCL(8, out_channels=6, dropout=0.0)
    assert contrasted(method, graph, 2) == [list(range(20))] * 2


def test_nodes_around_the_seeds_are_contrasted(graph):
    method = SPGCL(8, out_channels=6, dropout=0.0, num_seeds=1, num_hops=2)
    drawn = contrasted(method, graph)
    for rows in drawn:
        assert len(set(rows)) == len(rows) <= 5
        assert max(rows) - min(rows) == len(rows) - 1  # a stretch of the path
    assert len({min(rows) for rows in drawn}) > 5


def test_at_most_so_many_nodes(graph):
    method = SPGCL(8, out_channels=6, dropout=0.0, num_seeds=3, num_hops=3, max_nodes=4)
    assert {len(set(rows)) for rows in contrasted(method, graph)} == {4}


def test_only_seed_rows_of_a_sampled_batch(graph):
    graph.batch_size = 6
    method = SPGCL(8, out_channels=6, dropout=0.0, num_seeds=2, num_hops=9)
    assert all(max(rows) < 6 for rows in contrasted(method, graph))


def test_dropout_spares_the_features(graph):
    encoder = SPGCL(8, out_channels=6, dropout=0.4).encoder
    assert (encoder.dropout.p, encoder.input_dropout.p) == (0.4, 0.0)
    seen = []
    method = SPGCL(8, out_channels=64, num_layers=1, dropout=0.5)
    method.projector.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    method.step(graph)
    h = method.encoder(graph.x, PATH).relu()
    kept = seen[0] != 0
    torch.testing.assert_close(seen[0][kept], 2 * h[kept])
    assert 0.3 < kept[h > 0].float().mean() < 0.7


def test_step_is_the_loss_of_projections(graph):
    method = SPGCL(8, out_channels=6, dropout=0.0, top_k=3, num_negatives=4)
    torch.manual_seed(1)
    loss = method.step(graph)
    torch.manual_seed(1)
    z = method.projector(method.encoder(graph.x, PATH).relu())
    assert torch.equal(loss, method.loss(z))


def test_options_reach_their_parts():
    method = SPGCL(8, norm="batch", projection_activation="relu")
    assert method.encoder.norms[0].module.num_features == 1024
    assert isinstance(method.projector.net[1], torch.nn.ReLU)
    assert SPGCL(8, out_channels=9).encoder.hidden_channels == 9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_hops": 2}, "num_hops=2 and max_nodes=None would be ignored without num_seeds"),
        ({"num_seeds": 0}, "num_seeds must be at least 1, got 0"),
        ({"num_seeds": 1, "max_nodes": 0}, "max_nodes must be at least 1, got 0"),
        ({"top_k": 0}, "top_k must be at least 1, got 0"),
        ({"dropout": 1.5}, "dropout must be a probability .* got 1.5"),
        ({"norm": "none"}, "norm must be one of batch, layer, graph; got 'none'"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        SPGCL(8, **options)
