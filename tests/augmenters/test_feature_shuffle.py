import torch
from torch_geometric.data import Batch, Data, HeteroData

from gcl.augmenters import FeatureShuffle


def test_rows_move_and_the_graph_stays(path_graph):
    view = FeatureShuffle()(path_graph)
    assert not torch.equal(view.x, path_graph.x)
    assert torch.equal(view.x.sort(0)[0], path_graph.x)
    assert view.edge_index is path_graph.edge_index
    assert view.y is path_graph.y


def test_rows_stay_within_their_graph():
    graphs = [Data(x=torch.full((n, 2), float(n)) + torch.arange(n)[:, None] / 100) for n in (3, 5)]
    for g, original in zip(
        FeatureShuffle()(Batch.from_data_list(graphs)).to_data_list(), graphs, strict=True
    ):
        assert torch.equal(g.x.sort(0)[0], original.x)
    loose = Data(x=torch.arange(4.0).view(4, 1), batch=torch.tensor([0, 1, 0, 1]))
    for _ in range(10):
        assert (FeatureShuffle()(loose).x.view(-1) % 2).tolist() == [0, 1, 0, 1]


def test_node_types_do_not_mix():
    data = HeteroData(a={"x": torch.zeros(4, 2)}, b={"x": torch.ones(4, 2)})
    view = FeatureShuffle()(data)
    assert not view["a"].x.any()
    assert view["b"].x.all()
