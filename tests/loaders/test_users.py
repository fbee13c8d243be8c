import pytest
import torch
from torch import nn
from torch_geometric.data import Data

from gcl.datasets import interactions
from gcl.functional.interaction_data import RATES
from gcl.loaders import UserLoader
from gcl.training import fit

# Users 0 and 3 have one item, user 1 nine of twelve, user 2 none, user 4 five.
LISTED = torch.tensor([[0] + [1] * 9 + [3] + [4] * 5, [3, *range(9), 9, *range(5, 10)]])


@pytest.fixture
def data():
    return interactions(
        LISTED, num_users=5, num_items=12, test_edge_index=torch.tensor([[0], [11]])
    )


def epoch(loader):
    return torch.cat([batch.triplets for batch in loader], dim=1)


@pytest.mark.parametrize("samples", [1, 2, 4, 40])
def test_a_user_has_as_many_different_items_taken_as_not_taken(data, samples):
    seen = torch.zeros(5, 12, dtype=torch.bool)
    seen[tuple(LISTED)] = True
    loader = UserLoader(data, 2, samples=samples)
    batches = list(loader)
    assert len(batches) == len(loader) == 2
    users = [batch.triplets[0].unique_consecutive().tolist() for batch in batches]
    assert [len(part) for part in users] == [2, 2]  # all triplets of a user are in one batch
    assert sorted(u for part in users for u in part) == [0, 1, 3, 4]
    user, positive, negative = epoch(loader)
    assert seen[user, positive].all()
    assert not seen[user, negative].any()
    counts = {0: 1, 1: min(3, samples), 3: 1, 4: min(5, samples)}  # user 1 has three other items
    for u, count in counts.items():
        for items in (positive, negative):
            assert len(items[user == u].unique()) == int((user == u).sum()) == count


def test_batches_share_the_graph_and_know_no_test_part(data):
    batch = next(iter(UserLoader(data, 3)))
    assert batch[RATES].edge_index is data[RATES].edge_index
    assert "test_edge_index" not in batch[RATES]
    assert "triplets" not in data
    assert "test_edge_index" in data[RATES]


def test_an_epoch_of_fewer_users_draws_them_anew(data):
    loader = UserLoader(data, 2, users_per_epoch=3)
    assert len(loader) == 2
    chosen = [epoch(loader)[0].unique().tolist() for _ in range(400)]
    assert {len(users) for users in chosen} == {3}
    share = torch.tensor([u for users in chosen for u in users]).bincount(minlength=5) / 400
    assert (share - torch.tensor([0.75, 0.75, 0.0, 0.75, 0.75])).abs().max() < 0.11
    assert len(UserLoader(data, 2, users_per_epoch=30_000)) == 2


def test_items_and_their_pairs_are_equally_likely(data):
    loader = UserLoader(data, 4, samples=2)
    user, positive, negative = torch.cat([epoch(loader) for _ in range(2000)], dim=1)
    pairs = torch.zeros(12, 12)
    mine = user == 4
    pairs.index_put_((positive[mine], negative[mine]), torch.ones(()), accumulate=True)
    taken = list(range(5, 10))
    other = [i for i in range(12) if i not in taken]
    share = pairs[taken][:, other] / pairs.sum()
    assert (share - 1 / 35).abs().max() < 0.015
    assert share.sum() == pytest.approx(1)


def test_reproducible_by_generator(data):
    draws = [
        epoch(UserLoader(data, 2, generator=torch.Generator().manual_seed(s))) for s in (1, 1, 2)
    ]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


class Seen(nn.Module):
    """Remembers the triplets of each step in its state."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.register_buffer("total", torch.zeros(3, dtype=torch.long))

    def step(self, batch):
        self.total = self.total * 7 % 10007 + batch.triplets.sum(1)
        return self.weight.square().sum() + batch.triplets[2].sum() * self.weight.sum()


def test_resume_is_exact(data, tmp_path):
    def loader():
        return UserLoader(data, 2, samples=2, generator=torch.Generator().manual_seed(5))

    whole, first, second = Seen(), Seen(), Seen()
    losses = fit(whole, loader(), epochs=4, progress=False).losses
    fit(first, loader(), epochs=2, out=tmp_path, progress=False)
    resumed = fit(second, loader(), epochs=4, out=tmp_path, resume=True, progress=False)
    assert resumed.losses == losses
    assert torch.equal(second.total, whole.total)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"samples": 0}, "samples must be at least 1"),
        ({"users_per_epoch": 0}, "users_per_epoch must be at least 1"),
    ],
)
def test_bad_options(data, options, message):
    with pytest.raises(ValueError, match=message):
        UserLoader(data, **{"batch_size": 2, **options})


def test_bad_data(data):
    full = interactions(torch.cartesian_prod(torch.arange(2), torch.arange(3)).t()[:, :5])
    with pytest.raises(ValueError, match="user 0 has interacted with all 3 items"):
        UserLoader(full, 2)
    with pytest.raises(TypeError, match="must be a HeteroData"):
        UserLoader(Data(), 2)
    with pytest.raises(TypeError, match="generator must be a torch.Generator"):
        UserLoader(data, 2, generator=3)
    data[RATES].edge_index = data[RATES].edge_index[:, :0]
    with pytest.raises(ValueError, match="at least one interaction"):
        UserLoader(data, 2)
