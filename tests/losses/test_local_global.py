import pytest
import torch
from torch import nn

from gcl.losses import LocalGlobal


def test_every_graph_of_a_batch_has_its_own_summary():
    loss = LocalGlobal(3, reduction="none")
    h, fake = torch.randn(5, 3), torch.randn(5, 3)
    batch = torch.tensor([0, 0, 1, 1, 1])
    apart = torch.cat([loss(h[:2], fake[:2]), loss(h[2:], fake[2:])])
    assert torch.allclose(loss(h, fake, batch), apart)
    assert not torch.allclose(loss(h, fake), apart)


def test_real_nodes_score_higher_after_a_gradient_step():
    loss, h = LocalGlobal(3), torch.rand(20, 3)
    fake = -h
    before = loss(h, fake)
    before.backward()
    with torch.no_grad():
        loss.weight -= loss.weight.grad
        loss.bias -= loss.bias.grad
    assert loss(h, fake) < before


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="in_channels must be at least 1, got 0"):
        LocalGlobal(0)
    with pytest.raises(ValueError, match=r"batch must have shape \[5\]"):
        LocalGlobal(3)(torch.ones(5, 3), torch.ones(5, 3), torch.zeros(4, dtype=torch.long))
    for batch in ([0] * 5, torch.zeros(5)):
        with pytest.raises(TypeError, match=r"batch must be an integer tensor \[5\]"):
            LocalGlobal(3)(torch.ones(5, 3), torch.ones(5, 3), batch)
    with pytest.raises(ValueError, match="batch must be 0 or above, got -1"):
        LocalGlobal(3)(torch.ones(5, 3), torch.ones(5, 3), torch.tensor([0, 0, -1, 0, 0]))


def test_context_gives_the_summary():
    loss = LocalGlobal(3, reduction="none")
    h, fake, other = torch.randn(3, 5, 3).unbind()
    batch = torch.tensor([0, 0, 1, 1, 1])
    assert torch.equal(loss(h, fake, context=h), loss(h, fake))
    for part in (slice(0, 2), slice(2, 5)):
        c = torch.sigmoid(other[part].mean(0))
        real, corrupt = (x[part] @ loss.weight @ c + loss.bias for x in (h, fake))
        expected = (nn.functional.softplus(-real) + nn.functional.softplus(corrupt)) / 2
        torch.testing.assert_close(loss(h, fake, batch, context=other)[part], expected)
    with pytest.raises(ValueError, match="h and context must agree in shape"):
        loss(h, fake, context=other[:3])
