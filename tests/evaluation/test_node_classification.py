import importlib
import time

import pytest
import torch

from gcl.evaluation import node_classification
from gcl.loaders import NodeSplit, random_split


def blobs(n=300, classes=3, width=8, spread=2.5):
    y = torch.arange(n) % classes
    return torch.randn(n, width) + spread * torch.eye(classes, width)[y], y


def some_splits(n, k=3, **options):
    return [random_split(n, seed=s, **options) for s in range(k)]


def mask(n, *nodes):
    return torch.zeros(n, dtype=torch.bool).index_fill_(0, torch.tensor(nodes), True)


def test_separable_classes_are_found():
    h, y = blobs(spread=20.0)
    result = node_classification(h, y, num_splits=3)
    assert result.mean > 0.99
    assert result["macro_f1"].mean > 0.99
    assert result.n == len(result.selected["C"]) == 3


def test_hand_computed_scores():
    # Train on -1 and 1, so negative rows answer class 0 and positive ones class 1.
    h = torch.tensor([[-1.0], [1.0], [-1.0], [1.0], [-2.0], [-1.0], [3.0], [2.0]])
    y = torch.tensor([0, 1, 0, 1, 0, 1, 1, 2])
    split = NodeSplit(mask(8, 0, 1), mask(8, 2, 3), mask(8, 4, 5, 6, 7))
    result = node_classification(h, y, split, normalize=None)
    assert result.raw["accuracy"] == (0.5,)
    # F1 by class: 0 has 1 of 2 answers and all found, 1 has 1 of 2 and 1 of 2, 2 is never answered.
    assert result.raw["macro_f1"][0] == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)


def test_two_classes_have_an_area_under_the_curve():
    h = torch.tensor([[-1.0], [1.0], [-1.0], [1.0], [-2.0], [-1.0], [3.0], [0.5]])
    y = torch.tensor([4, 7, 4, 7, 4, 7, 7, 4])
    split = NodeSplit(mask(8, 0, 1), mask(8, 2, 3), mask(8, 4, 5, 6, 7))
    result = node_classification(h, y, split, normalize=None)
    assert list(result) == ["accuracy", "macro_f1", "roc_auc"]
    # Of the pairs (-1, 3) with (-2, 0.5), all but that of -1 with 0.5 are in order.
    assert result.raw["roc_auc"] == (0.75,)


@pytest.mark.parametrize(
    "y",
    [
        [0, 1, 0, 1, 0, 1, 2],  # the third class is in the test part alone
        [0, 1, 0, 1, 1, 1, -1],  # one class in the test part
        [0, 0, 1, 1, 0, 1, -1],  # one class in the train part
    ],
)
def test_no_area_where_a_part_has_not_just_both_classes(y):
    split = NodeSplit(mask(7, 0, 1), mask(7, 2, 3), mask(7, 4, 5, 6))
    result = node_classification(torch.randn(7, 2), torch.tensor(y), split)
    assert list(result) == ["accuracy", "macro_f1"]


def test_shuffled_labels_give_chance():
    h, y = blobs(n=600, classes=2)
    y = y[torch.randperm(len(y))]
    assert node_classification(h, y, num_splits=5).mean == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("normalize", ["l2", "standard", None])
def test_constant_embeddings_give_the_majority_rate(normalize):
    y = torch.tensor([0] * 140 + [1] * 60)
    splits = some_splits(200, y=y, stratified=True)
    result = node_classification(torch.full((200, 5), 0.3), y, splits, normalize=normalize)
    rates = [float((y[s.test] == 0).double().mean()) for s in splits]
    assert result.raw["accuracy"] == pytest.approx(rates)
    assert result.raw["macro_f1"] == pytest.approx([r / (1 + r) for r in rates])


@pytest.mark.parametrize("val", [0.2, 0.0])
def test_selection_never_reads_test_labels(monkeypatch, val):
    module = importlib.import_module("gcl.evaluation.node_classification")
    fitted = []
    original = module._choose
    monkeypatch.setattr(
        module, "_choose", lambda *args: fitted.append(original(*args)) or fitted[-1]
    )
    h, y = blobs(spread=1.0)
    split = random_split(300, train=0.2, val=val)
    shuffled = y.clone()
    shuffled[split.test] = y[split.test][torch.randperm(int(split.test.sum()))]
    a, b = (node_classification(h, labels, split) for labels in (y, shuffled))
    assert a.selected["C"] == b.selected["C"]
    assert (fitted[0].weight == fitted[1].weight).all()
    assert (fitted[0].bias == fitted[1].bias).all()
    assert b.mean < a.mean


def test_validation_labels_decide():
    h, _ = blobs(spread=1.0)
    y = (h[:, 0] > 1).long()
    split = random_split(300, train=0.2, val=0.2)
    shuffled = y.index_fill(0, split.val.nonzero().view(-1), 0)  # 0, the majority: no features
    a, b = (node_classification(h, labels, split).selected["C"] for labels in (y, shuffled))
    assert b < a


def test_default_splits_are_the_seeded_random_ones():
    h, y = blobs()
    y[::7] = -1
    splits = [random_split(300, seed=4 + s, y=y) for s in range(2)]
    drawn = node_classification(h, y, num_splits=2, seed=4)
    assert drawn.raw == node_classification(h, y, splits, seed=4).raw
    assert "2 random 10/10/80 % splits, seeds 4-5" in drawn.protocol
    assert "C by validation" in drawn.protocol


def test_empty_validation_part_means_cross_validation():
    h, y = blobs()
    result = node_classification(h, y, some_splits(300, k=1, val=0.0))
    assert "5-fold cross-validation" in result.protocol
    assert result.mean > 0.6


def test_unlabelled_nodes_take_no_part():
    h, y = blobs()
    splits = some_splits(300)
    unknown = torch.arange(0, 300, 5)
    hidden = y.index_fill(0, unknown, -1)
    expected = node_classification(h, hidden, splits).raw
    assert node_classification(h.index_fill(0, unknown, 1e3), hidden, splits).raw == expected


def test_gradients_and_half_precision_are_accepted():
    h, y = blobs(spread=20.0)
    assert node_classification(h.requires_grad_(), y, num_splits=2).mean > 0.99
    assert node_classification(h.bfloat16(), y, num_splits=2).mean > 0.99


def test_rows_are_scaled_to_unit_length():
    h, y = blobs()
    scaled = h * torch.rand(300, 1).add(0.1)
    expected = node_classification(h, y, num_splits=2).raw["accuracy"]
    assert node_classification(scaled, y, num_splits=2).raw["accuracy"] == pytest.approx(expected)
    assert node_classification(h, y, num_splits=2, normalize=None).raw["accuracy"] != expected


def test_unfinished_fits_give_one_warning(monkeypatch):
    monkeypatch.setattr("gcl.evaluation.logistic.MAX_ITER", 1)
    h, y = blobs()
    with pytest.warns(UserWarning, match="2 of 2 selected probes stopped") as caught:
        node_classification(h, y, num_splits=2)
    assert len(caught) == 1


H, Y = torch.ones(40, 2), torch.arange(40) % 2


@pytest.mark.parametrize(
    ("args", "options", "error", "message"),
    [
        ((H * torch.nan, Y), {}, ValueError, "h must be finite, got nan at row 0, column 0"),
        ((H[:39], Y), {}, ValueError, r"y must have shape \[39\]"),
        ((H.long(), Y), {}, TypeError, "h must have a floating-point dtype"),
        ((H[:, :0], Y), {}, ValueError, r"h must have rows and columns, got shape \[40, 0\]"),
        ((H, Y.float()), {}, TypeError, "y must hold integer class labels"),
        ((H, 0 * Y), {}, ValueError, r"y must hold at least two classes, got \[0\]"),
        ((H, 0 * Y - 1), {}, ValueError, "y must hold at least two classes, got no label"),
        ((H, Y), {"normalize": "l1"}, ValueError, "normalize must be one of .* got 'l1'"),
        ((H, Y), {"num_splits": 0}, ValueError, "num_splits must be at least 1, got 0"),
        ((H, Y), {"seed": -1}, ValueError, "seed must be at least 0, got -1"),
        ((H, Y), {"grid": [0.0]}, ValueError, "grid must be a finite number above 0, got 0.0"),
        ((H, Y, []), {}, ValueError, "splits must hold at least one NodeSplit"),
        ((H, Y, [3]), {}, TypeError, "splits must hold NodeSplit objects, got 3"),
        ((H, Y, random_split(50)), {}, ValueError, "over 40 nodes, got one of 50"),
        ((H, Y, random_split(40)), {"num_splits": 2}, ValueError, "num_splits=2 would be ignored"),
    ],
)
def test_bad_input(args, options, error, message):
    with pytest.raises(error, match=message):
        node_classification(*args, **options)


def test_a_split_without_labelled_test_nodes_is_an_error():
    split = NodeSplit(mask(40, 0, 1), mask(40, 2, 3), mask(40, 4))
    with pytest.raises(ValueError, match=r"splits\[1\].test has no labelled node"):
        node_classification(H, Y.index_fill(0, torch.tensor([4]), -1), [random_split(40), split])


@pytest.mark.realdata
@pytest.mark.slow
def test_twenty_splits_of_cora_are_fast(data_root, tmp_path):
    import shutil

    from torch_geometric.datasets import Planetoid
    from torch_geometric.nn.conv.gcn_conv import gcn_norm

    shutil.copytree(data_root / "Cora" / "raw", tmp_path / "Cora" / "raw")
    data = Planetoid(str(tmp_path), "Cora")[0]
    edge_index, weight = gcn_norm(data.edge_index, num_nodes=data.num_nodes)
    size = (data.num_nodes, data.num_nodes)
    adjacency = torch.sparse_coo_tensor(edge_index, weight, size, check_invariants=True)
    h = adjacency @ (adjacency @ (data.x @ torch.randn(data.num_features, 128)))
    start = time.process_time()  # other jobs on the machine do not count
    result = node_classification(h, data.y)
    assert time.process_time() - start < 15
    assert result.n == 20
    assert 0.74 < result.mean < 0.82
    assert 0.005 < result.std < 0.03
