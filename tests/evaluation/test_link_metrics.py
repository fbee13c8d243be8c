import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from gcl.evaluation import auc, average_precision, hits_at_k, mean_reciprocal_rank

POS, NEG = torch.tensor([3.0, 2.0, 0.5]), torch.tensor([2.0, 2.0, 1.0, 0.0])


def test_values_by_hand():
    # Negatives below: 4, 2, 1; equal: 0, 2, 0; of 4 each.
    assert auc(POS, NEG) == pytest.approx((4 + 3 + 1) / 12)
    # Precision at 3: 1/1; at 2: 2/4; at 0.5: 3/6.
    assert average_precision(POS, NEG) == pytest.approx((1 + 1 / 2 + 1 / 2) / 3)
    # Ranks 1, 1 + (0 + 2) / 2 = 2 and 1 + (3 + 3) / 2 = 4.
    assert mean_reciprocal_rank(POS, NEG) == pytest.approx((1 + 1 / 2 + 1 / 4) / 3)


def test_hits_is_strict_at_the_threshold():
    assert hits_at_k(POS, NEG, 1) == pytest.approx(1 / 3)  # 2.0 ties with the threshold
    assert hits_at_k(POS, NEG, 3) == pytest.approx(2 / 3)
    assert hits_at_k(POS, NEG, 4) == 1.0
    assert hits_at_k(torch.tensor([-9.0]), NEG, 5) == 1.0  # fewer negatives than k


def test_ties_give_chance():
    ones = torch.ones(7)
    assert auc(ones, ones) == 0.5
    assert average_precision(ones, ones) == 0.5
    assert hits_at_k(ones, ones, 3) == 0.0
    assert mean_reciprocal_rank(ones, ones) == pytest.approx(1 / 4.5)


scores = st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=40)


@settings(max_examples=80, deadline=None)
@given(p=scores, n=scores)
def test_against_references(p, n):
    pos, neg = torch.tensor(p), torch.tensor(n)
    y = [1] * len(p) + [0] * len(n)
    assert auc(pos, neg) == pytest.approx(roc_auc_score(y, p + n))
    assert average_precision(pos, neg) == pytest.approx(average_precision_score(y, p + n))
    table = neg[None] - pos[:, None]
    ranks = 1 + ((table > 0).sum(1) + (table >= 0).sum(1)) / 2
    assert mean_reciprocal_rank(pos, neg) == pytest.approx(float((1 / ranks).mean()))


@pytest.mark.parametrize(
    ("pos", "neg", "error", "message"),
    [
        (POS[:0], NEG, ValueError, "pos must be a non-empty finite vector"),
        (POS, NEG * torch.nan, ValueError, "neg must be a non-empty finite vector"),
        (POS[None], NEG, ValueError, r"pos must be .* shape \[1, 3\]"),
        (POS, NEG.long(), TypeError, "neg must be a floating-point tensor"),
    ],
)
@pytest.mark.parametrize("metric", [auc, average_precision, mean_reciprocal_rank])
def test_bad_scores(metric, pos, neg, error, message):
    with pytest.raises(error, match=message):
        metric(pos, neg)


def test_bad_k():
    with pytest.raises(ValueError, match="k must be at least 1, got 0"):
        hits_at_k(POS, NEG, 0)
