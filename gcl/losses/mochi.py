r"""InfoNCE with synthetic negatives mixed from the hardest real ones.

Legend: N rows of each view, D width, H hardest negatives, S synthetic ones of an anchor.
"""

from functools import partial

import torch
from torch import Generator, Tensor

from gcl.checks import check_int, check_positive
from gcl.functional.autocast import full_precision
from gcl.functional.draws import uniform
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_logsumexp, row_topk
from gcl.losses.base import PairwiseLoss
from gcl.losses.negatives import check_negatives
from gcl.losses.reduce import check_reduction, reduce_rows


@full_precision
def mochi(
    z1: Tensor,
    z2: Tensor,
    *,
    temperature: float = 0.5,
    hardest: int = 32,
    mixed: int = 16,
    query_mixed: int = 8,
    generator: Generator | None = None,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute InfoNCE with mixed hard negatives: see :class:`Mochi`."""
    check_negatives(z1, z2)
    check_positive(temperature, "temperature")
    check_reduction(reduction)
    _check_counts(hardest, mixed, query_mixed)
    if hardest >= len(z1):
        raise ValueError(f"hardest must be at most {len(z1) - 1}, the negatives; got {hardest}")
    u, v = unit_rows(z1), unit_rows(z2)
    lse = partial(row_logsumexp, scale=1 / temperature, precision=precision, block_size=block_size)
    partition = []
    for a, b in ((u, v), (v, u)):
        fixed = a.detach(), b.detach()
        _, near = row_topk(*fixed, hardest, exclude_diagonal=True, block_size=block_size)
        synthetic = _mixtures(*fixed, near, mixed, query_mixed, generator)  # [N, S, D]
        extra = (synthetic @ a[:, :, None]).squeeze(2) / temperature  # [N, S]
        partition.append(torch.logaddexp(lse(a, b), extra.logsumexp(1)))
    positive = (u * v).sum(1) / temperature  # [N]
    return reduce_rows(sum(partition) / 2 - positive, reduction)


def _mixtures(
    query: Tensor,
    key: Tensor,
    near: Tensor,
    mixed: int,
    query_mixed: int,
    generator: Generator | None,
) -> Tensor:
    r"""Synthetic negatives of every query: of pairs of hard ones, then with the query itself.

    Shapes:
        query [N, D], key [N, D], near [N, H] -> [N, mixed + query_mixed, D]
    """

    def share(count: int) -> Tensor:
        return uniform((len(near), count, 1), key.device, generator, key.dtype)

    def pick(count: int) -> Tensor:
        at = (near.size(1) * share(count).squeeze(2)).long()
        return key[near.gather(1, at)]  # [N, count, D]

    alpha, beta = share(mixed), share(query_mixed) / 2
    pairs = alpha * pick(mixed) + (1 - alpha) * pick(mixed)
    own = beta * query[:, None] + (1 - beta) * pick(query_mixed)
    synthetic = torch.cat([pairs, own], dim=1)
    return unit_rows(synthetic.flatten(0, 1)).view(synthetic.shape)


def _check_counts(hardest: int, mixed: int, query_mixed: int) -> None:
    check_int(hardest, "hardest", minimum=1)
    check_int(mixed, "mixed")
    check_int(query_mixed, "query_mixed")
    if mixed + query_mixed == 0:
        raise ValueError(f"hardest={hardest} would be ignored with mixed=0 and query_mixed=0")


class Mochi(PairwiseLoss):
    r"""Contrast every row with those of the other view and with mixtures of the hardest of them
    (`MoCHi <https://arxiv.org/abs/2010.01028>`_).

    .. math::
        \ell(u_i) = -\log \frac{e^{s(u_i, v_i) / \tau}}
        {\sum_j e^{s(u_i, v_j) / \tau} + \sum_{h \in H_i} e^{s(u_i, h) / \tau}}, \qquad
        L = \frac{1}{2N} \sum_i \left[ \ell(u_i) + \ell(v_i) \right]

    with cosine similarity s. Positive: the same row of the other view. Negatives: all other rows of
    the other view, and the synthetic :math:`H_i`: ``mixed`` points between two of the ``hardest``
    negatives, :math:`\alpha n_a + (1 - \alpha) n_b` with :math:`\alpha \sim U(0, 1)`, and
    ``query_mixed`` points towards the anchor, :math:`\beta u_i + (1 - \beta) n_a` with
    :math:`\beta \sim U(0, 1/2)`, all scaled to unit length. They are drawn anew at every call and
    pass no gradient on to what they were mixed from; the anchor receives theirs. Real negatives do
    have gradients here.

    Unverified: the formulas are not checked against the authors' text or code. There, negatives
    come from a memory of 65,536 rows with ``hardest=1024, mixed=1024, query_mixed=128``; here the
    memory is the other view, and a tenth of the nodes is a good bound for ``hardest``. On graphs
    many of the hardest negatives are nodes of the anchor's class.

    Args:
        temperature: :math:`\tau` > 0.
        hardest: how many of the most similar negatives to mix from, 1 to N - 1.
        mixed: synthetic negatives from pairs of them, 0 or more.
        query_mixed: synthetic negatives from one of them and the anchor, 0 or more.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N pairs.

    Shapes:
        z1 [N, D], z2 [N, D] -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, fewer rows
            than ``hardest`` + 1, no synthetic negatives at all, a temperature that is not positive,
            or an unknown precision or reduction.

    Cost:
        O(N^2 D) time, one walk more than InfoNCE to find the hardest; O(N (``hardest`` + S D))
        memory for S = ``mixed`` + ``query_mixed``.

    Example:
        >>> loss = Mochi(hardest=4, mixed=2, query_mixed=1)
        >>> loss(torch.randn(9, 8), torch.randn(9, 8)).shape
        torch.Size([])
    """

    def __init__(
        self,
        temperature: float = 0.5,
        *,
        hardest: int = 32,
        mixed: int = 16,
        query_mixed: int = 8,
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(precision=precision, block_size=block_size, reduction=reduction)
        _check_counts(hardest, mixed, query_mixed)
        self.temperature = check_positive(temperature, "temperature")
        self.hardest, self.mixed, self.query_mixed = hardest, mixed, query_mixed

    def forward(self, z1: Tensor, z2: Tensor, *, generator: Generator | None = None) -> Tensor:
        r"""Return the loss of two views of the same N rows; ``generator`` draws the mixtures."""
        return mochi(
            z1,
            z2,
            temperature=self.temperature,
            hardest=self.hardest,
            mixed=self.mixed,
            query_mixed=self.query_mixed,
            generator=generator,
            **self.options,
        )

    def extra_repr(self) -> str:
        r"""Show the parameters and the options."""
        own = (
            f"temperature={self.temperature}, hardest={self.hardest}, mixed={self.mixed}, "
            f"query_mixed={self.query_mixed}"
        )
        return f"{own}, {super().extra_repr()}"
