import networkx as nx
import numpy as np
import pytest

from gcl.functional.label_propagation import propagate_labels


def adjacency(graph):
    return nx.to_scipy_sparse_array(graph, dtype=np.float32, format="csr", weight=None)


@pytest.mark.parametrize("seed", range(5))
def test_no_label_beats_a_nodes_own(seed):
    graph = nx.connected_watts_strogatz_graph(80, 6, 0.1, seed=seed)
    graph.add_nodes_from([80, 81])
    labels = propagate_labels(adjacency(graph), seed)
    for node in graph:
        votes = np.bincount(labels[list(graph[node])], minlength=82)
        assert votes[labels[node]] == votes.max()
    assert 1 < len(set(labels[:80])) < 40
    assert labels[80] != labels[81]


def test_two_sides_do_not_swap_labels_for_ever():
    labels = propagate_labels(adjacency(nx.complete_bipartite_graph(6, 7)))
    assert len(set(labels)) == 1


def test_parallel_edges_add_up():
    """Node 1 hears three votes of node 0 against two others."""
    graph = nx.Graph([(0, 1), (1, 2), (2, 3), (3, 1)])
    matrix = adjacency(graph)
    matrix[[0, 1], [1, 0]] = 3
    labels = [propagate_labels(matrix, seed) for seed in range(10)]
    assert all(found[0] == found[1] for found in labels)


def test_a_seed_repeats():
    matrix = adjacency(nx.gnp_random_graph(60, 0.06, seed=1))
    first = propagate_labels(matrix, 3)
    assert (first == propagate_labels(matrix, 3)).all()
    assert any((first != propagate_labels(matrix, seed)).any() for seed in range(5))
