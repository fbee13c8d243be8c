import pytest
import torch
from torch.nn.functional import normalize

from gcl.losses import AllNodeInfoNCE, InfoNCE, all_node_info_nce


def test_all_nodes_once_is_info_nce_in_one_direction():
    z1, z2 = torch.randn(2, 9, 4).unbind()
    expected = InfoNCE(0.2, symmetric=False)(z1, z2)
    torch.testing.assert_close(AllNodeInfoNCE(0.2)(z1, z2, torch.arange(9)), expected)


def test_negatives_are_all_nodes_and_not_the_batch():
    z = torch.randn(9, 4)
    loss, index = AllNodeInfoNCE(0.5), torch.tensor([3])
    far = z.clone()
    far[7] = z[3]  # a node outside the batch that looks like the anchor
    assert loss(z, far, index) > loss(z, z, index)


def test_a_repeated_node_counts_as_often():
    z1, z2 = torch.randn(2, 9, 4).unbind()
    loss = AllNodeInfoNCE(reduction="sum")
    one, two = loss(z1, z2, torch.tensor([1])), loss(z1, z2, torch.tensor([5]))
    torch.testing.assert_close(loss(z1, z2, torch.tensor([1, 5, 1])), 2 * one + two)


@pytest.mark.parametrize(("size", "reached"), [(0.9, True), (1.1, False)])
def test_a_positive_beyond_the_clamp_gets_no_gradient(size, reached):
    anchor = torch.tensor([[1.0]])
    candidates = torch.tensor([[size], [0.0]], requires_grad=True)
    options = {"temperature": 0.2, "normalize": False}
    with_clamp, without = (
        all_node_info_nce(anchor, candidates, torch.tensor([0]), clamp=c, **options)
        for c in (5.0, None)
    )
    (bounded,), (free,) = (torch.autograd.grad(x, candidates) for x in (with_clamp, without))
    pull = (free - bounded)[0].item()  # what the positive logit itself adds
    assert pull == pytest.approx(0.0 if reached else -5.0)
    assert bounded[1] == free[1]


def test_logits_past_the_range_of_exp_stay_finite():
    z = torch.full((3, 2), 100.0, requires_grad=True)
    loss = AllNodeInfoNCE(0.2, normalize=False, clamp=5.0)(z, z, torch.tensor([0, 2]))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(z.grad).all()


@pytest.mark.parametrize(
    ("index", "error", "message"),
    [
        (torch.tensor([0, 9]), ValueError, r"index must lie in \[0, 9\), got 9"),
        (torch.tensor([-1]), ValueError, "got -1"),
        (torch.tensor([], dtype=torch.long), ValueError, r"index must have shape \[B\] with B > 0"),
        (torch.ones(2), TypeError, "index must be an integer tensor"),
        (None, TypeError, "index must be an integer tensor"),
    ],
)
def test_bad_index_is_named(index, error, message):
    z = torch.randn(9, 4)
    with pytest.raises(error, match=message):
        AllNodeInfoNCE()(z, z, index)


def test_bad_options_are_named():
    for options, message in [
        ({"temperature": 0.0}, "temperature must be"),
        ({"clamp": -5.0}, "clamp must be"),
        ({"reduction": "none"}, "reduction must be one of mean, sum"),
    ]:
        with pytest.raises(ValueError, match=message):
            AllNodeInfoNCE(**options)
    z = torch.randn(3, 2)
    with pytest.raises(ValueError, match=r"positive must have shape \[3\]"):
        all_node_info_nce(z, z, torch.tensor([0, 1]))


def test_weights_are_constants():
    anchor, candidates = torch.randn(4, 3).double(), torch.randn(9, 3).double()
    index = torch.tensor([1, 3, 3, 8])
    weight = torch.rand(4).double()
    held = weight.clone().requires_grad_()
    x = anchor.requires_grad_()
    ours = all_node_info_nce(x, candidates, index, weight=held)
    ours.backward()
    assert held.grad is None
    s = normalize(anchor) @ normalize(candidates).t() / 0.2
    rows = s.logsumexp(1) - s[torch.arange(4), index]
    torch.testing.assert_close(ours, (weight * rows).sum() / weight.sum())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight": torch.zeros(4)}, "weight must be 0 or above with a sum above 0"),
        ({"weight": torch.tensor([1.0, -1, 1, 1])}, "weight must be 0 or above"),
        ({"weight": torch.ones(3)}, r"weight must be a tensor of shape \[4\]"),
        ({"weight": [1, 1, 1, 1]}, r"weight must be a tensor of shape \[4\], got \[1, 1"),
        ({"candidates": torch.ones(9, 4)}, "anchor and candidates must agree in width and dtype"),
        ({"candidates": torch.ones(9, 3).double()}, "anchor and candidates must agree in width"),
    ],
)
def test_bad_weights_and_candidates_are_named(change, message):
    given = {"candidates": torch.ones(9, 3), "positive": torch.arange(4), **change}
    with pytest.raises(ValueError, match=message):
        all_node_info_nce(torch.ones(4, 3), **given)
