import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gcl.functional.knn import knn_graph


def slow_knn(x: torch.Tensor, k: int) -> set[tuple[int, int]]:
    edges = set()
    for i in range(len(x)):
        far = [(float((x[i] - x[j]).double().pow(2).sum()), j) for j in range(len(x)) if j != i]
        for _, j in sorted(far)[:k]:
            edges |= {(i, j), (j, i)}
    return edges


def test_hand_written_points():
    edge_index = knn_graph(torch.tensor([[0.0], [1.0], [3.0], [3.5]]), 1)
    assert edge_index.tolist() == [[0, 1, 2, 3], [1, 0, 3, 2]]


def test_ties_go_to_the_lower_index():
    x = torch.tensor([[0.0], [1.0], [-1.0], [10.0]])  # 1 and 2 are equally far from 0
    assert knn_graph(x, 1).tolist() == [[0, 0, 1, 1, 2, 3], [1, 2, 0, 3, 0, 1]]


def test_identical_points_are_not_their_own_neighbours():
    edge_index = knn_graph(torch.ones(5, 3), 2)
    assert (edge_index[0] != edge_index[1]).all()
    assert {tuple(e) for e in edge_index.t().tolist()} == slow_knn(torch.ones(5, 3), 2)


@settings(max_examples=25, deadline=None)
@given(st.integers(3, 20), st.integers(1, 4), st.integers(0, 10_000))
def test_equals_the_double_loop(n, d, seed):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randint(0, 4, (n, d), generator=generator).float()  # coarse grid: many ties
    k = 1 + seed % (n - 1)
    edge_index = knn_graph(x, k)
    edges = [tuple(e) for e in edge_index.t().tolist()]
    assert edges == sorted(slow_knn(x, k))


def test_cosine_ignores_length():
    x = torch.tensor([[1.0, 0.0], [9.0, 1.0], [0.0, 1.0], [1.0, 9.0]])
    assert knn_graph(x, 1, metric="cosine").tolist() == [[0, 1, 2, 3], [1, 0, 3, 2]]


@pytest.mark.parametrize("k", [4, 9])
def test_k_must_be_below_the_number_of_points(k):
    with pytest.raises(ValueError, match=f"k must be below the number of points 4, got {k}"):
        knn_graph(torch.rand(4, 2), k)


def test_bad_input():
    with pytest.raises(ValueError, match="k must be at least 1, got 0"):
        knn_graph(torch.rand(4, 2), 0)
    with pytest.raises(ValueError, match="metric must be one of euclidean, cosine; got 'cos'"):
        knn_graph(torch.rand(4, 2), 1, metric="cos")
    with pytest.raises(ValueError, match="x must be finite, got nan at row 1, column 0"):
        knn_graph(torch.tensor([[0.0], [float("nan")]]), 1)
    with pytest.raises(TypeError, match="x must have a floating-point dtype"):
        knn_graph(torch.ones(4, 2, dtype=torch.long), 1)
