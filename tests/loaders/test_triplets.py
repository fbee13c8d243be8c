import pytest
import torch
from torch import nn
from torch_geometric.data import Data

from gcl.datasets import interactions
from gcl.functional.interaction_data import RATES
from gcl.loaders import TripletLoader
from gcl.training import fit

OPTIONS = [
    {},
    {"draw": "step"},
    {"users": "uniform"},
    {"negatives": "popularity", "exponent": 1.0},
    {"negatives": "popularity", "draw": "step", "users": "uniform"},
]


@pytest.fixture
def data():
    """Users 0 and 3 have one item, user 1 nine, user 2 none; item 11 is in the test part alone."""
    listed = torch.tensor([[0] + [1] * 9 + [3], [3, *range(9), 9]])
    test = torch.tensor([[0, 1], [11, 10]])
    return interactions(listed, num_users=4, num_items=12, test_edge_index=test)


def epoch(loader):
    return torch.cat([batch.triplets for batch in loader], dim=1)


@pytest.mark.parametrize("options", OPTIONS)
def test_triplets_are_user_seen_item_unseen_item(data, options):
    seen = torch.zeros(4, 12, dtype=torch.bool)
    seen[tuple(data[RATES].edge_index)] = True
    loader = TripletLoader(data, 4, **options)
    batches = list(loader)
    assert [batch.triplets.shape for batch in batches] == [(3, 4), (3, 4), (3, 3)]
    assert len(loader) == 3
    user, positive, negative = epoch(loader)
    assert seen[user, positive].all()
    assert not seen[user, negative].any()
    assert batches[0][RATES].edge_index is data[RATES].edge_index
    assert "test_edge_index" not in batches[0][RATES]
    assert "triplets" not in data
    assert "test_edge_index" in data[RATES]


def test_an_epoch_over_interactions_has_each_once(data):
    user, positive, _ = epoch(TripletLoader(data, 3))
    assert sorted(zip(user.tolist(), positive.tolist(), strict=True)) == sorted(
        map(tuple, data[RATES].edge_index.t().tolist())
    )


def test_uniform_users_count_alike_however_active_they_are(data):
    loader = TripletLoader(data, 11, users="uniform")
    user, positive, _ = torch.cat([epoch(loader) for _ in range(200)], dim=1)
    share = user.bincount() / len(user)  # user 2 has nothing to draw
    assert (share - torch.tensor([1, 1, 0, 1]) / 3).abs().max() < 0.05
    items = positive[user == 1].bincount() / int((user == 1).sum())
    assert (items - 1 / 9).abs().max() < 0.06


def test_popular_items_are_drawn_more_often():
    listed = [(u, 0) for u in range(1, 9)] + [(u, 1) for u in range(9, 11)] + [(0, 2), (1, 3)]
    data = interactions(torch.tensor(listed).t())  # items 0 to 3 have 8, 2, 1 and 1
    loader = TripletLoader(data, 12, negatives="popularity", exponent=1.0)
    user, _, negative = torch.cat([epoch(loader) for _ in range(1000)], dim=1)
    share = negative[user == 0].bincount(minlength=4) / 1000
    assert (share - torch.tensor([8, 2, 0, 1]) / 11).abs().max() < 0.06
    assert share[2] == 0


@pytest.mark.parametrize("options", OPTIONS)
def test_reproducible_by_generator(data, options):
    draws = [
        epoch(TripletLoader(data, 4, generator=torch.Generator().manual_seed(s), **options))
        for s in (1, 1, 2)
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


@pytest.mark.parametrize("options", OPTIONS)
def test_resume_is_exact(data, options, tmp_path):
    def loader():
        generator = torch.Generator().manual_seed(5)
        return TripletLoader(data, 4, generator=generator, **options)

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
        ({"negatives": "hard"}, "negatives must be one of uniform, popularity"),
        ({"draw": "never"}, "draw must be one of epoch, step"),
        ({"users": "all"}, "users must be one of interactions, uniform"),
        ({"exponent": 1.0}, "exponent=1.0 would be ignored by negatives='uniform'"),
        ({"negatives": "popularity", "exponent": -1.0}, "exponent must be a finite number"),
    ],
)
def test_bad_options(data, options, message):
    with pytest.raises(ValueError, match=message):
        TripletLoader(data, **{"batch_size": 2, **options})


def test_bad_data(data):
    full = interactions(torch.cartesian_prod(torch.arange(2), torch.arange(3)).t()[:, :5])
    with pytest.raises(ValueError, match="user 0 has interacted with all 3 items"):
        TripletLoader(full, 2)
    with pytest.raises(TypeError, match="must be a HeteroData"):
        TripletLoader(Data(), 2)
    with pytest.raises(TypeError, match="generator must be a torch.Generator"):
        TripletLoader(data, 2, generator=3)
