import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch_geometric import EdgeIndex

from gcl.functional import drop_nodes

EDGES = torch.tensor([[0, 1, 1, 2, 3, 3], [1, 0, 2, 1, 3, 1]])


def test_exact_relabelling():
    edge_index, nodes, edges = drop_nodes(EDGES, 5, torch.tensor([1.0, 0.0, 1.0, 0.0, 0.0]))
    assert nodes.tolist() == [False, True, False, True, True]
    assert edges.tolist() == [False, False, False, False, True, True]
    assert edge_index.tolist() == [[1, 1], [1, 0]]  # 3-3 and 3-1


def test_rate():
    nodes = drop_nodes(EDGES, 50_000, 0.2)[1]
    assert nodes.float().mean().item() == pytest.approx(0.8, abs=0.01)


def test_p_one_is_empty():
    edge_index, nodes, edges = drop_nodes(EDGES, 5, 1.0)
    assert edge_index.shape == (2, 0)
    assert not nodes.any()
    assert not edges.any()


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=20),
    st.integers(7, 9),
    st.floats(0, 1),
)
def test_kept_edges_are_those_among_kept_nodes(edges, n, p):
    edge_index = torch.tensor(edges, dtype=torch.long).view(-1, 2).t()
    out, nodes, mask = drop_nodes(edge_index, n, p)
    kept = nodes.tolist()
    assert mask.tolist() == [kept[u] and kept[v] for u, v in edges]
    assert torch.equal(nodes.nonzero().view(-1)[out], edge_index[:, mask])


def test_edge_index_subclass_keeps_what_still_holds():
    edge_index = EdgeIndex(EDGES[:, :4], sparse_size=(5, 5), sort_order="row", is_undirected=True)
    out = drop_nodes(edge_index, 5, torch.tensor([1.0, 0, 0, 0, 0]))[0]
    assert out.sparse_size() == (4, 4)
    assert out.is_sorted_by_row
    assert out.is_undirected
    assert out.validate().as_tensor().tolist() == [[0, 1], [1, 0]]


def test_bad_input():
    with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 3\).*got 3"):
        drop_nodes(EDGES, 3)
    with pytest.raises(ValueError, match="got -1"):
        drop_nodes(-EDGES[:, :1], 3)
    with pytest.raises(TypeError, match="num_nodes must be an integer, got None"):
        drop_nodes(EDGES, None)
    with pytest.raises(ValueError, match=r"p must be a number or have shape \[5\]"):
        drop_nodes(EDGES, 5, torch.rand(4))
