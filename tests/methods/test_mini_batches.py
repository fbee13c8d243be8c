"""Methods trained over mini-batches of one graph, from this package's loaders and from PyG's."""

import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.loader import RandomNodeLoader
from torch_geometric.utils import stochastic_blockmodel_graph

from gcl.augmenters import EdgeDrop, NodeDrop
from gcl.loaders import ClusterLoader, NeighborLoader
from gcl.methods import BGRL, CCASSG, CSGCL, GGD, GRACE
from gcl.training import fit

FEATURES = 12
METHODS = {
    "grace": lambda **o: GRACE(FEATURES, out_channels=8, **o),
    "bgrl": lambda **o: BGRL(FEATURES, out_channels=8, total_steps=40, **o),
    "ccassg": lambda **o: CCASSG(FEATURES, out_channels=8, **o),
    "csgcl": lambda **o: CSGCL(FEATURES, out_channels=8, team_up_start=2, **o),
    "ggd": lambda **o: GGD(FEATURES, out_channels=8, **o),
}
LOADERS = {
    "cluster": lambda g, **o: ClusterLoader(g, 6, 2, **o),
    "neighbor": lambda g, **o: NeighborLoader(g, [4, 3], 16, shuffle=True, **o),
    "random": lambda g, **o: RandomNodeLoader(g, 3, shuffle=True, **o),
}
SEEDS = {"cluster": {40}, "neighbor": {16, 8}, "random": {40}}  # 7 batches of 16 and one of 8
every_method = pytest.mark.parametrize("name", METHODS)
every_loader = pytest.mark.parametrize("loader", LOADERS)


@pytest.fixture
def graph():
    torch.manual_seed(0)
    y = torch.arange(3).repeat_interleave(40)
    edge_index = stochastic_blockmodel_graph([40] * 3, 0.02 + 0.2 * torch.eye(3))
    return Data(x=torch.eye(3)[y].repeat(1, 4) + torch.randn(120, 12), edge_index=edge_index, y=y)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@every_loader
@every_method
def test_fit_reads_every_batch_and_only_seeds_enter_the_loss(name, loader, graph):
    method, seen = METHODS[name](), []
    method.loss.register_forward_pre_hook(lambda _, args: seen.append(len(args[0])))
    batches = LOADERS[loader](graph)
    result = fit(method, batches, epochs=2, progress=False)
    assert result.epochs == 2
    assert all(torch.isfinite(torch.tensor(result.losses)))
    if loader == "cluster":
        assert sum(seen) in (2 * 120, 4 * 120)  # some call their loss once for each view
    else:
        assert set(seen) == SEEDS[loader]


@pytest.mark.parametrize("loader", ["cluster", "neighbor"])
@every_method
def test_training_over_batches_is_resumed_exactly(name, loader, graph, tmp_path):
    def train(epochs, **options):
        torch.manual_seed(1)
        method = METHODS[name]()
        batches = LOADERS[loader](graph, generator=seeded(5))
        return method, fit(method, batches, epochs=epochs, progress=False, **options)

    whole, result = train(4)
    train(2, out=tmp_path / "run")
    again, resumed = train(4, out=tmp_path / "run", resume=True)
    assert resumed.losses == result.losses
    for key, value in whole.state_dict().items():
        assert torch.equal(again.state_dict()[key], value)


@pytest.mark.parametrize("name", ["grace", "bgrl", "ccassg", "csgcl"])
def test_dropping_nodes_leaves_all_seeds_in_the_loss(name, graph):
    method, seen = METHODS[name](augmenters=(NodeDrop(0.9), EdgeDrop(0.2))), []
    method.loss.register_forward_pre_hook(lambda _, args: seen.append(len(args[0])))
    fit(method, NeighborLoader(graph, [4, 3], 20), epochs=1, progress=False)
    assert set(seen) == {20}


@pytest.mark.parametrize("loader", ["cluster", "neighbor"])
def test_a_method_learns_from_batches(loader, graph):
    def gap(method):
        h = torch.nn.functional.normalize(method.embed(graph))
        same = graph.y.unsqueeze(0) == graph.y.unsqueeze(1)
        return ((h @ h.t())[same].mean() - (h @ h.t())[~same].mean()).item()

    method = METHODS["grace"](edge_drop=(0.2, 0.2), feature_mask=(0.1, 0.1))
    before = gap(method)
    fit(method, LOADERS[loader](graph), epochs=15, lr=0.01, progress=False)
    assert gap(method) > before + 0.1


@pytest.mark.parametrize("loader", ["cluster", "neighbor"])
def test_communities_of_the_whole_graph_serve_its_batches(loader, graph):
    method = METHODS["csgcl"](communities=graph.y)
    result = fit(method, LOADERS[loader](graph), epochs=3, progress=False)
    assert all(torch.isfinite(torch.tensor(result.losses)))
