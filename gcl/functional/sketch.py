r"""Random sketches of a matrix that preserve its covariance on average.

Legend: N rows, D width, K rows of the sketch.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from gcl.checks import check_int, check_matrix
from gcl.functional.draws import check_generator

_BLOCK = 2**22  # entries of the projection that are alive at a time


def sketch_rows(z: Tensor, num_rows: int, *, generator: torch.Generator | None = None) -> Tensor:
    r"""Mix the rows of ``z`` with Gaussian weights, anew at every call.

    .. math::
        \tilde z = P z, \qquad P_{ij} \sim \mathcal N(0, 1 / K), \qquad
        \mathbb E[\tilde z^\top \tilde z] = z^\top z

    The feature augmentation of `COSTA <https://arxiv.org/abs/2206.04726>`_: a row of the sketch
    stands for no single node. To sketch several matrices with one P, put them side by side. P is
    drawn in blocks of rows and drawn again in the backward pass, from one seed that ``generator``
    gives.

    Args:
        z: rows to mix.
        num_rows: rows K of the sketch, 1 or more.
        generator: source of the seed. Default: torch's global generator.

    Shapes:
        z [N, D] -> [K, D]

    Raises:
        TypeError, ValueError: if ``z`` is no finite float matrix, or for ``num_rows`` below 1.

    Cost:
        O(K N D) time and O(K D) memory beyond a block of P; P itself is never stored.

    Example:
        >>> sketch_rows(torch.zeros(5, 2), 3)
        tensor([[0., 0.],
                [0., 0.],
                [0., 0.]])
    """
    check_matrix(z, "z")
    check_int(num_rows, "num_rows", minimum=1)
    check_generator(generator)
    device = "cpu" if generator is None else generator.device
    seed = int(torch.randint(2**62, (), generator=generator, device=device))
    return _Sketch.apply(z, num_rows, seed)


class _Sketch(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, num_rows: int, seed: int) -> Tensor:
        ctx.shape, ctx.seed = (num_rows, len(z)), seed
        out = z.new_empty(num_rows, z.size(1))
        for rows, p in _blocks(ctx.shape, seed, z):
            out[rows] = p @ z
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        out = grad.new_zeros(ctx.shape[1], grad.size(1))
        for rows, p in _blocks(ctx.shape, ctx.seed, grad):
            out.addmm_(p.t(), grad[rows])
        return out, None, None


def _blocks(shape: tuple[int, int], seed: int, like: Tensor) -> Iterator[tuple[slice, Tensor]]:
    r"""Rows of the projection [K, N], block by block, the same for the same seed."""
    generator = torch.Generator(like.device).manual_seed(seed)
    height = max(1, _BLOCK // max(1, shape[1]))
    for i in range(0, shape[0], height):
        size = min(height, shape[0] - i), shape[1]
        p = torch.randn(size, generator=generator, device=like.device, dtype=like.dtype)
        yield slice(i, i + size[0]), p.mul_(shape[0] ** -0.5)
