"""One generic case per method on nodes: it learns, embeds, repeats, refuses bad graphs.

Those of the methods that rank items for users are in test_recommender.py.
"""

import pytest
import torch
from torch import nn
from torch_geometric.data import Batch, Data, HeteroData
from torch_geometric.nn import GraphSAGE
from torch_geometric.utils import stochastic_blockmodel_graph, to_undirected

from gcl import methods
from gcl.methods import (
    AFGRL,
    BGRL,
    CCASSG,
    COSTA,
    CSGCL,
    DGI,
    GBT,
    GCA,
    GGD,
    GRACE,
    MVGRL,
    SCGC,
    SDCN,
    SPGCL,
    SUGRL,
    AutoEncoder,
    PamCGC,
    ProGCL,
    SCGCStar,
)
from gcl.registry import classes
from gcl.training import TrainingError, fit

R = (0.4, 0.4)
FEATURES = 120
K = {"hidden_channels": (64,), "num_clusters": 4, "pretrain_epochs": 0}
CASES = {
    "csgcl": lambda f=None, d=16, **o: CSGCL(f, out_channels=d, team_up_start=30, **o),
    "gca": lambda f=None, d=16, **o: GCA(f, out_channels=d, **o),
    "afgrl": lambda f=None, d=32, **o: AFGRL(f, out_channels=d, num_clusters=8, **o),
    "bgrl": lambda f=None, d=32, **o: BGRL(f, out_channels=d, momentum=0.9, total_steps=60, **o),
    "ccassg": lambda f=None, d=32, **o: CCASSG(f, out_channels=d, **o),
    "dgi": lambda f=None, d=32, **o: DGI(f, out_channels=d, **o),
    # Views that differ little leave G-BT columns of noise to make orthogonal.
    "gbt": lambda f=None, d=16, **o: GBT(f, out_channels=d, edge_drop=R, feature_mask=R, **o),
    "costa": lambda f=None, d=64, **o: COSTA(f, out_channels=d, **{"temperature": 0.1, **o}),
    "ggd": lambda f=None, d=32, **o: GGD(f, out_channels=d, **o),
    "grace": lambda f=None, d=16, **o: GRACE(f, out_channels=d, **o),
    "mvgrl": lambda f=None, d=32, **o: MVGRL(f, out_channels=d, **o),
    "pro_gcl": lambda f=None, d=16, **o: ProGCL(f, out_channels=d, **{"fit_at": 2, **o}),
    "spgcl": lambda f=None, d=32, **o: SPGCL(f, out_channels=d, **{"dropout": 0.0, **o}),
    "sugrl": lambda f=None, d=32, **o: SUGRL(f, out_channels=d, **o),
    # Decoders have to know the width of the features, also beside an encoder of one's own.
    "auto_encoder": lambda f=FEATURES, d=8, **o: AutoEncoder(f, out_channels=d, **K, **o),
    "pam_cgc": lambda f=None, d=8, **o: PamCGC(f, out_channels=d, alpha=2.0, **K, **o),
    # The target sharpens while it is met, and the divergences from it grow: here they weigh little.
    "sdcn": lambda f=FEATURES, d=8, **o: SDCN(
        f, out_channels=d, **K, **{"beta": 1e-4, "gamma": 1e-4, **o}
    ),
    "scgc": lambda f=FEATURES, d=8, **o: SCGC(f, out_channels=d, **K, **o),
    "scgc_star": lambda f=None, d=8, **o: SCGCStar(f, out_channels=d, **K, **o),
}
# How to train a method that 60 epochs at a learning rate of 0.01 do not suit.
TRAINING = {"costa": {"epochs": 100, "lr": 0.003}}
# How much better classes must separate in the embeddings. Those of auto-encoders do not see the
# graph, which tells most. SDCN's are such, its clusters come from convolutions: only its loss has
# to fall.
MARGINS = dict.fromkeys(CASES, 0.1) | {"auto_encoder": 0.0, "sdcn": -1.0}
# Rows that the loss sees of a batch with four seeds; half as many where it sees sketches of them.
ROWS = dict.fromkeys(CASES, 4) | {"costa": 2}


@pytest.fixture(params=CASES)
def make(request):
    return CASES[request.param]


def block_graph(seed=0, per_block=40, blocks=4):
    """Communities whose nodes share words: a few words tell little, the neighbours' help."""
    torch.manual_seed(seed)
    p = torch.full((blocks, blocks), 0.01) + torch.eye(blocks) * 0.11
    edge_index = stochastic_blockmodel_graph([per_block] * blocks, p)
    y = torch.arange(blocks).repeat_interleave(per_block)
    words = torch.full((blocks, FEATURES), 0.05)
    words.view(blocks, blocks, -1).diagonal().fill_(0.15)
    x = torch.bernoulli(words[y])
    x = x / x.sum(1, keepdim=True).clamp(min=1)
    return Data(x=x, edge_index=to_undirected(edge_index), y=y)


def train(method, data, epochs=60, lr=0.01):
    optimizer = torch.optim.Adam(method.parameters(), lr=lr)
    losses = []
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = method.step(data)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def separation(h, y):
    """Mean cosine within a class minus between classes, after centring."""
    h = nn.functional.normalize(h - h.mean(0), dim=1)
    s, same = h @ h.t(), y[:, None] == y
    return (s[same].mean() - s[~same].mean()).item()


def test_every_exported_method_has_a_case():
    on_nodes = {n for n, c in classes(methods).items() if issubclass(c, methods.Method)}
    assert on_nodes - {"method"} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_beats_its_untrained_encoder(name):
    data = block_graph()
    torch.manual_seed(0)
    method = CASES[name](FEATURES)
    before = separation(method.embed(data), data.y)
    losses = train(method, data, **TRAINING.get(name, {}))
    assert losses[-1] < losses[0]
    assert separation(method.embed(data), data.y) > before + MARGINS[name]


def test_seed_makes_steps_repeat(make):
    data, losses = block_graph(), []
    for _ in range(2):
        torch.manual_seed(7)
        losses.append(train(make(FEATURES), data, epochs=3))
    assert losses[0] == losses[1]


def test_computes_on_the_device_of_the_graph(make, device):
    data, method = block_graph().to(device), make(FEATURES).to(device)
    loss = method.step(data)
    loss.backward()
    gradients = [p.grad for p in method.parameters() if p.grad is not None]
    assert {t.device.type for t in (loss, method.embed(data), *gradients)} == {device}


def test_embed_is_deterministic_detached_and_keeps_the_mode(make):
    data = block_graph()
    method = make(d=8, encoder=nn_with_dropout())
    h = method.embed(data)
    assert torch.equal(h, method.embed(data))
    assert not h.requires_grad
    assert method.training
    method.eval()
    method.embed(data)
    assert not method.training


def nn_with_dropout():
    return GraphSAGE(FEATURES, 8, 2, 8, dropout=0.5, norm="batch_norm")


def test_step_leaves_the_graph_as_it_is(make):
    data = block_graph()
    before = {k: v.clone() for k, v in data.to_dict().items()}
    make(FEATURES).step(data).backward()
    after = data.to_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[k], after[k]) for k in before)


def test_isolated_nodes_and_batches(make):
    data = Data(x=torch.rand(6, FEATURES), edge_index=torch.tensor([[0, 1], [1, 0]]))
    for graph in (data, Batch.from_data_list([data, data])):
        loss = make(FEATURES).step(graph)
        loss.backward()
        assert torch.isfinite(loss)


@pytest.mark.parametrize("name", CASES)
def test_only_the_seeds_of_a_sampled_batch_enter_the_loss(name):
    data = block_graph()
    data.batch_size = 4
    seen = []
    method = CASES[name](FEATURES)
    method.loss.register_forward_pre_hook(lambda _, args: seen.append(len(args[0])))
    method.step(data).backward()
    assert set(seen) == {ROWS[name]}  # some call their loss once for each view


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"x": None}, ValueError, "data must have 'x'"),
        ({"edge_index": None}, ValueError, "data must have 'edge_index'"),
        (
            {"x": torch.ones(6, FEATURES, dtype=torch.long)},
            TypeError,
            "x must have a floating-point",
        ),
        (
            {"x": torch.full((6, FEATURES), torch.nan)},
            ValueError,
            "x must be finite, got nan at row 0",
        ),
        ({"edge_index": torch.tensor([[0], [6]])}, ValueError, r"must lie in \[0, 6\).*got 6"),
        ({"edge_index": torch.tensor([[0], [-1]])}, ValueError, r"\[0, 6\).*got -1"),
        ({"x": torch.ones(0, FEATURES)}, ValueError, "at least one node"),
    ],
)
def test_bad_graphs_are_named(make, change, error, message):
    good = {"x": torch.ones(6, FEATURES), "edge_index": torch.tensor([[0, 1], [1, 0]])}
    data = Data(**(good | change))
    for call in (make(FEATURES).step, make(FEATURES).embed):
        with pytest.raises(error, match=message):
            call(data)


def test_what_is_no_graph_is_named(make):
    for data in (torch.rand(3, FEATURES), HeteroData(), None):
        with pytest.raises(TypeError, match="data must be a PyG Data or a Batch of them, got"):
            make(FEATURES).step(data)


def test_edge_weights_that_do_not_fit_are_named(make):
    data = Data(x=torch.rand(3, FEATURES), edge_index=torch.tensor([[0, 1], [1, 0]]))
    data.edge_weight = torch.ones(3)
    with pytest.raises(ValueError, match=r"edge_weight must have shape \[2\], got .*\[3\]"):
        make(FEATURES).step(data)


def test_divergence_in_training_names_epoch_and_cause(make):
    data = block_graph()
    with pytest.raises(TrainingError, match=r"at epoch \d+; .*lower lr"):
        fit(make(FEATURES), data, epochs=20, lr=1e30, progress=False)
    data.x[3, 5] = torch.nan
    with pytest.raises(
        TrainingError, match="x must be finite, got nan at row 3, column 5.*epoch 1"
    ):
        fit(make(FEATURES), data, epochs=1, progress=False)
