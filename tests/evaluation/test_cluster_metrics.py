from itertools import permutations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gcl.evaluation import clustering_accuracy, clustering_scores, match_clusters

PRED = torch.tensor([2, 2, 2, 0, 0, 1, 1, 1])
Y = torch.tensor([0, 0, 1, 1, 1, 2, 2, 0])


def test_matching_by_hand():
    assert match_clusters(PRED, Y).tolist() == [0, 0, 0, 1, 1, 2, 2, 2]
    assert clustering_accuracy(PRED, Y) == 0.75


def test_surplus_clusters_are_nobody():
    pred, y = torch.tensor([0, 0, 1, 1, 3]), torch.tensor([0, 0, 0, 1, 1])
    matched = match_clusters(pred, y)
    assert matched.tolist() == [0, 0, 1, 1, -1]


def test_missing_clusters_leave_predictions_alone():
    pred, y = torch.tensor([4, 4, 4, 9]), torch.tensor([0, 1, 2, 2])
    kept = pred.clone()
    scores = clustering_scores(pred, y)
    assert torch.equal(pred, kept)
    assert scores["acc"] == 0.5
    # Cluster 4 is class 0 or 1: precision 1/3, recall 1; 9 is class 2: precision 1, recall 1/2.
    assert scores["macro_f1"] == pytest.approx((1 / 2 + 2 / 3 + 0) / 3)


def test_scores_by_hand():
    pred, y = torch.tensor([0, 0, 1, 1]), torch.tensor([0, 0, 0, 1])
    scores = clustering_scores(pred, y)
    assert scores["acc"] == 0.75
    assert scores["macro_f1"] == pytest.approx((4 / 5 + 2 / 3) / 2)
    # 6 pairs: 2 together in pred, 3 in y, 1 in both; expected 1.
    assert scores["ari"] == pytest.approx((1 - 2 * 3 / 6) / ((2 + 3) / 2 - 1))
    h_pred, h_y = _entropy(0.5, 0.5), _entropy(0.75, 0.25)
    mutual = h_pred + h_y - _entropy(0.5, 0.25, 0.25)
    assert scores["nmi"] == pytest.approx(mutual / ((h_pred + h_y) / 2))


def _entropy(*p):
    p = torch.tensor(p, dtype=torch.float64)
    return float(-(p * p.log()).sum())


def test_perfect_and_constant_clusterings():
    perfect = clustering_scores((Y + 1) % 3, Y)
    assert perfect == pytest.approx({"acc": 1.0, "nmi": 1.0, "ari": 1.0, "macro_f1": 1.0})
    constant = clustering_scores(0 * Y, Y)
    assert constant["acc"] == 3 / 8
    assert constant["nmi"] == constant["ari"] == 0.0


labels = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None)
@given(pairs=labels)
def test_accuracy_is_the_best_over_all_assignments(pairs):
    pred, y = torch.tensor(pairs).t()
    # Names 5..9 are no class, so that an injective map may also leave a cluster out.
    best = max(int((torch.tensor(names)[pred] == y).sum()) for names in permutations(range(5)))
    assert clustering_accuracy(pred, y) == pytest.approx(best / len(pairs))


@settings(max_examples=40, deadline=None)
@given(pairs=labels, order=st.permutations(range(5)))
def test_cluster_numbers_do_not_matter(pairs, order):
    pred, y = torch.tensor(pairs).t()
    renamed = 3 * torch.tensor(order)[pred] + 1
    assert clustering_accuracy(renamed, y) == clustering_accuracy(pred, y)


@pytest.mark.parametrize(
    ("pred", "y", "error", "message"),
    [
        (PRED[:7], Y, ValueError, r"pred must have shape \[8\]"),
        (PRED.float(), Y, TypeError, "pred must hold integer"),
        (PRED - 1, Y, ValueError, "pred must be 0 or above, got -1"),
        (PRED, Y - 1, ValueError, "y must be 0 or above, got -1"),
        (PRED[:0], Y[:0], ValueError, "y must be a non-empty integer tensor"),
    ],
)
def test_bad_input(pred, y, error, message):
    with pytest.raises(error, match=message):
        match_clusters(pred, y)
