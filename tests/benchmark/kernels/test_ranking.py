import pytest
import torch

from gcl.benchmark.kernels.ranking import plain_recall, time_ranking
from gcl.evaluation import ranking


def test_records_are_complete():
    (record,) = time_ranking(sizes=(30, 40, 200, 50), width=4, k=3, repeats=1)
    assert record["what"] == "all metrics at 3 for all users"
    assert record["ratio"] == record["reference_seconds"] / record["ours_seconds"]


def test_the_reference_gives_the_same_recall():
    user, item, drawn = torch.randn(9, 4), torch.randn(30, 4), torch.rand(9, 30)
    drawn[2] = 1.0  # no test item
    train, test = (drawn < 0.3).nonzero().t(), ((drawn > 0.3) & (drawn < 0.5)).nonzero().t()
    expected = ranking(user, item, (train, test), k=5, metrics=["recall"]).mean
    assert plain_recall(user, item, train, test, 5, block=4) == pytest.approx(expected)
