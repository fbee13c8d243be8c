import pytest
import torch

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
