r"""Cosines of the rows of two views, and the sums of clusters' rows, with one gradient for both.

Legend: N nodes, K clusters, D width.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from gcl.functional.directions import Directions, chunks, directions
from gcl.functional.meta_nodes import add_shared_, meta_sums
from gcl.functional.normalize import at_least_float32


def cosine_and_meta_sums(
    z1: Tensor, z2: Tensor, cluster: Tensor, num_clusters: int
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Compute the cosine of every node's two rows, and the sums of clusters' rows in each view.

    Beside the gradients nothing of the size of a view is formed. Gradients are first order only.

    Args:
        z1: rows of the first view; a row of zeros has cosine 0 and no gradient by it.
        z2: the same rows of the second view.
        cluster: hard clusters of the rows, -1 for none.
        num_clusters: number K of clusters.

    Shapes:
        z1 [N, D], z2 [N, D], cluster [N] -> [N], [K, D], [K, D]

    Cost: O(N D) time, O(N + K D) memory beyond the gradients.

    Example:
        >>> z = torch.tensor([[3.0, 0.0], [0.0, 2.0]])
        >>> cosine_and_meta_sums(z, z.flip(0), torch.tensor([0, 0]), 1)
        (tensor([0., 0.]), tensor([[3., 2.]]), tensor([[3., 2.]]))
    """
    return _Cosines.apply(at_least_float32(z1), at_least_float32(z2), cluster, num_clusters)


class _Cosines(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, z1: Tensor, z2: Tensor, cluster: Tensor, count: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        first, second = directions(z1), directions(z2)
        ctx.save_for_backward(*first, *second, cluster)
        cosine = first.factor * second.factor
        for part in chunks(z1):
            cosine[part] *= torch.linalg.vecdot(first.rows[part], second.rows[part])
        return cosine, meta_sums(z1, cluster, count), meta_sums(z2, cluster, count)

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, grad: Tensor, meta1: Tensor, meta2: Tensor
    ) -> tuple[Tensor, Tensor, None, None]:
        *saved, cluster = ctx.saved_tensors
        first, second = Directions(*saved[:3]), Directions(*saved[3:])
        g1, g2 = _toward(second, grad, first), _toward(first, grad, second)
        add_shared_(g1, meta1, cluster)
        add_shared_(g2, meta2, cluster)
        return g1, g2, None, None


def _toward(other: Directions, grad: Tensor, own: Directions) -> Tensor:
    r"""The gradient of the cosines in the rows of one view: [N, D]."""
    out = torch.empty_like(own.rows)
    weight = grad * other.factor
    for part in chunks(out):
        torch.mul(other.rows[part], weight[part, None], out=out[part])
        own.project_(out[part], part)
    return out
