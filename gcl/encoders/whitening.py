r"""Shuffled group whitening of projections.

Legend: N rows, D width, G groups.
"""

import torch
from torch import Tensor, nn

from gcl.checks import check_int, check_positive
from gcl.functional.draws import check_generator
from gcl.functional.whitening import whiten_groups


class GroupWhitening(nn.Module):
    r"""Decorrelate columns within groups that are drawn anew in each training step (`WhitenedCSE
    <https://arxiv.org/abs/2305.17746>`_).

    A layer on projections, before the loss, applied to each view on its own. Columns are shuffled
    and split into G groups; each group is centred and multiplied by the inverse square root of its
    batch covariance; columns go back to their places. Several passes over one view give several
    versions of it, which serve as further positives.

    The rows of the input are the batch: there are no running statistics, in evaluation neither, so
    the output for a row depends on the others. In evaluation the groups are consecutive columns
    instead of random ones. As in the authors' code, no gradient flows through the whitening matrix.
    Unlike there, ``eps`` is added to the variances.

    Args:
        num_groups: number of groups G, a divisor of D. The authors have 6 columns in a group.
        eps: added to the variances, above 0.
        generator: source of the shuffles; torch's global one if None.

    Shapes:
        z [N, D] -> [N, D]

    Raises:
        TypeError, ValueError: if ``z`` is no finite float matrix with a row, its width is no
            multiple of ``num_groups``, or an option is out of range.

    Cost:
        O(N D^2 / G) time; N must exceed the D / G columns of a group by far.

    Example:
        >>> GroupWhitening(num_groups=4)(torch.randn(100, 16)).shape
        torch.Size([100, 16])
    """

    def __init__(
        self, num_groups: int, *, eps: float = 1e-5, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        self.num_groups = check_int(num_groups, "num_groups", minimum=1)
        self.eps = check_positive(eps, "eps")
        self.generator = check_generator(generator)

    def forward(self, z: Tensor) -> Tensor:
        r"""Return the rows of ``z`` with whitened groups of columns."""
        order = self._order(z) if self.training else None
        return whiten_groups(z, self.num_groups, order=order, eps=self.eps)

    def _order(self, z: Tensor) -> Tensor:
        device = z.device if self.generator is None else self.generator.device
        return torch.randperm(z.size(-1), generator=self.generator, device=device).to(z.device)

    def extra_repr(self) -> str:
        r"""Show the options."""
        return f"num_groups={self.num_groups}, eps={self.eps}"
