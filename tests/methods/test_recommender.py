"""One generic case per recommender: it learns, embeds, resumes, repeats, refuses bad input."""

import copy

import pytest
import torch
from support import recommenders as slow
from torch_geometric.data import HeteroData

from gcl import methods
from gcl.evaluation import ranking
from gcl.loaders import TripletLoader, ranking_split
from gcl.methods import (
    NCL,
    SGL,
    DirectAU,
    LightGCL,
    LightGCLPaper,
    LightGCN,
    Recommender,
    SimGCL,
    XSimGCL,
)
from gcl.registry import classes
from gcl.training import TrainingError, fit

USERS, ITEMS, RATES = 60, 80, ("user", "rates", "item")
# Among 60 users of four tastes most negatives are alike: weights of real data drive them apart.
LITTLE = {"contrast_weight": 0.01}
NCL_OPTIONS = {"num_clusters": 6, "warmup_epochs": 1, "structure_weight": 1e-5}
CASES = {
    "light_gcn": lambda *n, **o: LightGCN(*n, 16, **o),
    "light_gcl": lambda *n, **o: LightGCL(*n, 16, **{**LITTLE, **o}),
    "light_gcl_paper": lambda *n, **o: LightGCLPaper(*n, 16, **o),
    "sgl": lambda *n, **o: SGL(*n, 16, **{**LITTLE, **o}),
    "sim_gcl": lambda *n, **o: SimGCL(*n, 16, **{**LITTLE, **o}),
    "xsim_gcl": lambda *n, **o: XSimGCL(*n, 16, **{**LITTLE, **o}),
    "ncl": lambda *n, **o: NCL(*n, 16, **{**NCL_OPTIONS, "prototype_weight": 1e-5, **o}),
    "direct_au": lambda *n, **o: DirectAU(*n, 16, **o),
}
KINDS = {n: c for n, c in classes(methods).items() if issubclass(c, Recommender)}


@pytest.fixture(params=CASES)
def make(request):
    return CASES[request.param]


def interactions(seed=0, blocks=4):
    """Users of a block mostly take items of the same block; a share of them is held out."""
    generator = torch.Generator().manual_seed(seed)
    same = torch.arange(USERS)[:, None] % blocks == torch.arange(ITEMS) % blocks
    p = torch.where(same, 0.5, 0.02)
    data = HeteroData(user={"num_nodes": USERS}, item={"num_nodes": ITEMS})
    data[RATES].edge_index = torch.bernoulli(p, generator=generator).nonzero().t().contiguous()
    data["item", "rev_rates", "user"].edge_index = data[RATES].edge_index.flip(0)
    return data


def batch_of(data, size=64, seed=0):
    loader = TripletLoader(data, size, generator=torch.Generator().manual_seed(seed))
    return next(iter(loader))


def recall(method, split):
    h = method.embed(split.data)
    return ranking(h["user"], h["item"], split, k=10, metrics=["recall"]).mean


def test_every_exported_recommender_has_a_case():
    assert set(KINDS) - {"recommender"} == set(CASES)
    others = set(classes(methods)) - set(KINDS)
    assert all(issubclass(classes(methods)[name], methods.Method) for name in others)


def test_beats_its_untrained_tables(make):
    split = ranking_split(interactions(), "ratio", val=0.0, test=0.2)
    torch.manual_seed(0)
    method = make(USERS, ITEMS, num_layers=2)
    with torch.no_grad():  # tables alone, so that propagation does not do the work
        before = ranking(method.user, method.item, split, k=10, metrics=["recall"]).mean
    size = 128 if method.loader_class is TripletLoader else 8
    loader = method.loader_class(split.data, size, generator=torch.Generator().manual_seed(0))
    losses = fit(method, loader, epochs=6, lr=0.01, progress=False).losses
    assert losses[-1] < losses[0]
    assert recall(method, split) > before + 0.2


def test_embed_is_deterministic_detached_and_keeps_the_mode(make):
    data = interactions()
    method = make(USERS, ITEMS)
    h = method.embed(data)
    assert set(h) == {"user", "item"}
    assert (h["user"].shape, h["item"].shape) == ((USERS, 16), (ITEMS, 16))
    assert all(torch.equal(h[kind], again) for kind, again in method.embed(data).items())
    assert not h["user"].requires_grad
    assert method.training
    method.eval()
    method.embed(data)
    assert not method.training


def test_computes_on_the_device_of_the_graph(make, device):
    data = interactions()
    batch = batch_of(data).to(device)
    method = make(USERS, ITEMS).to(device)
    loss = method.step(batch)
    loss.backward()
    h = method.embed(data.to(device))
    assert {t.device.type for t in (loss, h["user"], h["item"])} == {device}


def test_embeddings_are_fresh_after_a_step(make):
    data = interactions()
    method = make(USERS, ITEMS)
    before = method.embed(data)["user"]
    with torch.no_grad():
        method.user.mul_(2.0)
        method.item.mul_(2.0)
    torch.testing.assert_close(method.embed(data)["user"], 2 * before)


def test_seed_makes_training_repeat_and_the_graph_stays_as_it_is(make):
    data, found = interactions(), []
    before = copy.deepcopy(data.to_dict())
    for _ in range(2):
        torch.manual_seed(7)
        method = make(USERS, ITEMS)
        loader = method.loader_class(data, 100, generator=torch.Generator().manual_seed(1))
        found.append(fit(method, loader, epochs=3, progress=False).losses)
    assert found[0] == found[1]
    after = data.to_dict()
    assert torch.equal(after[RATES]["edge_index"], before[RATES]["edge_index"])
    assert after.keys() == before.keys()


def test_a_resumed_run_is_the_run_itself(make, tmp_path):
    data, found = interactions(), []
    for parts in ((4,), (2, 4)):
        out = tmp_path / str(len(parts))
        for epochs in parts:
            torch.manual_seed(7)
            method = make(USERS, ITEMS)
            loader = method.loader_class(data, 100, generator=torch.Generator().manual_seed(1))
            resume = epochs != parts[0]
            fit(method, loader, epochs=epochs, progress=False, out=out, resume=resume)
        found.append(method.state_dict())
    for name, value in found[0].items():
        assert torch.equal(found[1][name], value), name


def test_another_graph_is_not_mistaken_for_the_first(make):
    first, second = interactions(0), interactions(1)
    method = make(USERS, ITEMS)
    fresh = copy.deepcopy(method)
    method.embed(first)
    torch.testing.assert_close(method.embed(second), fresh.embed(second))


def test_users_and_items_without_interactions_are_fine(make):
    data = interactions()
    edges = data[RATES].edge_index
    data[RATES].edge_index = edges[:, (edges[0] > 2) & (edges[1] > 2)]
    method = make(USERS, ITEMS)
    loss = method.step(batch_of(data))
    loss.backward()
    assert torch.isfinite(loss)
    assert all(torch.isfinite(h).all() for h in method.embed(data).values())


def test_divergence_in_training_names_epoch_and_cause(make):
    method, loader = make(USERS, ITEMS), TripletLoader(interactions(), 100)
    if isinstance(method, DirectAU):  # sees directions alone: its loss is bounded at any rate
        assert fit(method, loader, epochs=2, lr=1e30, progress=False).losses[-1] < 8
        return
    with pytest.raises(TrainingError, match=r"at epoch \d+; .*lower lr"):
        fit(method, loader, epochs=20, lr=1e30, progress=False)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda d: d["user"].update(num_nodes=5), ValueError, "the 60 users of the method, got 5"),
        (lambda d: d["item"].update(num_nodes=9), ValueError, "the 80 items of the method, got 9"),
        (lambda d: d.__delitem__(RATES), ValueError, r"edges \(user, rates, item\)"),
        (
            lambda d: d[RATES].update(edge_index=torch.tensor([[0], [80]])),
            ValueError,
            r"items in \[0, 80\), got 80",
        ),
    ],
)
def test_bad_graphs_are_named(make, change, error, message):
    data = interactions()
    batch = batch_of(data)
    change(batch)
    method = make(USERS, ITEMS)
    for call in (method.step, method.embed):
        with pytest.raises(error, match=message):
            call(batch)


def test_a_batch_without_triplets_and_what_is_no_graph_are_named(make):
    method, data = make(USERS, ITEMS), interactions()
    with pytest.raises(ValueError, match=r"'triplets' \[3, B\]"):
        method.step(data)
    data.triplets = torch.zeros(2, 4, dtype=torch.long)
    with pytest.raises(ValueError, match=r"triplets must have shape \[3, B\].*\[2, 4\]"):
        method.step(data)
    with pytest.raises(TypeError, match="data must be a HeteroData of users and items"):
        method.embed(torch.rand(3, 3))


@pytest.mark.parametrize("size", ["num_users", "num_items", "embedding_dim"])
def test_bad_sizes_are_named(size):
    sizes = {"num_users": 3, "num_items": 3, "embedding_dim": 2, size: 0}
    for cls in KINDS.values():
        with pytest.raises(ValueError, match=f"{size} must be at least 1, got 0"):
            cls(**sizes)


def test_weights_of_interactions_are_not_ignored():
    batch = slow.batch()
    batch["user", "rates", "item"].edge_weight = torch.ones(8)
    with pytest.raises(ValueError, match="edge_weight of .* would be ignored"):
        LightGCN(5, 7, 4).step(batch)
