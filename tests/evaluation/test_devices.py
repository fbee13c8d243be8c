"""Scores of embeddings that are not on the CPU are those of embeddings that are."""

import math

import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.utils import erdos_renyi_graph

from gcl.datasets import interactions
from gcl.evaluation import (
    RankingProbe,
    ValidationProbe,
    ViewDiagnostics,
    alignment_and_uniformity,
    assigned_clusters,
    auc,
    average_precision,
    effective_rank,
    hits_at_k,
    link_prediction,
    mean_positive_rank,
    mean_reciprocal_rank,
    modularity,
    node_compactness,
    ranking,
    ranking_groups,
    spectral_view,
)
from gcl.loaders import RankingSplit, link_split, node_splits, ranking_split
from gcl.methods import GRACE, LightGCN

EDGES = erdos_renyi_graph(30, 0.2)
H, Z = torch.randn(2, 30, 4)
Y = torch.arange(30) % 3
POSITIVE, NEGATIVE = torch.randn(2, 40)


def assigned(cluster, y, edge_index):
    return [values[0] for values in assigned_clusters(cluster, y, edge_index).raw.values()]


CASES = {
    "modularity": (modularity, Y, EDGES),
    "assigned_clusters": (
        lambda *a: [v[0] for v in assigned_clusters(*a).raw.values()],
        Y.flip(0),
        Y,
        EDGES,
    ),
    "auc": (auc, POSITIVE, NEGATIVE),
    "average_precision": (average_precision, POSITIVE, NEGATIVE),
    "hits_at_k": (lambda p, n: hits_at_k(p, n, k=5), POSITIVE, NEGATIVE),
    "mean_reciprocal_rank": (mean_reciprocal_rank, POSITIVE, NEGATIVE),
    "alignment_and_uniformity": (alignment_and_uniformity, H, Z),
    "mean_positive_rank": (mean_positive_rank, H, Z),
    "effective_rank": (effective_rank, H),
    "spectral_view": (lambda h, e: spectral_view(h, e, temperature=0.5), H, EDGES),
}


@pytest.mark.parametrize("name", CASES)
def test_numbers_are_the_same(name, device):
    score, *tensors = CASES[name]
    assert score(*(t.to(device) for t in tensors)) == pytest.approx(score(*tensors), rel=1e-5)


def test_links_are_scored_where_embeddings_are(device):
    split = link_split(Data(edge_index=EDGES, num_nodes=30), seed=0)
    assert link_prediction(H.to(device), split).mean == link_prediction(H, split).mean


def test_items_are_ranked_where_embeddings_are(device):
    pairs = torch.stack([torch.arange(60) % 10, torch.arange(60) % 12])
    split = ranking_split(interactions(pairs.unique(dim=1)), "ratio", val=0.2, test=0.2)
    user, item = torch.randn(10, 4), torch.randn(12, 4)
    there = user.to(device), item.to(device)
    assert ranking(*there, split, k=3).mean == pytest.approx(ranking(user, item, split, k=3).mean)
    for mine, theirs in zip(
        *(ranking_groups(*e, split, k=3) for e in (there, (user, item))), strict=True
    ):
        assert mine == theirs
    moved = RankingSplit(split.data.clone().to(device), split.val, split.test)
    assert ranking(*there, moved, k=3).mean == ranking(*there, split, k=3).mean
    assert 0 <= RankingProbe(moved, k=3)(LightGCN(10, 12, 4).to(device)) <= 1


def test_a_method_is_diagnosed_where_it_is(device):
    data = Data(x=torch.rand(30, 6), edge_index=EDGES, y=Y)
    split = node_splits(data, "random", num_splits=1)[0]
    there = data.clone().to(device)
    method = GRACE(6, out_channels=4).to(device)
    assert 0 <= ValidationProbe(there, split)(method) <= 1
    assert all(map(math.isfinite, ViewDiagnostics(there)(method).values()))
    assert node_compactness(method, there, draws=1).device.type == device
