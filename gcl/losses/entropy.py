r"""Means of the logits under their own softmax, without the N x N softmax.

Legend: N rows of ``a``, M rows of ``b``, D width.
"""

from torch import Tensor

from gcl.functional.pairwise import row_sum
from gcl.functional.phi import Phi

# p log p as a function of log p. Pairs that cannot be told from p = 0 give 0.
P_LOG_P = Phi(1.0, lambda s: s.mul_(s.exp()), lambda s: s.exp().mul_(s.add_(1.0)))


def row_p_log_p(
    a: Tensor,
    b: Tensor,
    log_partition: Tensor,
    *,
    scale: float = 1.0,
    row_bias: Tensor | None = None,
    col_bias: Tensor | None = None,
    precision: str,
    block_size: int | None,
) -> Tensor:
    r"""Sum p_ij log p_ij over j != i, with log p_ij = s_ij - log_partition_i: minus an entropy.

    If p sums to 1 over all blocks of a row, their sum plus ``log_partition`` is the mean of s_ij
    under p. Differentiable in the factors, the biases and the partition.

    Args:
        a: anchors.
        b: candidates.
        log_partition: log of the sum of exp(s_ij) over all candidates of a row.
        scale: positive factor of the inner products.
        row_bias: added to every s_ij of a row, [N].
        col_bias: added to every s_ij of a column, [M].
        precision: as in :func:`gcl.functional.pairwise.row_sum`.
        block_size: as in :func:`gcl.functional.pairwise.row_sum`.

    Shapes:
        a [N, D], b [M, D], log_partition [N] -> [N]
    """
    return row_sum(
        a,
        b,
        phi=P_LOG_P,
        scale=scale,
        row_bias=-log_partition if row_bias is None else row_bias - log_partition,
        col_bias=col_bias,
        exclude_diagonal=True,
        precision=precision,
        block_size=block_size,
    )
