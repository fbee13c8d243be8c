r"""The loss of SPGCL: the most similar rows as positives, random rows as negatives.

Legend: B rows, D width, K positives of a row, R negatives of a row.
"""

import torch
from torch import Tensor, nn

from gcl.checks import check_int, check_matrix
from gcl.functional.neighbors import mean_rows, products_at
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_topk


class SinglePass(nn.Module):
    r"""Raise the similarity with the ``top_k`` most similar rows, lower that with random ones.

    See :class:`~gcl.methods.SPGCL` for the formula. Positives: the K rows of largest cosine
    similarity, the row itself among them. Negatives: ``num_negatives`` rows drawn uniformly with
    repetition, the row itself perhaps among them.

    Args:
        top_k: K, cut to the number of rows.
        num_negatives: R.
    """

    def __init__(self, top_k: int, num_negatives: int) -> None:
        super().__init__()
        self.top_k = check_int(top_k, "top_k", minimum=1)
        self.num_negatives = check_int(num_negatives, "num_negatives", minimum=1)

    def forward(self, z: Tensor) -> Tensor:
        r"""Return the loss of rows among themselves: [B, D] -> scalar."""
        z = unit_rows(check_matrix(z, "z"))
        drawn = torch.randint(len(z), (len(z), self.num_negatives), device=z.device)
        negative = products_at(z, z, drawn).square().sum(1)
        return (negative - 2 * self._positive(z)).mean()

    def _positive(self, z: Tensor) -> Tensor:
        r"""Mean similarity with the most similar rows: [B]."""
        k = min(self.top_k, len(z))
        index = row_topk(z.detach(), z.detach(), k)[1]
        return (z * mean_rows(z, index)).sum(1)

    def extra_repr(self) -> str:
        r"""Show the parameters."""
        return f"top_k={self.top_k}, num_negatives={self.num_negatives}"
