import dataclasses
import importlib

import pytest
import torch
from torch_geometric.data import Data

from gcl.evaluation import link_prediction
from gcl.loaders import LinkSplit, link_split

MODULE = importlib.import_module("gcl.evaluation.link_prediction")


def ring(n=60):
    edges = torch.stack([torch.arange(n), torch.arange(1, n + 1) % n])
    return Data(edge_index=torch.cat([edges, edges.flip(0)], dim=1), num_nodes=n)


def circle(n=60):
    angle = torch.arange(n) * 2 * torch.pi / n
    return torch.stack([angle.cos(), angle.sin()], dim=1)


def hand_split():
    graph = Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=6)
    train_pos, train_neg = torch.tensor([[0], [1]]), torch.tensor([[0], [5]])
    val_pos, val_neg = torch.tensor([[0], [4]]), torch.tensor([[1], [5]])
    test_pos, test_neg = torch.tensor([[0, 1], [2, 3]]), torch.tensor([[2, 4], [3, 5]])
    return LinkSplit(graph, train_pos, train_neg, val_pos, val_neg, test_pos, test_neg)


def test_dot_product_by_hand():
    h = torch.tensor([[1.0, 0.0], [0.0, 2.0], [3.0, 0.0], [0.0, 1.0], [1.0, 0.0], [2.5, 0.0]])
    result = link_prediction(h, hand_split(), ks=(1, 2, 3))
    # Positives score 3 and 2; negatives 0 and 2.5.
    expected = {"auc": 0.75, "ap": (1 + 2 / 3) / 2, "hits@1": 0.5, "hits@2": 1.0, "hits@3": 1.0}
    assert {name: result[name].mean for name in expected} == pytest.approx(expected)
    assert result["mrr"].mean == pytest.approx((1 + 1 / 2) / 2)
    assert next(iter(result)) == "auc"
    assert result.n == 1


def test_cosine_ignores_length():
    h = torch.tensor([[9.0, 0.0], [0.0, 2.0], [3.0, 0.0], [0.0, 1.0], [0.0, 8.0], [2.5, 0.0]])
    result = link_prediction(h, hand_split(), decoder="cosine")
    assert result.mean == 1.0
    assert "cosine decoder" in result.protocol


def test_neighbours_on_a_circle_are_found():
    split = link_split(ring(), test=0.2)
    for decoder in ("dot", "cosine"):
        assert link_prediction(circle(), split, decoder=decoder).mean == 1.0


def test_logistic_decoder_learns_which_columns_matter():
    torch.manual_seed(1)
    h = torch.cat([circle(), 3 * torch.randn(60, 6)], dim=1)
    split = link_split(ring(), val=0.1, test=0.3)
    logistic = link_prediction(h, split, decoder="logistic")
    assert logistic.mean > 0.9 > 0.7 > link_prediction(h, split).mean
    assert len(logistic.selected["C"]) == 1


def test_logistic_decoder_never_reads_test_edges():
    h = torch.randn(60, 5)
    split = link_split(ring(), val=0.1, test=0.3)
    swapped = dataclasses.replace(split, test_pos=split.test_neg, test_neg=split.test_pos)
    a, b = (link_prediction(h, s, decoder="logistic") for s in (split, swapped))
    assert a.selected == b.selected
    assert a.mean == pytest.approx(1 - b.mean)


@pytest.mark.parametrize("decoder", ["dot", "cosine", "logistic"])
def test_constant_embeddings_are_chance(decoder):
    result = link_prediction(
        torch.full((60, 7), 0.3), link_split(ring(), test=0.3), decoder=decoder
    )
    assert result.mean == 0.5
    assert result["hits@10"].mean == 0.0


def test_random_embeddings_are_near_chance():
    data = ring(2000)
    result = link_prediction(torch.randn(2000, 16), link_split(data, test=0.4))
    assert result.mean == pytest.approx(0.5, abs=0.05)


def test_blocks_change_nothing(monkeypatch):
    h, split = torch.randn(60, 5), link_split(ring(), val=0.1, test=0.3)
    expected = [link_prediction(h, split, decoder=d).raw for d in ("dot", "logistic")]
    monkeypatch.setattr(MODULE, "_BLOCK_ENTRIES", 15)
    assert [link_prediction(h, split, decoder=d).raw for d in ("dot", "logistic")] == expected


def test_large_train_parts_are_sampled_by_seed(monkeypatch):
    monkeypatch.setattr(MODULE, "_MAX_FIT_PAIRS", 10)
    h, split = torch.randn(60, 5), link_split(ring(), val=0.1, test=0.3)
    a, b, c = (link_prediction(h, split, decoder="logistic", seed=s).raw for s in (0, 0, 1))
    assert a == b != c


def test_gradients_and_half_precision_are_accepted():
    split = link_split(ring(), test=0.2)
    assert link_prediction(circle().requires_grad_(), split).mean == 1.0
    assert link_prediction(circle().half(), split).mean > 0.95


def test_bad_input():
    h, split = circle(), link_split(ring(), val=0)
    with pytest.raises(ValueError, match="h must be finite, got nan"):
        link_prediction(h * torch.nan, split)
    with pytest.raises(
        ValueError, match=r"h must have a row for each of the 60 nodes.* got 59 rows"
    ):
        link_prediction(h[:59], split)
    with pytest.raises(TypeError, match="split must be a LinkSplit, got 3"):
        link_prediction(h, 3)
    with pytest.raises(ValueError, match=r"decoder must be one of .* \(did you mean cosine"):
        link_prediction(h, split, decoder="cosin")
    with pytest.raises(ValueError, match="ks must be at least 1, got 0"):
        link_prediction(h, split, ks=(0,))
    with pytest.raises(ValueError, match=r"split.val_pos must hold pairs for decoder='logistic'"):
        link_prediction(h, split, decoder="logistic")
    with pytest.raises(ValueError, match=r"grid=.* would be ignored by decoder='dot'"):
        link_prediction(h, split, grid=[1.0])


@pytest.mark.realdata
def test_raw_cora_features_rank_citations(data_root, tmp_path):
    import shutil

    from torch_geometric.datasets import Planetoid

    shutil.copytree(data_root / "Cora" / "raw", tmp_path / "Cora" / "raw")
    data = Planetoid(str(tmp_path), "Cora")[0]
    split = link_split(data)
    assert [split.val_pos.size(1), split.test_pos.size(1)] == [263, 527]
    assert split.data.num_edges == 2 * (5278 - 263 - 527)
    result = link_prediction(data.x, split, decoder="cosine")
    assert 0.70 < result.mean < 0.85
    assert 0.70 < result["ap"].mean < 0.85
