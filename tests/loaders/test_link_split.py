import dataclasses

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_geometric.data import Data
from torch_geometric.utils import degree

from gcl.datasets import load
from gcl.loaders import LinkSplit, link_split


def both_ways(edges):
    return torch.cat([edges, edges.flip(0)], dim=1)


def ring(n=20):
    return torch.stack([torch.arange(n), torch.arange(1, n + 1) % n])


def as_sets(pairs):
    return {frozenset(pair) for pair in pairs.t().tolist()}


def parts(split, kind):
    return [as_sets(getattr(split, f"{part}_{kind}")) for part in ("train", "val", "test")]


def assert_sound(split, data):
    """No held-out edge is visible, nothing is lost, negatives are distinct non-edges."""
    visible = as_sets(split.data.edge_index)
    everything = {pair for pair in as_sets(data.edge_index) if len(pair) == 2}
    train, val, test = parts(split, "pos")
    assert not visible & (val | test)
    assert train == {pair for pair in visible if len(pair) == 2}
    assert train | val | test == everything
    assert len(train) + len(val) + len(test) == len(everything) == _columns(split, "pos")
    negatives = parts(split, "neg")
    union = set.union(*negatives)
    assert not union & everything
    assert all(len(pair) == 2 for pair in union)
    assert len(union) == _columns(split, "neg") == len(everything)


def _columns(split, kind):
    return sum(getattr(split, f"{part}_{kind}").size(1) for part in ("train", "val", "test"))


def test_shares_of_an_undirected_ring():
    data = Data(edge_index=both_ways(ring(40)), num_nodes=40)
    split = link_split(data)
    assert_sound(split, data)
    assert [split.val_pos.size(1), split.test_pos.size(1)] == [2, 4]
    assert [split.val_neg.size(1), split.test_neg.size(1)] == [2, 4]
    assert split.data.num_edges == 2 * 34


@settings(max_examples=40, deadline=None)
@given(
    edges=st.lists(st.tuples(st.integers(0, 13), st.integers(0, 13)), max_size=15),
    seed=st.integers(0, 20),
)
def test_no_leak_with_directions_duplicates_and_loops(edges, seed):
    extra = torch.tensor(edges, dtype=torch.long).view(-1, 2).t()
    # A directed ring, some edges reversed or stored twice, and loops in between.
    edge_index = torch.cat([ring(14), extra, extra[:, ::2].flip(0), ring(14)[:, :5]], dim=1)
    data = Data(edge_index=edge_index, num_nodes=14)
    assert_sound(link_split(data, val=0.1, test=0.3, seed=seed), data)


def test_edge_attributes_stay_aligned_and_the_input_untouched():
    edge_index = torch.cat([both_ways(ring()), torch.tensor([[3], [3]])], dim=1)
    code = edge_index[0] * 100 + edge_index[1]
    data = Data(edge_index=edge_index, edge_weight=code.float(), edge_attr=code.view(-1, 1),
                x=torch.arange(20.0).view(20, 1))  # fmt: skip
    split = link_split(data, test=0.3)
    graph = split.data
    expected = graph.edge_index[0] * 100 + graph.edge_index[1]
    assert torch.equal(graph.edge_weight.long(), expected)
    assert torch.equal(graph.edge_attr.view(-1), expected)
    assert torch.equal(graph.x, data.x)
    assert data.num_edges == 41
    assert [3, 3] in graph.edge_index.t().tolist()


def test_a_node_that_loses_all_edges_is_still_a_node():
    data = Data(edge_index=torch.tensor([[0, 2, 4, 6], [1, 3, 5, 7]]))
    data.num_nodes = 8
    assert link_split(data, val=0, test=0.75).data.num_nodes == 8


def test_seed_decides_and_global_state_is_untouched():
    data = Data(edge_index=both_ways(ring(60)), num_nodes=60)
    state = torch.get_rng_state()
    a, b, c = (link_split(data, seed=s) for s in (1, 1, 2))
    for field in dataclasses.fields(LinkSplit)[1:]:
        assert torch.equal(getattr(a, field.name), getattr(b, field.name))
    assert as_sets(a.test_pos) != as_sets(c.test_pos)
    assert as_sets(a.test_neg) != as_sets(c.test_neg)
    assert torch.equal(state, torch.get_rng_state())


def test_validation_part_may_be_empty():
    split = link_split(Data(edge_index=ring(), num_nodes=20), val=0)
    assert split.val_pos.shape == split.val_neg.shape == (2, 0)


@pytest.mark.parametrize(
    ("edge_index", "options", "message"),
    [
        (ring(5), {}, "val=0.05 and test=0.1 of 5 edges .* give 5/0/0"),
        (torch.empty(2, 0, dtype=torch.long), {}, "of 0 edges"),
        (torch.tensor([[0, 1], [0, 1]]), {}, "of 0 edges .*no self loops"),
        (ring(), {"test": 0.0}, "got 0.05 and 0.0"),
        (ring(), {"val": 0.5, "test": 0.5}, "sum below 1, got 0.5 and 0.5"),
        (ring(), {"seed": -2}, "seed must be at least 0, got -2"),
        (ring() + 1, {}, r"data.edge_index must lie in \[0, 20\).* got 20"),
    ],
)
def test_link_split_refuses(edge_index, options, message):
    with pytest.raises(ValueError, match=message):
        link_split(Data(edge_index=edge_index, num_nodes=20), **options)


def test_dense_graph_is_an_error():
    complete = torch.combinations(torch.arange(8)).t()
    with pytest.raises(ValueError, match=r"too dense: 28 non-edges .* leave 0"):
        link_split(Data(edge_index=complete, num_nodes=8))


def test_a_second_copy_of_the_edges_is_an_error():
    data = Data(edge_index=ring(), num_nodes=20, adj_t=torch.eye(20).to_sparse())
    with pytest.raises(ValueError, match=r"data.adj_t would keep held-out edges"):
        link_split(data)
    with pytest.raises(TypeError, match="data must be a torch_geometric Data with edge_index"):
        link_split(Data(x=torch.ones(3, 1)))


def test_hand_made_split_with_a_leak_is_refused():
    split = link_split(Data(edge_index=both_ways(ring()), num_nodes=20))
    leaky = split.train_pos[:, :1].flip(0)
    with pytest.raises(ValueError, match=r"test_pos has 1 edges that are still in data.edge_index"):
        dataclasses.replace(split, test_pos=leaky)
    with pytest.raises(ValueError, match="val_pos has 1 edges"):
        dataclasses.replace(split, val_pos=leaky)
    with pytest.raises(ValueError, match="test_neg must hold at least one edge"):
        dataclasses.replace(split, test_neg=leaky[:, :0])
    with pytest.raises(ValueError, match=r"val_neg must lie in \[0, 20\).* got 20"):
        dataclasses.replace(split, val_neg=leaky + 20 - leaky)


def test_loop_in_the_graph_is_not_mistaken_for_a_held_out_pair():
    # The number of pair (0, 3) would equal that of a loop at 2 if loops were numbered as pairs.
    graph = Data(edge_index=torch.tensor([[2, 0], [2, 1]]), num_nodes=4)
    pair, other = torch.tensor([[0], [3]]), torch.tensor([[1], [2]])
    split = LinkSplit(graph, pair[:, :0], other[:, :0], pair[:, :0], other[:, :0], pair, other)
    assert split.test_pos.size(1) == 1


def test_degrees_as_features_are_those_of_the_edges_that_are_left(tmp_path):
    edges = torch.combinations(torch.arange(12))[::2].tolist()
    (tmp_path / "g.edgelist").write_text("\n".join(f"{a} {b}" for a, b in edges))
    data = load(str(tmp_path / "g.edgelist"))[0]
    split = link_split(data, val=0.1, test=0.3)
    left = degree(split.data.edge_index[0], data.num_nodes)
    torch.testing.assert_close(split.data.x, left.log1p()[:, None])
    assert not torch.equal(split.data.x, data.x)
    data.x = torch.rand(12, 3)  # features of one's own, put in their place
    assert torch.equal(link_split(data).data.x, data.x)
