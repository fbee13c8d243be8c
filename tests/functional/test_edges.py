import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch_geometric import EdgeIndex

from gcl.functional import drop_edges

PATH = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])


def test_per_edge_probabilities_and_order():
    edge_index, mask = drop_edges(PATH, torch.tensor([1.0, 0.0, 1.0, 0.0]))
    assert edge_index.tolist() == [[1, 2], [0, 1]]
    assert mask.tolist() == [False, True, False, True]


@pytest.mark.parametrize("undirected", [False, True])
def test_rate_is_the_probability_of_dropping(undirected):
    m = 50_000
    edge_index = torch.stack([torch.arange(m), torch.arange(m) + 1])
    for p in (0.1, 0.7):
        mask = drop_edges(edge_index, p, undirected=undirected)[1]
        assert mask.float().mean().item() == pytest.approx(1 - p, abs=0.012)  # 5 sigma


def test_directions_are_independent_unless_undirected():
    pairs = torch.stack([torch.arange(20_000), torch.arange(20_000) + 20_000])
    edge_index = torch.cat([pairs, pairs.flip(0)], 1)
    forth, back = drop_edges(edge_index, 0.5)[1].view(2, -1)
    assert (forth == back).float().mean().item() == pytest.approx(0.5, abs=0.02)
    forth, back = drop_edges(edge_index, 0.5, undirected=True)[1].view(2, -1)
    assert torch.equal(forth, back)
    assert forth.float().mean().item() == pytest.approx(0.5, abs=0.02)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=20), st.floats(0, 1))
def test_pairs_in_any_order_share_their_fate(edges, p):
    edge_index = torch.tensor(edges, dtype=torch.long).view(-1, 2).t()
    out, mask = drop_edges(edge_index, p, undirected=True)
    assert torch.equal(out, edge_index[:, mask])
    fates = {}
    for (u, v), kept in zip(edges, mask.tolist(), strict=True):
        assert fates.setdefault(frozenset((u, v)), kept) == kept


def test_per_edge_probabilities_of_pairs_must_agree():
    p = torch.tensor([1.0, 1.0, 0.0, 0.0])
    assert drop_edges(PATH, p, undirected=True)[1].tolist() == [False, False, True, True]
    with pytest.raises(ValueError, match="p must be equal in both directions"):
        drop_edges(PATH, p.roll(1), undirected=True)


def test_edge_index_subclass_keeps_its_order_but_not_its_symmetry():
    edge_index = EdgeIndex(PATH, sparse_size=(3, 3), sort_order="row", is_undirected=True)
    out, _ = drop_edges(edge_index, torch.tensor([0.0, 1.0, 0.0, 0.0]))
    assert isinstance(out, EdgeIndex)
    assert out.is_sorted_by_row
    assert not out.is_undirected
    assert out.as_tensor().tolist() == [[0, 1, 2], [1, 2, 1]]
    assert drop_edges(edge_index, 0.0, undirected=True)[0].size(1) == 4


def test_int32_stays_int32():
    assert drop_edges(PATH.int(), 0.5, undirected=True)[0].dtype == torch.int32


@pytest.mark.parametrize(
    ("p", "error", "match"),
    [
        (1.5, ValueError, r"p must be a probability in \[0, 1\], got 1.5"),
        (torch.tensor([0, 1, 0, 1]), TypeError, "p must be a number or a floating-point tensor"),
        (torch.rand(3), ValueError, r"p must be a number or have shape \[4\]"),
        (torch.tensor([0.0, 2.0, 0.0, 0.0]), ValueError, "in .0, 1., got 2.0"),
        (torch.tensor([0.0, torch.nan, 0.0, 0.0]), ValueError, "in .0, 1., got nan"),
    ],
)
def test_bad_p(p, error, match):
    with pytest.raises(error, match=match):
        drop_edges(PATH, p)


def test_bad_edge_index():
    with pytest.raises(ValueError, match=r"edge_index must have shape \[2, M\].*\[3, 2\]"):
        drop_edges(torch.zeros(3, 2, dtype=torch.long))
    for bad in (torch.zeros(2, 2), [[0], [1]]):
        with pytest.raises(TypeError, match="edge_index must be an integer tensor"):
            drop_edges(bad)
    with pytest.raises(ValueError, match="got -1"):
        drop_edges(torch.tensor([[-1], [0]]), undirected=True)
