import pytest
import torch
from torch.nn.functional import cosine_similarity

from gcl.functional import nearby
from gcl.functional.nearby import are_joined, nearby_pairs

EDGES = torch.tensor([[0, 1, 4], [1, 2, 0]])  # one direction only


def reference(h, target, edges, labels, k):
    """Node by node: itself, and those of the k - 1 nearest that an edge or a cluster supports."""
    joined = {(i, j) for i, j in edges.t().tolist()} | {(j, i) for i, j in edges.t().tolist()}
    pairs = {(i, i) for i in range(len(h))}
    for i in range(len(h)):
        others = [j for j in range(len(h)) if j != i]
        others.sort(key=lambda j: -cosine_similarity(h[i], target[j], dim=0).item())
        for j in others[: k - 1]:
            if (i, j) in joined or any(label[i] == label[j] for label in labels):
                pairs.add((i, j))
    return sorted(pairs)


@pytest.mark.parametrize("k", [1, 2, 4, 50])
def test_equals_the_rule_node_by_node(k, monkeypatch):
    h, target = torch.randn(2, 12, 3)
    edges = torch.randint(0, 12, (2, 15))
    labels = torch.randint(0, 5, (2, 12))
    monkeypatch.setattr(nearby, "kmeans", lambda *_, **__: labels)
    pairs = nearby_pairs(h, target, edges, num_neighbors=k)
    assert sorted(map(tuple, pairs.t().tolist())) == reference(h, target, edges, labels, k)
    assert pairs[:, :12].tolist() == [list(range(12))] * 2


def test_clusters_are_those_of_the_targets_directions(monkeypatch):
    seen = {}

    def kmeans(x, num_clusters, **options):
        seen.update(x=x, num_clusters=num_clusters, **options)
        return torch.zeros(1, len(x), dtype=torch.long)

    monkeypatch.setattr(nearby, "kmeans", kmeans)
    target = torch.randn(6, 3)
    nearby_pairs(torch.randn(6, 3), target, EDGES, num_runs=3, num_iterations=7)
    assert (seen["num_clusters"], seen["num_runs"], seen["num_iterations"]) == (6, 3, 7)
    torch.testing.assert_close(seen["x"], target / target.norm(dim=1, keepdim=True))


def test_any_run_of_k_means_suffices():
    h = torch.randn(30, 3)
    few, many = (
        nearby_pairs(h, h, EDGES, num_neighbors=9, num_clusters=6, num_runs=runs).size(1)
        for runs in (1, 20)
    )
    assert 30 < few < many <= 30 * 9


def test_edges_join_in_both_directions_and_beyond_the_nodes_do_no_harm():
    pairs = torch.tensor([[0, 1, 0, 2, 0, 3], [1, 0, 4, 0, 3, 0]])
    far = torch.tensor([[0, 9], [9, 3]])
    edges = torch.cat([EDGES, far], dim=1)
    assert are_joined(pairs, edges).tolist() == [True, True, True, False, False, False]
    assert not are_joined(pairs, EDGES[:, :0]).any()
    assert are_joined(pairs[:, :0], EDGES).tolist() == []


def test_one_node_is_its_own_positive():
    one = torch.ones(1, 3)
    assert nearby_pairs(one, one, EDGES[:, :0]).tolist() == [[0], [0]]


@pytest.mark.parametrize("name", ["num_neighbors", "num_clusters", "num_runs"])
def test_bad_options_are_named(name):
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
        nearby_pairs(torch.rand(5, 2), torch.rand(5, 2), EDGES, **{name: 0})


def test_bad_embeddings_are_named():
    with pytest.raises(ValueError, match="h and target must agree in shape"):
        nearby_pairs(torch.rand(5, 2), torch.rand(5, 3), EDGES)
