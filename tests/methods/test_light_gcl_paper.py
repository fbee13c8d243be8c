import math

import pytest
import torch
from support import recommenders as slow

from gcl.datasets import load
from gcl.evaluation import ranking
from gcl.loaders import UserLoader, ranking_split
from gcl.methods import LightGCLPaper
from gcl.training import fit

USERS, ITEMS = [0, 2, 3], [0, 1, 2, 3, 4, 5, 6]  # the different ones among the triplets


def leaky(x):
    return torch.where(x > 0, x, 0.5 * x)


def raw():
    """The interactions [I, J], each of weight 1."""
    r = torch.zeros(slow.USERS, slow.ITEMS, dtype=torch.float64)
    r[slow.EDGES[0], slow.EDGES[1]] = 1.0
    return r


def convolve(tables, num_layers):
    """The tables and layers with residuals, and what each is passed."""
    a, found, passed = slow.adjacency(), [tables], []
    for _ in range(num_layers):
        user, item = found[-1]
        z = leaky(a @ item), leaky(a.t() @ user)
        passed.append(z)
        found.append((user + z[0], item + z[1]))
    return found, passed


def margins(final, margin):
    """The hinge of each triplet, over the three users of the batch."""
    user, item = final
    total = 0.0
    for u, i, j in slow.DRAWN.t().tolist():
        total += max(0.0, margin - float(user[u] @ item[i]) + float(user[u] @ item[j]))
    return total / len(USERS)


def contrast(found, passed, view, turns, temperature, chosen):
    """Row by row: the anchors of each layer and kind against all nodes of the batch."""
    total = 0.0
    for layer, z in enumerate(passed):
        user, item = found[layer]
        low = leaky(view @ item), leaky(view.t() @ user)
        for k, nodes in enumerate((USERS, ITEMS)):
            unit_z, unit_g = (
                x / x.norm(dim=1, keepdim=True).clamp(min=1e-300) for x in (z[k], low[k])
            )
            turned = unit_g @ turns[layer]
            for place, n in enumerate(nodes):
                if chosen[layer][k][place]:
                    logits = {m: float(unit_z[n] @ turned[m]) / temperature for m in nodes}
                    total += math.log(sum(map(math.exp, logits.values()))) - logits[n]
    return total


def halves(seed, num_layers):
    """The anchors that a step draws with this seed, if nothing else is drawn."""
    torch.manual_seed(seed)
    return [[torch.rand(len(n)) < 0.5 for n in (USERS, ITEMS)] for _ in range(num_layers)]


def dense_view(of, q):
    matrix = raw() if of == "interactions" else slow.adjacency()
    u, s, v = torch.linalg.svd(matrix, full_matrices=False)
    return u[:, :q] @ torch.diag(s[:q]) @ v[:q]


# Of the normalised interactions the largest singular value is 1 in each of three components.
@pytest.mark.parametrize(("of", "q"), [("interactions", 2), ("normalized", 3)])
@pytest.mark.parametrize(("num_layers", "seed"), [(1, 0), (2, 1), (3, 2)])
def test_step_is_the_formula(of, q, num_layers, seed):
    torch.manual_seed(10)
    options = {"contrast_weight": 0.7, "temperature": 0.3, "margin": 0.2, "dropout": 0.0}
    method = LightGCLPaper(5, 7, 4, num_layers=num_layers, q=q, niter=40, svd_of=of, **options)
    turns = [turn.detach().double() for turn in method.turns]
    found, passed = convolve(slow.tables(method), num_layers)
    chosen = halves(seed, num_layers)
    assert 0 < sum(int(c.sum()) for layer in chosen for c in layer) < 10 * num_layers
    view = dense_view(of, q)
    expected = margins(slow.total(found), 0.2)
    expected += 0.7 * contrast(found, passed, view, turns, 0.3, chosen)
    torch.manual_seed(seed)
    assert method.step(slow.batch()).item() == pytest.approx(expected, rel=1e-4)


def test_the_tables_are_reached_by_the_gradient_of_both_terms():
    method = LightGCLPaper(5, 7, 4, margin=0.0, dropout=0.0, anchors=1.0, contrast_weight=1.0)
    with torch.no_grad():
        method.user.mul_(1e-3)  # scores and so margins vanish beside the contrast
    method.step(slow.batch()).backward()
    for parameter in method.parameters():
        assert parameter.grad.abs().sum() > 0


def test_margins_that_are_kept_are_no_loss():
    method = LightGCLPaper(5, 7, 4, margin=0.5, contrast_weight=0.0, dropout=0.0, num_layers=1)
    batch = slow.batch()
    batch.triplets = torch.tensor([[0, 1], [0, 1], [5, 5]])
    with torch.no_grad():
        method.user.fill_(10.0)
        method.item.fill_(1.0)
        method.item[5] = -10.0
    assert method.step(batch) == 0


def test_no_anchor_is_no_contrast():
    options = {"dropout": 0.0, "margin": 0.2}
    method = LightGCLPaper(5, 7, 4, anchors=0.0, contrast_weight=1.0, **options)
    expected = margins(slow.total(convolve(slow.tables(method), 2)[0]), 0.2)
    assert method.step(slow.batch()).item() == pytest.approx(expected, rel=1e-5)


def test_every_node_of_a_batch_counts_once_in_each_layer(monkeypatch):
    method, seen = LightGCLPaper(5, 7, 4, dropout=0.0), []
    monkeypatch.setattr(method, "contrast", lambda z, g, turn: seen.append(len(z)) or z.sum())
    method.step(slow.batch())
    assert seen == [3, 7, 3, 7]


def test_anchors_are_a_share_of_the_nodes():
    method = LightGCLPaper(5, 7, 4, anchors=0.3, temperature=1e6)  # each has the same term
    z, g, turn = torch.rand(20, 4), torch.rand(20, 4), method.turns[0]
    total = sum(method.contrast(z, g, turn).item() for _ in range(400)) / 400
    assert total / math.log(20) == pytest.approx(6, abs=0.5)


def test_embeddings_are_the_sum_of_layers_without_dropout():
    method = LightGCLPaper(5, 7, 4)
    final = slow.total(convolve(slow.tables(method), 2)[0])
    h = method.embed(slow.batch())
    torch.testing.assert_close(h["user"].double(), final[0], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(h["item"].double(), final[1], rtol=1e-5, atol=1e-6)
    with_dropout = LightGCLPaper(5, 7, 4, contrast_weight=0.0, dropout=0.5, margin=9.0)
    assert len({with_dropout.step(slow.batch()).item() for _ in range(5)}) == 5


def test_without_contrast_the_view_is_not_computed(monkeypatch):
    method = LightGCLPaper(5, 7, 4, contrast_weight=0.0)
    monkeypatch.setattr(method, "view", None)
    assert method.step(slow.batch()).isfinite()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"q": 0}, "q must be at least 1"),
        ({"num_layers": 0}, "num_layers must be at least 1"),
        ({"niter": -1}, "niter must be at least 0"),
        ({"svd_of": "raw"}, "svd_of must be one of interactions, normalized"),
        ({"contrast_weight": -0.1}, "contrast_weight must be"),
        ({"anchors": 1.5}, r"anchors must be a probability"),
        ({"temperature": 0.0}, "temperature must be"),
        ({"margin": -1.0}, "margin must be"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        LightGCLPaper(5, 7, 4, **options)


@pytest.mark.slow
@pytest.mark.realdata
def test_epochs_on_lastfm_beat_the_untrained_tables(data_root, tmp_path, monkeypatch):
    monkeypatch.setenv("GCL_CACHE", str(tmp_path))
    split = ranking_split(load("lastfm", data_root)[0], "given", val=0.0)
    torch.manual_seed(0)
    method = LightGCLPaper(1892, 4489)
    loader = UserLoader(split.data, 256, generator=torch.Generator().manual_seed(0))

    def score():
        h = method.embed(split.data)
        return ranking(h["user"], h["item"], split, k=20, metrics=["recall"]).mean

    before = score()
    losses = fit(method, loader, epochs=2, lr=1e-3, weight_decay=1e-4, progress=False).losses
    assert losses[1] < losses[0] == pytest.approx(21.9, abs=0.5)  # about 22 pairs a user, margin 1
    assert score() > before
