r"""A matrix of low rank, kept as its factors.

Legend: R rows, C columns, q rank, D width.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from gcl.checks import check_matrix, describe


@dataclass(frozen=True, eq=False)
class LowRank:
    r"""A matrix :math:`U \operatorname{diag}(s) V^\top` [R, C] of rank q, for products ``a @ x``.

    Products go through the q directions and never form the matrix. They are differentiable in
    x and, should they need a gradient, in the factors. :class:`gcl.encoders.GCN` propagates along
    such a matrix if it is given in the place of ``edge_index``.

    Args:
        u: left factor.
        s: scale of each direction.
        v: right factor.

    Shapes:
        u [R, q], s [q], v [C, q]

    Raises:
        TypeError, ValueError: for factors that are no float matrices, or do not fit each other.

    Example:
        >>> a = LowRank(torch.tensor([[1.0], [0.0]]), torch.tensor([2.0]), torch.ones(3, 1))
        >>> a @ torch.eye(3)
        tensor([[2., 2., 2.],
                [0., 0., 0.]])

    Cost: O((R + C) q D) for a product.
    """

    u: Tensor
    s: Tensor
    v: Tensor

    def __post_init__(self) -> None:
        check_matrix(self.u, "u", finite=False)
        check_matrix(self.v, "v", finite=False)
        if not self.u.size(1) == self.v.size(1) == len(self.s) or self.s.dim() != 1:
            raise ValueError(
                f"u, s and v must have shapes [R, q], [q] and [C, q], got {describe(self.u)}, "
                f"{describe(self.s)}, {describe(self.v)}"
            )

    @property
    def shape(self) -> tuple[int, int]:
        r"""R and C."""
        return len(self.u), len(self.v)

    def __matmul__(self, x: Tensor) -> Tensor:
        r"""The product with x [C, D], in the dtype of x: [R, D]."""
        check_matrix(x, "x", finite=False)
        if len(x) != len(self.v):
            raise ValueError(
                f"x must have {len(self.v)} rows [{len(self.v)}, D], got {describe(x)}"
            )
        u, s, v = (factor.to(x.dtype) for factor in (self.u, self.s, self.v))
        return u @ (s[:, None] * (v.t() @ x))

    def t(self) -> "LowRank":
        r"""The transpose [C, R]."""
        return LowRank(self.v, self.s, self.u)

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> "LowRank":
        r"""The same matrix on another device, as ``Data.to`` asks for it."""
        return self._each(lambda factor: factor.to(device, non_blocking=non_blocking))

    def cpu(self) -> "LowRank":
        r"""The same matrix on the CPU, as ``Data.cpu`` asks for it."""
        return self.to("cpu")

    def cuda(
        self, device: torch.device | str | int | None = None, non_blocking: bool = False
    ) -> "LowRank":
        r"""The same matrix on a GPU, as ``Data.cuda`` asks for it."""
        return self._each(lambda factor: factor.cuda(device, non_blocking=non_blocking))

    def clone(self) -> "LowRank":
        r"""The same matrix with factors of its own, as ``Data.clone`` asks for it."""
        return self._each(torch.clone)

    def detach(self) -> "LowRank":
        r"""The same matrix without gradients, as ``Data.detach`` asks for it."""
        return self._each(torch.detach)

    def pin_memory(self) -> "LowRank":
        r"""The same matrix in page-locked memory, as ``Data.pin_memory`` asks for it."""
        return self._each(torch.Tensor.pin_memory)

    def _each(self, change: Callable[[Tensor], Tensor]) -> "LowRank":
        return LowRank(*(change(factor) for factor in (self.u, self.s, self.v)))
