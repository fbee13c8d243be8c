import pytest
import torch
from torch_geometric.data import Data

from gcl.loaders import node_splits, public_splits


def column(*nodes, n=6):
    return torch.zeros(n, dtype=torch.bool).index_fill_(0, torch.tensor(nodes), True)


def one_split():
    return Data(
        y=torch.tensor([0, 1, 0, 1, 0, 1]),
        train_mask=column(0, 1),
        val_mask=column(2),
        test_mask=column(4, 5),
    )


def wiki_like():
    data = one_split()
    data.train_mask = torch.stack([column(0), column(1), column(2)], dim=1)
    data.val_mask = torch.stack([column(1), column(2), column(0)], dim=1)
    data.stopping_mask = torch.stack([column(3)] * 3, dim=1)
    return data


def test_vector_masks_are_one_split():
    (split,) = public_splits(one_split())
    assert torch.equal(split.train, column(0, 1))
    assert torch.equal(split.val, column(2))
    assert torch.equal(split.test, column(4, 5))


def test_matrices_are_k_splits_sharing_a_test_vector():
    splits = public_splits(wiki_like())
    assert [s.train.nonzero().item() for s in splits] == [0, 1, 2]
    assert [s.val.nonzero().item() for s in splits] == [1, 2, 0]
    assert all(torch.equal(s.test, column(4, 5)) for s in splits)
    assert not any(s.train[3] or s.val[3] for s in splits)


def test_missing_validation_mask_is_empty():
    data = one_split()
    del data.val_mask
    assert public_splits(data)[0].sizes == (2, 0, 2)


def test_missing_masks_are_an_error():
    with pytest.raises(ValueError, match="train_mask and test_mask missing"):
        public_splits(Data(x=torch.ones(3, 1)))


def test_bad_masks_are_errors():
    data = wiki_like()
    data.val_mask = data.val_mask[:, :2]
    with pytest.raises(ValueError, match=r"val_mask must have 1 or 3 columns, .*\[6, 2\]"):
        public_splits(data)
    data.val_mask = torch.tensor([0, 1])
    with pytest.raises(TypeError, match="val_mask must be a boolean tensor"):
        public_splits(data)
    with pytest.raises(TypeError, match="data must be a torch_geometric Data, got 3"):
        public_splits(3)


def big(n=200):
    return Data(y=torch.arange(n) % 4, num_nodes=n)


def test_random_protocol_counts_up_the_seed():
    a = node_splits(big(), "random", num_splits=3, seed=5)
    b = node_splits(big(), "random", num_splits=1, seed=6)
    assert [s.sizes for s in a] == [(20, 20, 160)] * 3
    assert torch.equal(a[1].train, b[0].train)
    assert not torch.equal(a[0].train, a[1].train)
    assert len(node_splits(big())) == 20


def test_protocols_of_grace_and_bgrl_have_no_validation_part():
    assert node_splits(big(), "grace", num_splits=1)[0].sizes == (20, 0, 180)
    assert node_splits(big(), "bgrl", num_splits=1)[0].sizes == (40, 0, 160)


def test_random_protocols_leave_out_unlabelled_nodes_and_need_no_labels():
    data = big()
    data.y[:100] = -1
    assert node_splits(data, num_splits=1)[0].sizes == (10, 10, 80)
    assert node_splits(Data(num_nodes=50), num_splits=1)[0].sizes == (5, 5, 40)


def test_stratified_reaches_the_draw():
    split = node_splits(big(), num_splits=1, stratified=True)[0]
    assert big().y[split.train].bincount().tolist() == [5, 5, 5, 5]


def test_public_protocol_gives_what_is_stored():
    assert len(node_splits(wiki_like(), "public")) == 3
    assert len(node_splits(wiki_like(), "public", num_splits=2)) == 2
    with pytest.raises(ValueError, match="num_splits must be at most 3, as stored, got 20"):
        node_splits(wiki_like(), "public", num_splits=20)
    with pytest.raises(ValueError, match="cannot change stored splits, got protocol='public'"):
        node_splits(wiki_like(), "public", stratified=True)


def test_wikics_protocol_wants_its_twenty_splits():
    data, order = big(100), torch.rand(100, 20).argsort(dim=0)
    data.test_mask = torch.arange(100) >= 60
    data.train_mask, data.val_mask = (order < 10) & ~data.test_mask[:, None], None
    splits = node_splits(data, "wikics")
    assert len(splits) == 20
    assert all(torch.equal(split.test, data.test_mask) for split in splits)
    assert torch.equal(splits[7].train, data.train_mask[:, 7])
    assert len(node_splits(data, "wikics", num_splits=2)) == 2
    with pytest.raises(ValueError, match="protocol='wikics' needs its 20 stored splits, got 3"):
        node_splits(wiki_like(), "wikics")


def test_unknown_protocol_lists_the_nearest():
    with pytest.raises(
        ValueError, match=r"protocol must be one of public, .* \(did you mean random"
    ):
        node_splits(big(), "randon")
    with pytest.raises(ValueError, match="num_splits must be at least 1, got 0"):
        node_splits(big(), num_splits=0)


@pytest.mark.realdata
def test_cora_public_split(data_root, tmp_path):
    import shutil

    from torch_geometric.datasets import Planetoid

    shutil.copytree(data_root / "Cora" / "raw", tmp_path / "Cora" / "raw")
    (split,) = node_splits(Planetoid(str(tmp_path), "Cora")[0], "public")
    assert split.sizes == (140, 500, 1000)
