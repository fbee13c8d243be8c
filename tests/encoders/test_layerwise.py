import numpy as np
import pytest
import torch
from torch import nn
from torch_geometric.data import Data
from torch_geometric.nn import GraphSAGE
from torch_geometric.utils import erdos_renyi_graph

from gcl import encoders
from gcl.benchmark.kernels.memory import extra_megabytes
from gcl.encoders import GCN, GIN, SAGE, encode, encode_layerwise
from gcl.encoders.base import StackedEncoder
from gcl.encoders.layerwise import _blocks
from gcl.methods import GGD, GRACE, MVGRL
from gcl.registry import classes

STACKS = [c for c in classes(encoders).values() if issubclass(c, StackedEncoder)]
every_stack = pytest.mark.parametrize("stack", STACKS, ids=lambda c: c.__name__)


@pytest.fixture
def graph():
    """A hub, isolated nodes, self loops and parallel edges."""
    torch.manual_seed(0)
    hub = torch.stack([torch.arange(50), torch.full((50,), 7)])
    extra = torch.tensor([[3, 4, 4], [3, 5, 5]])
    edge_index = torch.cat([erdos_renyi_graph(50, 0.1, directed=True), hub, extra], dim=1)
    return Data(x=torch.randn(60, 6), edge_index=edge_index)


@every_stack
@pytest.mark.parametrize("norm", [None, "batch", "layer", "graph"])
@pytest.mark.parametrize("widths", [(6, 9, 4), (6, 4, 9), (6, 6, 6)])
def test_equals_the_full_graph(stack, norm, widths, graph):
    encoder = stack(*widths, 3, norm=norm, activation="prelu", skip=True, dropout=0.3)
    encoder(graph.x, graph.edge_index)  # running statistics of a norm
    encoder.eval()
    full = encode(encoder, graph)
    for block_size in (1, 13, 10**6):
        blocks = encode_layerwise(encoder, graph, block_size=block_size)
        torch.testing.assert_close(blocks, full, rtol=1e-5, atol=1e-5)
        assert not blocks.requires_grad


def test_edge_weights_sparse_features_and_no_normalisation(graph):
    graph.edge_weight = torch.rand(graph.num_edges)
    for options in ({}, {"normalize": False}):
        encoder = GCN(6, 5, 4, **options).eval()
        torch.testing.assert_close(
            encode_layerwise(encoder, graph, block_size=20), encode(encoder, graph)
        )
    graph.x = torch.eye(60)
    wide = GCN(60, 64, 4).eval()
    full = encode(wide, graph)
    torch.testing.assert_close(encode_layerwise(wide, graph, block_size=20), full)
    same = GCN(60, 60, 60, skip=True).eval()
    skipped = encode(same, graph)
    graph.x = graph.x.to_sparse_csr()
    torch.testing.assert_close(encode_layerwise(wide, graph, block_size=20), full)
    torch.testing.assert_close(encode_layerwise(same, graph, block_size=20), skipped)


def test_memory_mapped_features(graph, tmp_path):
    np.save(tmp_path / "x.npy", graph.x.numpy())
    mapped = torch.from_numpy(np.load(tmp_path / "x.npy", mmap_mode="r+"))
    encoder = SAGE(6, 5, 4).eval()
    other = Data(x=mapped, edge_index=graph.edge_index)
    assert torch.equal(encode_layerwise(encoder, other), encode_layerwise(encoder, graph))


def test_blocks_hold_at_most_so_many_rows_and_entries():
    start = torch.tensor([0, 2, 2, 9, 10, 10])
    found = [(b.start, b.stop) for b in _blocks(start, 5, 4)]
    assert found == [(0, 2), (2, 3), (3, 5)]  # the middle row has more entries than a block
    assert [(b.start, b.stop) for b in _blocks(None, 5, 2)] == [(0, 2), (2, 4), (4, 5)]


@every_stack
def test_graphs_without_edges_or_nodes(stack):
    encoder, none = stack(6, 5, 4).eval(), torch.empty(2, 0, dtype=torch.long)
    for nodes in (0, 3):
        data = Data(x=torch.randn(nodes, 6), edge_index=none)
        torch.testing.assert_close(encode_layerwise(encoder, data), encode(encoder, data))


@pytest.mark.parametrize("method", [GRACE, GGD])
def test_a_method_embeds_by_layers(method, graph):
    model = method(6, out_channels=8)
    torch.testing.assert_close(
        model.embed(graph, block_size=30), model.embed(graph), rtol=1e-5, atol=1e-5
    )
    assert model.training


def test_bad_input(graph):
    with pytest.raises(ValueError, match="encoder must be in evaluation mode"):
        encode_layerwise(GIN(6, 5, 4), graph)
    with pytest.raises(TypeError, match="encoder must be one of GCN, SAGE, GIN, MLP"):
        encode_layerwise(GraphSAGE(6, 5, 2, 4).eval(), graph)
    with pytest.raises(ValueError, match="block_size must be at least 1, got 0"):
        encode_layerwise(GIN(6, 5, 4).eval(), graph, block_size=0)
    with pytest.raises(ValueError, match="data must have 'x'"):
        encode_layerwise(GIN(6, 5, 4).eval(), Data(edge_index=graph.edge_index))
    with pytest.raises(ValueError, match="x must have 7 columns, got 6"):
        encode_layerwise(GIN(7, 5, 4).eval(), graph)
    with pytest.raises(ValueError, match="block_size must be None: MVGRL does not embed by one"):
        MVGRL(6, out_channels=8).embed(graph, block_size=30)
    with pytest.raises(TypeError, match="encoder must be one of"):
        GRACE(encoder=nn.Identity(), out_channels=6).embed(graph, block_size=30)


SETUP = """
import torch
from torch_geometric.data import Data
from gcl.encoders import {name}, encode, encode_layerwise
torch.set_num_threads(1)
encoder = {name}(8, 256, 8, 2).eval()
def use(nodes):
    global data
    data = Data(x=torch.rand(nodes, 8), edge_index=torch.randint(nodes, (2, 20 * nodes)))
def work():
    with torch.no_grad():
        {call}
use(100)
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SAGE", "GIN"])
def test_memory_is_that_of_two_layers(name):
    calls = {
        "all": "encode(encoder, data)",
        "blocks": "encode_layerwise(encoder, data, block_size=2**12)",
    }
    extra = {
        key: extra_megabytes(SETUP.format(name=name, call=call), "use(8_000)")
        for key, call in calls.items()
    }
    messages = 20 * 8_000 * 256 * 4 / 2**20  # of the second layer, in MiB
    assert extra["all"] > messages
    assert extra["blocks"] < messages / 2


@torch.no_grad()
def test_a_perceptron_reads_sparse_features_block_by_block():
    x = torch.rand(5, 3) * (torch.rand(5, 3) < 0.5)
    encoder = encoders.MLP(3, 8, 4).eval()
    data = Data(x=x.to_sparse_csr(), edge_index=torch.empty(2, 0, dtype=torch.long))
    torch.testing.assert_close(encode_layerwise(encoder, data, block_size=2), encoder(x))
