r"""Redundancy reduction between two views: the loss of Barlow Twins.

Legend: N rows of each view, D width.
"""

from torch import Tensor, nn

from gcl.checks import check_flag, check_non_negative
from gcl.functional.autocast import full_precision
from gcl.losses.columns import check_columns, off_diagonal, standard_columns


@full_precision
def barlow_twins(
    z1: Tensor,
    z2: Tensor,
    *,
    redundancy: float | None = None,
    unbiased: bool = True,
    gather: bool = False,
) -> Tensor:
    r"""Compute the loss of Barlow Twins: see :class:`BarlowTwins`."""
    z1, z2 = check_columns(z1, z2, gather)
    check_flag(unbiased, "unbiased")
    weight = 1 / max(z1.size(1), 1) if redundancy is None else redundancy
    check_non_negative(weight, "redundancy")
    u, v = (standard_columns(z, unbiased=unbiased) for z in (z1, z2))
    c = u.t() @ v / len(u)  # [D, D]
    return (1 - c.diagonal()).square().sum() + weight * off_diagonal(c)


class BarlowTwins(nn.Module):
    r"""Make the columns of two views correlate one to one and with no other (`Barlow Twins
    <https://arxiv.org/abs/2103.03230>`_).

    .. math::
        C = \frac{1}{N} \tilde Z_1^\top \tilde Z_2, \qquad
        L = \sum_a (1 - C_{aa})^2 + \lambda \sum_{a \neq b} C_{ab}^2

    where :math:`\tilde Z` has columns of mean 0 and standard deviation 1. Positive: the same row of
    the other view, through the diagonal of C. Negatives: none; columns instead of rows are told
    apart. The loss sums over columns and has no value per row.

    The standard deviation is the unbiased one (divisor N - 1) while C is divided by N, as in `Graph
    Barlow Twins <https://arxiv.org/abs/2106.02466>`_: identical views have
    :math:`C_{aa} = 1 - 1/N`. ``unbiased=False`` divides both by N, as batch normalisation does in
    the original.

    Args:
        redundancy: :math:`\lambda \geq 0`; 1 / D if None, the default for graphs. The original on
            images uses 0.0051.
        unbiased: divide the variance by N - 1 instead of N.
        gather: in a group of processes, correlate over the rows of all of them: the loss of each is
            then that of one process with all rows, and so are gradients that are averaged.

    Shapes:
        z1 [N, D], z2 [N, D] -> scalar

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, fewer than
            2 rows, or a negative weight.

    Cost:
        O(N D^2) time, O(D^2) memory.

    Example:
        >>> z = torch.eye(4)[:, :2]
        >>> BarlowTwins(redundancy=0.0)(z, z)  # 2 columns, (1/4)^2 each
        tensor(0.1250)
    """

    def __init__(
        self, redundancy: float | None = None, *, unbiased: bool = True, gather: bool = False
    ) -> None:
        super().__init__()
        if redundancy is not None:
            check_non_negative(redundancy, "redundancy")
        self.redundancy = redundancy
        self.unbiased = check_flag(unbiased, "unbiased")
        self.gather = check_flag(gather, "gather")

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Return the loss of two views of the same N rows."""
        return barlow_twins(
            z1, z2, redundancy=self.redundancy, unbiased=self.unbiased, gather=self.gather
        )

    def extra_repr(self) -> str:
        r"""Show the options."""
        return f"redundancy={self.redundancy}, unbiased={self.unbiased}"
