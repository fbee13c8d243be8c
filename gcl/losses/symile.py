r"""Contrast of three views or more by multilinear products: the loss of Symile.

Legend: M views, N rows of each view, D width, B rows of a block.
"""

import math
from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from gcl.checks import check_choice, check_flag, check_positive
from gcl.functional.autocast import full_precision
from gcl.functional.draws import check_generator
from gcl.functional.pairwise import row_logsumexp
from gcl.losses.base import PairwiseLoss
from gcl.losses.reduce import check_reduction, reduce_rows
from gcl.losses.views import Views, check_several_rows, unit_views

NEGATIVES = ("shuffled", "all")

# Products y_j * z_k that are alive at a time.
_BLOCK = 65536


@full_precision
def symile(
    views: Views,
    *,
    scale: float | Tensor = 1 / 0.07,
    negatives: str = "shuffled",
    generator: torch.Generator | None = None,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute the loss of Symile: see :class:`Symile`."""
    z = unit_views(views, minimum=3, use="for two views use InfoNCE")
    check_several_rows(z)
    check_reduction(reduction)
    check_generator(generator)
    if check_choice(negatives, "negatives", NEGATIVES) == "all" and len(z) != 3:
        raise ValueError(f"negatives='all' takes 3 views, got {len(z)}; use 'shuffled'")
    lse = partial(row_logsumexp, scale=scale, precision=precision, block_size=block_size)
    positive = scale * z.prod(0).sum(1)  # [N], the same for every anchor
    rows = []
    for m in range(len(z)):
        others = [z[k] for k in range(len(z)) if k != m]
        if negatives == "all":
            partition = _over_all_pairs(z[m], others[0], others[1], lse)
        else:
            shuffled = torch.stack([_shuffle(y, generator) for y in others]).prod(0)  # [N, D]
            partition = lse(z[m], shuffled, exclude_diagonal=True).logaddexp(positive)
        rows.append(partition - positive)
    return reduce_rows(torch.stack(rows).mean(0), reduction)


def _shuffle(y: Tensor, generator: torch.Generator | None) -> Tensor:
    source = y.device if generator is None else generator.device
    return y[torch.randperm(len(y), generator=generator, device=source).to(y.device)]


def _over_all_pairs(x: Tensor, y: Tensor, z: Tensor, lse: partial[Tensor]) -> Tensor:
    r"""Log-sum-exp over all N^2 products y_j * z_k, those of a few rows j at a time: [N].

    Backward makes the products of a block anew; only its [N] results are kept.
    """

    def of_block(block: Tensor, x: Tensor, z: Tensor) -> Tensor:
        return lse(x, (block[:, None] * z).flatten(0, 1))  # [B N, D]

    blocks = y.split(max(1, _BLOCK // len(z)))
    parts = [checkpoint(of_block, block, x, z, use_reentrant=False) for block in blocks]
    return torch.stack(parts).logsumexp(0)


class Symile(PairwiseLoss):
    r"""Contrast tuples of three views or more by the sum of their products (`Symile
    <https://arxiv.org/abs/2411.01053>`_).

    .. math::
        \langle x, y, z \rangle = \sum_d x_d y_d z_d, \qquad
        \ell(x_i) = -\log \frac{e^{s \langle x_i, y_i, z_i \rangle}}
            {e^{s \langle x_i, y_i, z_i \rangle}
             + \sum_{(j, k)} e^{s \langle x_i, y_j, z_k \rangle}}

    for unit rows, averaged over i and over which view is the anchor x. Unlike sums of pairwise
    losses, it sees dependence that shows in three views at once only. Positive: the tuple of row i.
    Negatives (j, k) of anchor i:

    - ``"shuffled"``: the N - 1 other tuples after shuffling the rows of every other view
      independently. A shuffled tuple may coincide with the positive one.
    - ``"all"``: all N^2 - 1 other pairs of rows of the two other views; three views only.

    Products of unit vectors are small, about :math:`1 / \sqrt{D}` at best for dense ones, so the
    scale has to be large; it is learnt unless ``learnable=False``. The product of a tuple does not
    change when two of its vectors change sign. Unverified: the initial scale, which is that of
    CLIP.

    Args:
        scale: initial factor s > 0 of the products.
        learnable: learn log s. Give the parameters of the loss to the optimiser.
        negatives: ``"shuffled"`` or ``"all"``.
        generator: source of the shuffles; torch's global one if None.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N tuples.

    Shapes:
        views [M, N, D], or M matrices [N, D] -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for fewer than 3 views or 2 rows, views that are no finite float
            matrices of one shape, a scale that is not positive, or an unknown option.

    Cost:
        O(M N^2 D) time and O(M N D) memory for ``"shuffled"``; O(N^3 D) time for ``"all"``.

    Example:
        >>> z = torch.eye(3)
        >>> loss = Symile(scale=1.0, learnable=False, negatives="all")
        >>> loss([z, z, z])  # 1 of 9 products is 1, the others are 0
        tensor(1.3720)
    """

    def __init__(
        self,
        scale: float = 1 / 0.07,
        *,
        learnable: bool = True,
        negatives: str = "shuffled",
        generator: torch.Generator | None = None,
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(precision=precision, block_size=block_size, reduction=reduction)
        log_scale = torch.tensor(math.log(check_positive(scale, "scale")))
        self.log_scale = nn.Parameter(log_scale, check_flag(learnable, "learnable"))
        self.negatives = check_choice(negatives, "negatives", NEGATIVES)
        self.generator = check_generator(generator)

    def forward(self, views: Views) -> Tensor:
        r"""Return the loss of M views of the same N rows."""
        return symile(
            views,
            scale=self.log_scale.exp(),
            negatives=self.negatives,
            generator=self.generator,
            **self.options,
        )

    def extra_repr(self) -> str:
        r"""Show the negatives and the options."""
        return f"negatives={self.negatives!r}, {super().extra_repr()}"
