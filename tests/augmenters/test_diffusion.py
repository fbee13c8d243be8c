import pickle

import pytest
import torch
from torch_geometric import EdgeIndex
from torch_geometric.data import Batch, Data, HeteroData

from gcl.augmenters import Diffusion
from gcl.encoders import GCN
from gcl.functional import diffuse

PATH = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
OPTIONS = [
    {"top_k": 2},
    {"kind": "heat", "t": 2.0, "threshold": 0.01},
    {"method": "push", "eps": 1e-2, "top_k": None},
]


def counted(augmenter):
    """Make the augmenter count how often it computes a diffusion."""
    calls, function = [], augmenter._diffused.function
    augmenter._diffused.function = lambda *args: calls.append(args) or function(*args)
    return calls


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("weighted", [False, True])
def test_equals_its_functional_twin(path_graph, options, weighted):
    if not weighted:
        del path_graph.edge_weight
    view = Diffusion(**options)(path_graph)
    edges, weight = diffuse(path_graph.edge_index, 5, path_graph.edge_weight, **options)
    assert torch.equal(view.edge_index, edges)
    assert torch.equal(view.edge_weight, weight)
    assert torch.equal(view.x, path_graph.x)
    assert "edge_attr" not in view
    assert "edge_attr" in path_graph


def test_is_computed_once_for_each_content(path_graph):
    augmenter = Diffusion()
    calls = counted(augmenter)
    other = path_graph.clone()
    for data in (path_graph, path_graph, other, Data(x=torch.ones(5, 1), edge_index=PATH)):
        augmenter(data)
    assert len(calls) == 2
    augmenter(Data(x=torch.ones(4, 1), edge_index=PATH))  # as many edges, fewer nodes
    assert len(calls) == 3
    path_graph.edge_weight[0] = 9.0
    augmenter(path_graph)
    assert len(calls) == 4


def test_walks_stay_within_the_graphs_of_a_batch(path_graph):
    graphs = [path_graph, Data(x=torch.ones(3, 3), edge_index=PATH, edge_weight=torch.ones(4))]
    del graphs[0].edge_attr, graphs[0].y, graphs[0].train_mask
    view = Diffusion(top_k=3)(Batch.from_data_list(graphs))
    for part, graph in zip(view.to_data_list(), graphs, strict=True):
        alone = Diffusion(top_k=3)(graph)
        assert torch.equal(part.edge_index, alone.edge_index)
        torch.testing.assert_close(part.edge_weight, alone.edge_weight)


def test_a_batch_without_weights_gains_them():
    graph = Data(x=torch.ones(3, 1), edge_index=PATH)
    view = Diffusion()(Batch.from_data_list([graph, graph]))
    for part in view.to_data_list():
        torch.testing.assert_close(part.edge_weight, Diffusion()(graph).edge_weight)


def test_counts_of_single_edges_are_gone(path_graph):
    path_graph.num_sampled_edges, path_graph.e_id = [4, 2], torch.arange(6)
    view = Diffusion()(path_graph)
    assert not {"num_sampled_edges", "e_id", "edge_attr"} & set(view.keys())
    assert view.validate()


def test_an_encoder_without_normalisation_multiplies_by_the_diffusion():
    data = Data(x=torch.randn(3, 4), edge_index=PATH)
    view = Diffusion(alpha=0.3)(data)
    encoder = GCN(4, 4, 2, 1, activation="identity", normalize=False)
    layer = encoder.layers[0]
    matrix = torch.zeros(3, 3).index_put((view.edge_index[1], view.edge_index[0]), view.edge_weight)
    expected = matrix @ data.x @ layer.lin.weight.t() + layer.bias
    torch.testing.assert_close(encoder(view.x, view.edge_index, view.edge_weight), expected)


def test_an_edge_index_is_read():
    data = Data(x=torch.ones(3, 1), edge_index=EdgeIndex(PATH, sparse_size=(3, 3)))
    plain = Diffusion()(Data(x=torch.ones(3, 1), edge_index=PATH))
    assert torch.equal(Diffusion()(data).edge_index, plain.edge_index)


def test_copies_start_without_what_was_remembered(path_graph):
    augmenter = Diffusion("heat")
    view = augmenter(path_graph)
    clone = pickle.loads(pickle.dumps(augmenter))
    assert not clone._diffused._values
    assert torch.equal(clone(path_graph).edge_weight, view.edge_weight)


def test_bad_input_is_named(path_graph):
    with pytest.raises(ValueError, match="t must be None with kind='ppr'"):
        Diffusion(t=2.0)
    with pytest.raises(ValueError, match="kind must be one of ppr, heat"):
        Diffusion("cold")
    with pytest.raises(TypeError, match="data must be a Data .* for Diffusion, got"):
        Diffusion()(HeteroData())
    with pytest.raises(ValueError, match="data must have an edge_index"):
        Diffusion()(Data(x=torch.ones(2, 1)))
    path_graph.edge_weight = -path_graph.edge_weight
    with pytest.raises(ValueError, match="edge_weight must be 0 or above, got -6"):
        Diffusion()(path_graph)


def test_a_changed_option_counts_from_then_on(path_graph):
    augmenter = Diffusion(alpha=0.2)
    augmenter(path_graph)
    augmenter.alpha = 0.9
    expected = Diffusion(alpha=0.9)(path_graph)
    assert torch.equal(augmenter(path_graph).edge_weight, expected.edge_weight)


def test_weights_that_ask_for_a_gradient_are_diffused_once(path_graph):
    augmenter = Diffusion()
    calls = counted(augmenter)
    path_graph.edge_weight.requires_grad_()
    for _ in range(2):
        assert not augmenter(path_graph).edge_weight.requires_grad
    assert len(calls) == 1
