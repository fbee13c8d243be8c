"""Two processes train to the losses and parameters of one."""

import copy

import pytest
import torch
from support.several import in_two_processes
from torch_geometric.data import Data

from gcl import methods
from gcl.datasets import interactions
from gcl.encoders import GCN
from gcl.functional.processes import rank
from gcl.loaders import ClusterLoader, NeighborLoader, TripletLoader
from gcl.training import fit

HOPS = [-1, -1, -1]  # one more than layers: degrees of the outermost nodes are then complete
STILL = {"edge_drop": (0.0, 0.0), "feature_mask": (0.0, 0.0)}
SIZE = {"in_channels": 5, "out_channels": 8}


def graph(num_nodes):
    generator = torch.Generator().manual_seed(3)
    edges = torch.randint(num_nodes, (2, 3 * num_nodes), generator=generator)
    x = torch.randn(num_nodes, 5, generator=generator)
    return Data(x=x.double(), edge_index=torch.cat([edges, edges.flip(0)], 1).unique(dim=1))


def seeds(num_nodes):
    """Batches of 7 seeds; 15 nodes leave a last batch of one seed, and a process without any."""
    generator = torch.Generator().manual_seed(1)
    return NeighborLoader(graph(num_nodes), HOPS, 7, shuffle=True, generator=generator)


def parts():
    """Parts that no edge joins."""
    data = graph(6)
    data.x = torch.cat([data.x + i for i in range(4)])
    data.edge_index = torch.cat([data.edge_index + 6 * i for i in range(4)], 1)
    own = torch.arange(4).repeat_interleave(6)
    return ClusterLoader(data, method=own, batch_size=2, generator=torch.Generator().manual_seed(1))


def triplets():
    generator = torch.Generator().manual_seed(2)
    pairs = torch.randint(6, (2, 17), generator=generator).unique(dim=1)
    return TripletLoader(interactions(pairs), 7, generator=generator)


def layers():
    """A GCN without BatchNorm, which every process would do by itself."""
    return GCN(5, 8, 8, num_layers=2)


def recommender(name, **options):
    return getattr(methods, name)(6, 6, embedding_dim=4, **options)


CASES = {
    "GRACE": (lambda: methods.GRACE(**SIZE, **STILL), lambda: seeds(15)),
    "GRACE, Adam": (lambda: methods.GRACE(**SIZE, **STILL), lambda: seeds(15)),
    "GRACE, parts": (lambda: methods.GRACE(**SIZE, **STILL), parts),
    "GCA": (lambda: methods.GCA(**SIZE, **STILL), lambda: seeds(16)),
    "CCASSG": (lambda: methods.CCASSG(**SIZE, **STILL), lambda: seeds(16)),
    "GBT": (lambda: methods.GBT(encoder=layers(), **STILL), lambda: seeds(18)),
    "BGRL": (
        lambda: methods.BGRL(**SIZE, **STILL, norm=None, fresh_target=False),
        lambda: seeds(15),
    ),
    "LightGCN": (lambda: recommender("LightGCN"), triplets),
    "SGL": (lambda: recommender("SGL"), triplets),
    "SimGCL": (lambda: recommender("SimGCL", contrast_weight=0.0), triplets),
    "NCL": (lambda: recommender("NCL", num_clusters=2, prototype_weight=0.0), triplets),
}


def stepping(name, method):
    """SGD sees the size of gradients, to which Adam is blind. Adam makes steps of the rounding of
    a gradient that is zero, as that of the last bias is for GBT.
    """
    if name == "GRACE, Adam":
        return {"lr": 0.01}
    return {"optimizer": torch.optim.SGD(method.parameters(), lr=0.1, momentum=0.9)}


def train(name):
    make, loader = CASES[name]
    torch.manual_seed(0 if not rank() else 77)  # weights are those of the first process
    method = make().double()
    result = fit(method, loader(), epochs=3, seed=0, progress=False, **stepping(name, method))
    return result.losses, copy.deepcopy(method.state_dict())


def train_all(rank):
    return {name: train(name) for name in CASES}


@pytest.fixture(scope="module")
def two():
    return in_two_processes(train_all)


@pytest.mark.parametrize("name", CASES)
def test_two_processes_equal_one(two, name):
    losses, weights = train(name)
    assert isinstance(two[0], dict), two[0]
    for found_losses, found_weights in (two[0][name], two[1][name]):
        assert found_losses == pytest.approx(losses, abs=1e-9)
        assert found_weights.keys() == weights.keys()
        for key, value in weights.items():
            torch.testing.assert_close(found_weights[key], value, rtol=1e-6, atol=1e-9)
