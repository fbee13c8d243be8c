import pytest
import torch

from gcl.losses import CWCL, cwcl, info_nce
from gcl.losses.cwcl import weight_factor, weighted_mean_similarity


@pytest.fixture
def views():
    return torch.randn(2, 5, 3, dtype=torch.float64)


def test_factor_gives_the_weights():
    p = torch.tensor([[2.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, 0.0]])
    factor = weight_factor(p)
    expected = torch.tensor([[2, 1, 0, 1], [1, 2, 1, 1], [0, 1, 2, 1], [1, 1, 1, 1]]) / 2
    torch.testing.assert_close(factor @ factor.t(), expected)


def test_identity_weights_give_info_nce(views):
    u, v = (torch.nn.functional.normalize(z, dim=1) for z in views)
    positive = weighted_mean_similarity(u, v, torch.eye(5, dtype=torch.float64))
    assert torch.allclose(positive, (u * v).sum(1))
    # opposite rows of a trusted embedding have weight 0: with two rows W is the identity
    opposite = torch.tensor([[1.0], [-1.0]], dtype=torch.float64)
    pair = views[:, :2]
    for symmetric in (True, False):
        assert torch.isclose(cwcl(*pair, opposite, symmetric=symmetric), info_nce(*pair))


def test_equal_weights_leave_the_mean_as_positive(views):
    u, v = (torch.nn.functional.normalize(z, dim=1) for z in views)
    logits = u @ v.t() / 0.5
    there, back = -logits.log_softmax(1).mean(1), -logits.log_softmax(0).mean(0)
    trusted = torch.ones(5, 2, dtype=torch.float64)
    rows = cwcl(*views, trusted, symmetric=True, reduction="none")
    assert torch.allclose(rows, (there + back) / 2)


def test_both_directions_weighted_is_symmetric(views):
    trusted = torch.randn(5, 2, dtype=torch.float64)
    there, back = (cwcl(*v, trusted, symmetric=True) for v in (views, views.flip(0)))
    assert torch.isclose(there, back)
    assert not torch.isclose(cwcl(*views, trusted), there)


def test_trusted_embedding_has_no_gradient(views):
    trusted = torch.randn(5, 2, dtype=torch.float64, requires_grad=True)
    cwcl(views[0].requires_grad_(), views[1], trusted).backward()
    assert trusted.grad is None


def test_bad_arguments_are_named(views):
    with pytest.raises(ValueError, match=r"trusted must have 5 rows, got .*\[4, 2\]"):
        cwcl(*views, torch.ones(4, 2))
    with pytest.raises(TypeError, match=r"trusted must have a floating-point dtype"):
        cwcl(*views, torch.ones(5, 2, dtype=torch.long))
    with pytest.raises(TypeError, match="symmetric must be True or False"):
        CWCL(symmetric=None)
    with pytest.raises(ValueError, match="temperature must be .* got -1"):
        CWCL(-1.0)
