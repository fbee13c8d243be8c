import math

import pytest
import torch

from gcl.evaluation.ranking_metrics import METRICS, check_metrics

HITS = torch.tensor([[True, False, True, False], [False, False, False, True], [False] * 4])
NUM_TEST = torch.tensor([2, 6, 1])
GAIN = [1 / math.log2(r + 1) for r in range(1, 5)]


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("recall", [1.0, 1 / 6, 0.0]),
        ("precision", [0.5, 0.25, 0.0]),
        ("hit_rate", [1.0, 1.0, 0.0]),
        ("mrr", [1.0, 0.25, 0.0]),
        ("map", [(1 + 2 / 3) / 2, 0.25 / 4, 0.0]),
        ("ndcg", [(GAIN[0] + GAIN[2]) / (GAIN[0] + GAIN[1]), GAIN[3] / sum(GAIN), 0.0]),
    ],
)
def test_by_hand(metric, expected):
    found = METRICS[metric](HITS, NUM_TEST)
    assert found.dtype == torch.float64
    assert found.tolist() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("metric", METRICS)
def test_bounds(metric):
    best = torch.ones(1, 4, dtype=torch.bool)
    assert METRICS[metric](best, torch.tensor([4])).tolist() == pytest.approx([1.0])


def test_recall_divides_by_all_test_items_and_ndcg_by_the_best_possible():
    best, many = torch.ones(1, 4, dtype=torch.bool), torch.tensor([8])
    assert METRICS["recall"](best, many).item() == 0.5
    assert METRICS["ndcg"](best, many).item() == pytest.approx(1.0)


@pytest.mark.parametrize("names", ["recall", [], ["recall", "recall"], ["recal"]])
def test_bad_names(names):
    with pytest.raises(ValueError, match="metrics must be .* recall, ndcg"):
        check_metrics(names)
