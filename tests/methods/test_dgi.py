import torch
from torch_geometric.data import Batch, Data

from gcl.encoders import GCN
from gcl.methods import DGI
from gcl.methods.dgi import disjoint_union

EDGES = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])


def test_union_shifts_the_second_graph():
    first = Data(x=torch.zeros(3, 2), edge_index=EDGES, edge_weight=torch.arange(4.0))
    second = Data(x=torch.ones(3, 2), edge_index=EDGES[:, :1], edge_weight=torch.tensor([9.0]))
    union = disjoint_union(first, second)
    assert union.x.sum(1).tolist() == [0, 0, 0, 2, 2, 2]
    assert union.edge_index.tolist() == [[0, 1, 1, 2, 3], [1, 0, 2, 1, 4]]
    assert union.edge_weight.tolist() == [0, 1, 2, 3, 9]


def test_normalisation_sees_real_and_corrupted_nodes_together():
    method = DGI(encoder=GCN(4, 8, 8, 1, norm="batch"))
    calls = []
    method.encoder.norms[0].register_forward_pre_hook(lambda _, args: calls.append(len(args[0])))
    method.step(Data(x=torch.rand(3, 4), edge_index=EDGES))
    assert calls == [6]


def test_corruption_stays_within_each_graph_of_a_batch():
    graphs = [Data(x=torch.full((3, 4), float(i)), edge_index=EDGES) for i in range(3)]
    method = DGI(4, out_channels=8)
    batch = Batch.from_data_list(graphs)
    assert torch.equal(method.corrupt(batch).x, batch.x)


def test_defaults_are_the_papers():
    encoder = DGI(4).encoder
    assert (encoder.num_layers, encoder.out_channels) == (1, 512)
    assert isinstance(encoder.activations[0], torch.nn.PReLU)


def test_sparse_features_are_stacked_as_they_are():
    data = Data(x=(torch.rand(60, 300) < 0.02).float(), edge_index=torch.randint(0, 60, (2, 150)))
    method, seen = DGI(300, out_channels=64), []
    method.encoder.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    method.step(data)
    assert seen[0].layout == torch.sparse_csr
    real, fake = seen[0].to_dense().split(60)
    assert torch.equal(real, data.x)
    assert sorted(fake.tolist()) == sorted(data.x.tolist())
