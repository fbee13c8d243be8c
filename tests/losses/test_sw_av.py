import math

import pytest
import torch
from torch.nn.functional import normalize

from gcl.functional.sinkhorn import sinkhorn_codes
from gcl.losses import SwAV, sw_av


def test_rows_on_their_own_prototypes_have_a_closed_form():
    z = torch.eye(3, dtype=torch.float64)
    p = math.exp(1 / 0.5) / (math.exp(1 / 0.5) + 2)
    q = math.exp(1 / 0.2) / (math.exp(1 / 0.2) + 2)  # balanced already
    expected = -q * math.log(p) - (1 - q) * math.log((1 - p) / 2)
    assert sw_av(z, z, z, temperature=0.5, epsilon=0.2).item() == pytest.approx(expected)


def test_codes_have_no_gradient():
    z1, z2, c = (x.requires_grad_() for x in torch.randn(3, 6, 4, dtype=torch.float64).unbind())
    s1, s2 = (normalize(z) @ normalize(c).t() for z in (z1, z2))
    code = [sinkhorn_codes(s.detach()) for s in (s1, s2)]
    rows = [(q * (s / 0.1).log_softmax(1)).sum(1) for q, s in zip(code, (s2, s1), strict=True)]
    constant = -(rows[0] + rows[1]).mean() / 2
    gradients = (torch.autograd.grad(f, (z1, z2, c)) for f in (sw_av(z1, z2, c), constant))
    torch.testing.assert_close(*gradients)


def test_only_the_direction_of_a_prototype_counts():
    z1, z2, c = torch.randn(3, 6, 4)
    lengths = torch.rand(6, 1) + 0.5
    assert torch.isclose(sw_av(z1, z2, c), sw_av(z1, z2, lengths * c))


def test_prototypes_are_learnt_and_of_unit_length_at_first():
    loss = SwAV(4, num_prototypes=7)
    assert torch.allclose(loss.prototypes.norm(dim=1), torch.ones(7))
    loss(*torch.randn(2, 9, 4)).backward()
    assert loss.prototypes.grad.norm() > 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"in_channels": 0}, "in_channels must be at least 1, got 0"),
        ({"num_prototypes": 1}, "num_prototypes must be at least 2, got 1"),
        ({"temperature": -1.0}, "temperature must be a finite number above 0, got -1.0"),
        ({"epsilon": 0.0}, "epsilon must be a finite number above 0, got 0.0"),
        ({"iterations": 0}, "iterations must be at least 1, got 0"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        SwAV(**{"in_channels": 4, "num_prototypes": 3} | options)


def test_prototypes_of_another_width_are_refused():
    with pytest.raises(ValueError, match=r"prototypes must have the width 5 of z1.*\[3, 4\]"):
        SwAV(4, 3)(torch.ones(2, 5), torch.ones(2, 5))
