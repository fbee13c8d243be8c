"""Training, embedding and scores on a device that is not the CPU."""

import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.utils import erdos_renyi_graph

from gcl.evaluation import clustering, node_classification
from gcl.loaders import NeighborLoader, node_splits
from gcl.losses import PamC
from gcl.methods import GRACE, PamCGC
from gcl.regularizers import POT
from gcl.training import fit

OPTIONS = {"epochs": 2, "progress": False}
METHODS = {
    "grace": lambda: GRACE(12, out_channels=4),
    "pot": lambda: GRACE(12, out_channels=4, pot=POT(), feature_mask=(0.0, 0.0)),
    "fast pot": lambda: GRACE(12, out_channels=4, pot=POT(mode="fast"), feature_mask=(0.0, 0.0)),
    "pam_c": lambda: GRACE(12, out_channels=4, loss=PamC(clusters="kmeans", num_clusters=3)),
    "pre-trained": lambda: PamCGC(12, (8,), 4, num_clusters=3, pretrain_epochs=2),
}


@pytest.fixture
def graph():
    data = Data(x=torch.rand(40, 12), edge_index=erdos_renyi_graph(40, 0.2))
    data.y = torch.arange(40) % 3
    return data


@pytest.mark.parametrize("name", METHODS)
def test_fit_trains_there_what_it_is_given_here(name, graph, device):
    method = METHODS[name]()
    fit(method, graph, device=device, **OPTIONS)
    assert {p.device.type for p in method.parameters()} == {device}
    assert graph.x.device.type == "cpu"


def test_mini_batches_are_moved(graph, device):
    method = METHODS["grace"]()
    loader = NeighborLoader(graph, [3, 3], batch_size=8)
    fit(method, loader, device=device, **OPTIONS)
    assert method.embed(graph.to(device)).device.type == device


def test_embeddings_can_be_scored_where_they_are(graph, device):
    h, y = torch.randn(40, 4, device=device), graph.y.to(device)
    splits = node_splits(graph, "random", num_splits=2)
    scores = node_classification(h, y, splits)
    assert scores.mean == node_classification(h.cpu(), graph.y, splits).mean
    assert clustering(h, y).mean == clustering(h.cpu(), graph.y).mean
