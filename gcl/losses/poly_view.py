r"""Contrast of two views or more: the poly-view objectives.

Legend: M views, N rows of each view, D width.
"""

import math
from functools import partial

import torch
from torch import Tensor

from gcl.checks import check_choice, check_positive
from gcl.functional.autocast import full_precision
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_logsumexp
from gcl.losses.base import PairwiseLoss
from gcl.losses.reduce import check_reduction, reduce_rows
from gcl.losses.views import Views, check_several_rows, unit_views

FORMS = ("geometric", "arithmetic", "sufficient")


@full_precision
def poly_view(
    views: Views,
    *,
    form: str = "geometric",
    temperature: float = 0.5,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute a poly-view loss: see :class:`PolyView`."""
    z = unit_views(views, minimum=2, use="one view has no positive")
    check_several_rows(z)
    check_choice(form, "form", FORMS)
    check_positive(temperature, "temperature")
    check_reduction(reduction)
    lse = partial(row_logsumexp, scale=1 / temperature, precision=precision, block_size=block_size)
    if form == "sufficient":
        others = unit_rows((z.sum(0) - z).flatten(0, 1)).view(z.shape)  # means of the other views
        partition = torch.stack([lse(z[m], others[m]) for m in range(len(z))])  # [M, N]
        rows = partition - (z * others).sum(2) / temperature
    else:
        rows = _averaged(_log_probabilities(z, temperature, lse), form)
    return reduce_rows(rows.mean(0), reduction)


def _log_probabilities(z: Tensor, temperature: float, lse: partial[Tensor]) -> Tensor:
    r"""Log p of picking each positive among itself and all other rows of all views: [M, M, N].

    A pass per pair of views leaves out all rows of the anchor's node. Subtracting them from one
    pass over everything would cancel where positives dominate.
    """
    count = range(len(z))
    views = [z[m] for m in count]  # one object per view: a view with itself walks half of the pairs
    passes = [[lse(views[a], views[c], exclude_diagonal=True) for c in count] for a in count]
    negatives = torch.stack([torch.stack(p).logsumexp(0) for p in passes])  # [M, N]
    positives = torch.einsum("and,bnd->abn", z, z) / temperature  # [M, M, N]
    return positives - torch.logaddexp(positives, negatives[:, None])


def _averaged(log_p: Tensor, form: str) -> Tensor:
    r"""Minus the log of the mean probability over the other views, of either kind: [M, N]."""
    m = len(log_p)
    itself = torch.eye(m, dtype=torch.bool, device=log_p.device)[..., None]
    if form == "geometric":
        return -log_p.masked_fill(itself, 0.0).sum(1) / (m - 1)
    return math.log(m - 1) - log_p.masked_fill(itself, -math.inf).logsumexp(1)


class PolyView(PairwiseLoss):
    r"""Contrast every node with all others over any number of views (`PolyViewCLR
    <https://arxiv.org/abs/2403.05490>`_).

    .. math::
        p_{i \alpha \beta} = \frac{e^{s(z_{i \alpha}, z_{i \beta}) / \tau}}
            {e^{s(z_{i \alpha}, z_{i \beta}) / \tau}
             + \sum_{j \neq i} \sum_\gamma e^{s(z_{i \alpha}, z_{j \gamma}) / \tau}}

    with cosine similarity s and node i in view :math:`\alpha` as anchor. Positives: the same row of
    every other view. Negatives: the other rows of all M views; rows of the anchor's own node never
    compete with its positive. The forms of the loss, averaged over i and :math:`\alpha`:

    - ``"geometric"``: :math:`-\frac{1}{M - 1} \sum_{\beta \neq \alpha} \log p_{i \alpha \beta}`.
      For two views this is :class:`~gcl.losses.NTXent`.
    - ``"arithmetic"``: :math:`-\log \frac{1}{M - 1} \sum_{\beta \neq \alpha} p_{i \alpha \beta}`,
      never above the geometric form.
    - ``"sufficient"``: InfoNCE of the anchor with the mean of its other views, scaled to unit
      length. Negatives: such means of the other rows. For two views this is
      :class:`~gcl.losses.InfoNCE`. Unverified: this form of the sufficient statistics
      was not checked against the paper.

    Args:
        temperature: :math:`\tau` > 0.
        form: ``"geometric"``, ``"arithmetic"`` or ``"sufficient"``.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N nodes.

    Shapes:
        views [M, N, D], or M matrices [N, D] -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for fewer than 2 views or 2 rows, views that are no finite float
            matrices of one shape, a temperature that is not positive, or an unknown option.

    Cost:
        O(M^2 N^2 D) time for the first two forms and O(M N^2 D) for the third; O(M^2 N D) memory.

    Example:
        >>> z = torch.eye(4)
        >>> PolyView(temperature=1.0)([z, z, z])
        tensor(1.4612)
    """

    def __init__(
        self,
        temperature: float = 0.5,
        *,
        form: str = "geometric",
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(precision=precision, block_size=block_size, reduction=reduction)
        self.temperature = check_positive(temperature, "temperature")
        self.form = check_choice(form, "form", FORMS)

    def forward(self, views: Views) -> Tensor:
        r"""Return the loss of M views of the same N rows."""
        return poly_view(views, form=self.form, temperature=self.temperature, **self.options)

    def extra_repr(self) -> str:
        r"""Show the form, the temperature and the options."""
        return f"form={self.form!r}, temperature={self.temperature}, {super().extra_repr()}"
