import pytest
import torch
from torch import nn

from gcl.datasets import interactions
from gcl.evaluation import RankingProbe, ranking
from gcl.functional.interaction_data import RATES
from gcl.loaders import TripletLoader, ranking_split
from gcl.training import fit


class Tables(nn.Module):
    """Matrix factorisation with the pairwise logistic loss."""

    def __init__(self):
        super().__init__()
        self.user, self.item = (nn.Parameter(torch.randn(n, 4) / 2) for n in (20, 15))

    def step(self, batch):
        user, positive, negative = batch.triplets
        margin = (self.user[user] * (self.item[positive] - self.item[negative])).sum(1)
        return nn.functional.softplus(-margin).mean()

    def embed(self, data):
        assert "test_edge_index" not in data[RATES]
        return {"user": self.user.detach(), "item": self.item.detach()}


@pytest.fixture
def split():
    """Two kinds of users with a taste of their own."""
    taste = torch.rand(20, 15) < torch.where(
        (torch.arange(20)[:, None] < 10) == (torch.arange(15) < 7), 0.9, 0.05
    )
    return ranking_split(interactions(taste.nonzero().t(), num_users=20, num_items=15), "ratio")


def test_is_the_ranking_of_the_validation_part(split):
    method = Tables()
    expected = ranking(method.user, method.item, split, k=3, metrics=["ndcg"], part="val").mean
    assert RankingProbe(split, metric="ndcg", k=3)(method) == expected


def test_knows_nothing_of_the_test_part(split):
    probe = RankingProbe(split, k=3)
    held = {id(value) for value in vars(probe).values()}
    assert id(split.test) not in held
    other = split._replace(test=split.test[:, :1])
    method = Tables()
    assert RankingProbe(other, k=3)(method) == probe(method)


def test_keeps_the_best_epoch(split):
    probe = RankingProbe(split, k=3)
    method = Tables()
    before = probe(method)
    result = fit(method, TripletLoader(split.data, 16), epochs=30, lr=0.05, probe=probe)
    assert result.best_value == max(result.probes.values())
    assert probe(method) == result.best_value > before + 0.1


def test_bad_input(split):
    with pytest.raises(TypeError, match="split must be a RankingSplit"):
        RankingProbe((split.test, split.val))
    with pytest.raises(ValueError, match="split.val must hold validation interactions"):
        RankingProbe(split._replace(val=split.val[:, :0]))
    with pytest.raises(ValueError, match="metric must be one of recall"):
        RankingProbe(split, metric="auc")
    with pytest.raises(ValueError, match="k must be at most 15 items, got 16"):
        RankingProbe(split, k=16)
