"""Cosines of two views with the sums of clusters: value, gradient, zero rows."""

import torch
from torch.nn.functional import cosine_similarity

from gcl.functional.cosines import cosine_and_meta_sums
from gcl.functional.meta_nodes import meta_sums

CLUSTER = torch.tensor([0, 2, -1, 0, 2, 2])


def views(dtype=torch.double):
    return [torch.randn(6, 4, dtype=dtype, requires_grad=True) for _ in range(2)]


def test_values_and_gradients():
    z1, z2 = views()
    cosine, m1, m2 = cosine_and_meta_sums(z1, z2, CLUSTER, 3)
    torch.testing.assert_close(cosine, cosine_similarity(z1, z2))
    torch.testing.assert_close(m1, meta_sums(z1, CLUSTER, 3))
    torch.testing.assert_close(m2, meta_sums(z2, CLUSTER, 3))
    assert torch.autograd.gradcheck(lambda *z: cosine_and_meta_sums(*z, CLUSTER, 3), (z1, z2))


def test_half_precision_is_widened_and_its_gradient_narrowed():
    z1, z2 = views(torch.bfloat16)
    cosine, m1, _ = cosine_and_meta_sums(z1, z2, CLUSTER, 3)
    assert cosine.dtype == m1.dtype == torch.float32
    cosine.sum().backward()
    assert z1.grad.dtype == torch.bfloat16


def test_a_zero_row_has_cosine_zero_and_only_the_gradient_of_its_cluster():
    z1, z2 = views()
    with torch.no_grad():
        z1[0] = 0.0
    cosine, m1, _ = cosine_and_meta_sums(z1, z2, CLUSTER, 3)
    assert cosine[0] == 0
    (cosine.sum() + m1.sum()).backward()
    assert torch.equal(z1.grad[0], torch.ones(4).double())
    assert torch.equal(z2.grad[0], torch.zeros(4).double())
