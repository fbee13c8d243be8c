r"""Propagation between users and items along their interactions.

The adjacency of a bipartite graph has two blocks that are not zero, one the transpose of the
other. Two products, one from each side, do what one with the (I + J) x (I + J) matrix does, and
half of its entries are stored.

Legend: I users, J items, E interactions, D width.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from gcl.checks import check_probability, describe
from gcl.functional.csr import Pattern, SparseMatrix, sort_entries
from gcl.functional.draws import keep_mask
from gcl.functional.edges import plain
from gcl.functional.interactions import check_interactions

Pair = tuple[Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class Bipartite:
    r"""The adjacency of users and items, with its transpose.

    Args:
        items_of: matrix [I, J]; row u holds the items of user u.
        users_of: its transpose [J, I].

    Example:
        >>> a = bipartite_adjacency(torch.tensor([[0, 1], [0, 0]]), 2, 1)
        >>> a.propagate(torch.ones(2, 1), torch.ones(1, 1))[1]
        tensor([[1.4142]])
    """

    items_of: SparseMatrix
    users_of: SparseMatrix

    @property
    def shape(self) -> tuple[int, int]:
        r"""I and J."""
        return self.items_of.pattern.shape

    def propagate(self, user: Tensor, item: Tensor) -> Pair:
        r"""One layer: :math:`\tilde A E_v` for the users, :math:`\tilde A^\top E_u` for the items.

        Shapes:
            user [I, D], item [J, D] -> [I, D], [J, D]

        Cost: O(E D) time and the memory of the result, in both directions.
        """
        if self.items_of.value.requires_grad or self.users_of.value.requires_grad:
            return self.items_of @ item, self.users_of @ user
        return _Propagate.apply(user, item, self)

    def propagate_dropped(
        self, user: Tensor, item: Tensor, p: float, generator: torch.Generator | None = None
    ) -> Pair:
        r"""One layer in which every entry is lost with probability p, else divided by 1 - p.

        The two directions lose entries independently of each other; degrees stay as they were.

        Shapes:
            user [I, D], item [J, D] -> [I, D], [J, D]
        """
        check_probability(p, "p")
        sides = (self.items_of, item), (self.users_of, user)
        users, items = (_dropped(matrix, p, generator) @ x for matrix, x in sides)
        return users, items

    def keep(self, kept: Tensor) -> "Bipartite":
        r"""The normalised adjacency of some interactions, degrees counted anew.

        Args:
            kept: whether to keep each interaction, in the order of ``items_of``; weights become 1.

        Shapes:
            kept [E]

        Cost: O(I + J + E), without a sort.
        """
        _, order = self.items_of.pattern.transposed
        patterns = (
            (self.items_of.pattern, kept),
            (self.users_of.pattern, kept.index_select(0, order)),
        )
        users, items = (_filter(pattern, which) for pattern, which in patterns)
        scale = [p.start.diff().float().clamp_min(1).rsqrt() for p in (users, items)]
        forward = SparseMatrix(users, scale[0][users.row] * scale[1][users.column])
        return Bipartite(forward, SparseMatrix(items, scale[1][items.row] * scale[0][items.column]))


class _Propagate(torch.autograd.Function):
    r"""Its own adjoint but for the roles of the two results: both matrices are there already."""

    @staticmethod
    def forward(ctx: Any, user: Tensor, item: Tensor, a: Bipartite) -> Pair:
        ctx.a = a
        return a.items_of @ item, a.users_of @ user

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, user: Tensor, item: Tensor) -> tuple[Tensor, Tensor, None]:
        return ctx.a.items_of @ item, ctx.a.users_of @ user, None


def _dropped(a: SparseMatrix, p: float, generator: torch.Generator | None) -> SparseMatrix:
    kept = keep_mask(p, a.value.shape, a.value.device, generator).to(a.value.dtype)
    return SparseMatrix(a.pattern, a.value * kept / max(1 - p, torch.finfo(kept.dtype).tiny))


def _filter(pattern: Pattern, kept: Tensor) -> Pattern:
    return Pattern(pattern.row[kept], pattern.column[kept], pattern.shape)


def bipartite_adjacency(
    edge_index: Tensor,
    num_users: int,
    num_items: int,
    edge_weight: Tensor | None = None,
) -> Bipartite:
    r"""Normalise interactions by the degrees of both ends (`LightGCN
    <https://arxiv.org/abs/2002.02126>`_).

    .. math::
        \tilde A_{ij} = \frac{R_{ij}}{\sqrt{d_i d_j}}

    with R the interactions or their weights, d the sums of its rows and columns, and no self
    loops. A user or an item without interactions neither sends nor receives.

    Args:
        edge_index: user and item of each interaction.
        num_users: I.
        num_items: J.
        edge_weight: positive weight of each interaction; all 1 if None.

    Shapes:
        edge_index [2, E], edge_weight [E] or None -> [I, J] and its transpose

    Raises:
        TypeError, ValueError: for tensors of the wrong kind or shape, users or items out of range,
            or weights that are not positive.

    Cost: two sorts of E integers.

    Example:
        >>> a = bipartite_adjacency(torch.tensor([[0, 0], [0, 1]]), 1, 2)
        >>> a.items_of @ torch.eye(2)
        tensor([[0.7071, 0.7071]])
    """
    user, item = plain(check_interactions(edge_index, num_users, num_items))
    weight = _check_weight(edge_weight, user)
    scale = [
        weight.new_zeros(size).index_add_(0, end, weight).rsqrt_()
        for end, size in ((user, num_users), (item, num_items))
    ]
    value = weight * scale[0][user] * scale[1][item]
    pattern, order = sort_entries(user, item, (num_users, num_items))
    matrix = SparseMatrix(pattern, value.index_select(0, order))
    return Bipartite(matrix, matrix.t())


def _check_weight(weight: Tensor | None, user: Tensor) -> Tensor:
    if weight is None:
        return torch.ones(len(user), device=user.device)
    if not isinstance(weight, Tensor) or not weight.is_floating_point():
        raise TypeError(f"edge_weight must be a floating-point tensor [E], got {describe(weight)}")
    if weight.shape != user.shape:
        raise ValueError(f"edge_weight must have shape [{len(user)}], got {describe(weight)}")
    if not bool((weight > 0).all()) or not bool(weight.isfinite().all()):
        raise ValueError("edge_weight must be finite and above 0")
    return weight.to(torch.promote_types(weight.dtype, torch.float32))
