import math

import pytest
import torch
from torch.nn.functional import normalize

from gcl.losses import Mochi, info_nce, mochi


def generator():
    return torch.Generator().manual_seed(3)


@pytest.fixture
def views():
    return torch.randn(2, 6, 3, dtype=torch.float64)


def test_synthetic_negatives_add_to_info_nce(views):
    plain = info_nce(*views, reduction="none")
    assert (mochi(*views, hardest=3, reduction="none") > plain).all()


def test_one_hardest_negative_is_its_own_mixture():
    z = torch.eye(2, dtype=torch.float64)
    loss = mochi(z, z, temperature=1.0, hardest=1, mixed=3, query_mixed=0)
    assert math.isclose(loss, math.log(math.e + 1 + 3) - 1)


def test_mixtures_with_the_query_are_harder_than_its_hardest_negative():
    z = torch.eye(3, dtype=torch.float64)
    loss = mochi(z, z, temperature=1.0, hardest=2, mixed=0, query_mixed=50, generator=generator())
    plain = math.log(math.e + 2) - 1
    at_least, at_most = (math.log(math.e + 2 + 50 * math.exp(c)) - 1 for c in (0, 2**-0.5))
    assert plain < at_least < loss < at_most


def test_only_the_hardest_are_mixed():
    u = torch.tensor([[1.0, 0.0, 0.0], [0.9, 0.4, 0.0], [0.0, 0.0, 1.0]], dtype=torch.float64)
    u = normalize(u, dim=1)
    rows = mochi(u, u, temperature=1.0, hardest=1, mixed=1, query_mixed=0, reduction="none")
    s = (u @ u.t())[0]
    expected = (s.exp().sum() + s[1].exp()).log() - 1
    assert torch.isclose(rows[0], expected)


def test_no_gradient_passes_through_synthetic_negatives(views):
    options = {"hardest": 3, "mixed": 4, "query_mixed": 0, "generator": None}
    u, v = views[0].requires_grad_(), views[1].requires_grad_()
    options["generator"] = generator()
    there = torch.autograd.grad(mochi(u, v, **options), v)[0]

    # by hand: the two directions apart, the mixtures as constants
    a, b = normalize(u, dim=1), normalize(v, dim=1)
    draw, total = generator(), 0.0
    for x, y in ((a, b), (b, a)):
        near = (x @ y.t()).fill_diagonal_(-2.0).topk(3, dim=1).indices
        shapes = [(6, c, 1) for c in (4, 0, 4, 4)]
        alpha, _, p, q = (torch.rand(s, generator=draw, dtype=u.dtype) for s in shapes)
        p, q = (y.detach()[near.gather(1, (3 * at.squeeze(2)).long())] for at in (p, q))
        mixture = normalize(alpha * p + (1 - alpha) * q, dim=2)
        logits = torch.cat([x @ y.t(), (mixture * x[:, None]).sum(2)], dim=1) / 0.5
        total = total - logits.log_softmax(1)[:, :6].diagonal().mean() / 2
    assert torch.allclose(there, torch.autograd.grad(total, v)[0])


def test_draws_are_repeatable_and_new_at_every_call(views):
    loss = Mochi(hardest=3)
    assert loss(*views, generator=generator()) == loss(*views, generator=generator())
    assert loss(*views) != loss(*views)


def test_bad_arguments_are_named(views):
    with pytest.raises(ValueError, match="hardest must be at most 5, .* got 32"):
        mochi(*views)
    with pytest.raises(ValueError, match="hardest must be at least 1, got 0"):
        Mochi(hardest=0)
    with pytest.raises(ValueError, match="mixed must be at least 0, got -1"):
        Mochi(mixed=-1)
    with pytest.raises(ValueError, match="hardest=32 would be ignored"):
        Mochi(mixed=0, query_mixed=0)
    with pytest.raises(TypeError, match="query_mixed must be an integer, got 0.5"):
        Mochi(query_mixed=0.5)
    with pytest.raises(ValueError, match="temperature must be .* got 0"):
        Mochi(0.0)
