from itertools import combinations, product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_geometric import EdgeIndex

from gcl.functional import add_edges


def pairs(edge_index):
    return [tuple(e) for e in edge_index.t().tolist()]


def test_the_only_missing_edge_is_found():
    complete = list(product(range(5), range(5)))
    for missing in [(0, 4), (4, 0), (2, 3)]:
        edges = torch.tensor([e for e in complete if e != missing]).t()
        out, old = add_edges(edges, 5, p=1.0)
        assert pairs(out[:, ~old]) == [missing]
        assert torch.equal(out[:, old], edges)


def test_full_graphs_take_nothing():
    complete = torch.tensor(list(product(range(3), range(3)))).t()
    assert add_edges(complete, 3, 1.0)[0].size(1) == 9
    assert add_edges(complete, 3, 1.0, undirected=True)[0].size(1) == 9


def test_number_of_new_edges_is_binomial():
    edges = torch.stack([torch.arange(4000), torch.arange(4000) + 1])
    added = [int((~add_edges(edges, 5000, 0.25)[1]).sum()) for _ in range(5)]
    assert sum(added) / 5 == pytest.approx(1000, abs=62)  # 5 sigma
    assert len(set(added)) > 1
    both = torch.cat([edges, edges.flip(0)], 1)
    _, old = add_edges(both, 5000, 1.0, undirected=True)
    assert int((~old).sum()) == 8000


def test_new_edges_are_uniform_over_the_missing_ones():
    edges = torch.tensor([[0, 1, 2], [1, 2, 2]])
    missing = {(0, 2), (1, 0), (2, 0), (2, 1)}
    counts = dict.fromkeys(missing, 0)
    for _ in range(600):
        out, old = add_edges(edges, 3, 0.5)
        for e in pairs(out[:, ~old]):
            counts[e] += 1
    # two parents that are no loops, each spawning with 1/2: one new edge on average, over four
    assert all(110 < c < 190 for c in counts.values()), counts


@settings(deadline=None)
@given(st.data(), st.booleans(), st.floats(0, 1))
def test_new_edges_are_new_distinct_and_within_graphs(data, undirected, p):
    sizes = data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=4))
    batch = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    n = sum(sizes)
    allowed = [(u, v) for u in range(n) for v in range(n) if batch[u] == batch[v]]
    edges = data.draw(st.lists(st.sampled_from(allowed), max_size=20)) if allowed else []
    edge_index = torch.tensor(edges, dtype=torch.long).view(-1, 2).t()
    out, old = add_edges(edge_index, n, p, undirected=undirected, batch=batch)
    new = pairs(out[:, ~old])
    assert pairs(out[:, old]) == edges
    assert set(new) <= set(allowed)
    assert len(set(new)) == len(new)
    existing = set(edges) | ({(v, u) for u, v in edges} if undirected else set())
    assert not set(new) & existing
    assert all(u != v for u, v in new)
    if undirected:
        assert {(v, u) for u, v in new} == set(new)
    if p == 1:
        for g in range(len(sizes)):
            mine = [(u, v) for u, v in edges if u != v and batch[u] == g]
            count = 2 * len({frozenset(e) for e in mine}) if undirected else len(mine)
            free = [e for e in allowed if batch[e[0]] == g and e[0] != e[1] and e not in existing]
            assert sum(int(batch[u]) == g for u, _ in new) == min(count, len(free))


def test_bipartite():
    edges = torch.tensor([[0, 1, 1], [2, 0, 1]])
    out, old = add_edges(edges, (2, 3), 1.0)
    assert sorted(pairs(out)) == sorted(product(range(2), range(3)))
    assert old.tolist() == [True] * 3 + [False] * 3
    batch = torch.tensor([0, 1]), torch.tensor([0, 0, 1])
    out, old = add_edges(torch.tensor([[0, 1], [0, 2]]), (2, 3), 1.0, batch=batch)
    assert pairs(out[:, ~old]) == [(0, 1)]


def test_large_and_sparse():
    edges = torch.randint(100_000, (2, 50_000))
    out, old = add_edges(edges, 100_000, 1.0, undirected=True)
    new = out[:, ~old]
    half = new.size(1) // 2
    lo, hi = new[:, :half]
    assert (lo < hi).all()
    assert len((lo * 100_000 + hi).unique()) == half
    possible = set(combinations(range(4), 2))
    assert set(pairs(add_edges(edges[:, :6] % 4, 4, 1.0, undirected=True)[0])) & possible


def test_dtype_and_subclass():
    edges = torch.tensor([[0], [1]], dtype=torch.int32)
    assert add_edges(edges, 3, 1.0)[0].dtype == torch.int32
    out, _ = add_edges(EdgeIndex([[0], [1]], sort_order="row"), 3, 1.0)
    assert type(out) is torch.Tensor


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"num_nodes": 2}, r"edge_index must lie in \[0, 2\)"),
        ({"num_nodes": (3, 2)}, r"edge_index must have targets in \[0, 2\); got 2"),
        ({"num_nodes": (3, 3), "undirected": True}, "undirected must be False for a bipartite"),
        ({"batch": torch.tensor([0, 0])}, r"batch must have shape \[3\]"),
        ({"batch": torch.tensor([1, 0, 0])}, "batch must be 0 or above and in ascending order"),
        ({"batch": torch.tensor([0, 0, 1])}, "edge_index must not join different graphs"),
        ({"p": 2.0}, "p must be a probability"),
    ],
)
def test_bad_input(change, match):
    with pytest.raises(ValueError, match=match):
        add_edges(torch.tensor([[0, 1], [1, 2]]), **{"num_nodes": 3, **change})
