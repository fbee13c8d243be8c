r"""InfoNCE of some nodes against all nodes of a table.

Legend: N nodes, M candidates, B anchors, D width.
"""

import torch
from torch import Tensor

from gcl.checks import check_choice, check_flag, check_matrix, check_pair, check_positive, describe
from gcl.functional.normalize import at_least_float32, unit_rows
from gcl.functional.pairs import check_vector
from gcl.functional.whole_rows import total_logsumexp
from gcl.losses.base import StreamedLoss


def all_node_info_nce(
    anchor: Tensor,
    candidates: Tensor,
    positive: Tensor,
    *,
    weight: Tensor | None = None,
    temperature: float = 0.2,
    normalize: bool = True,
    clamp: float | None = None,
    reduction: str = "mean",
    precision: str = "highest",
    block_size: int | None = None,
) -> Tensor:
    r"""Compute InfoNCE of anchors against all candidates: see :class:`AllNodeInfoNCE`.

    Args:
        anchor: rows to contrast, [B, D].
        candidates: all rows they are contrasted with, [M, D].
        positive: which candidate is the positive of each anchor, [B].
        weight: how often each anchor counts, [B], 0 or above with a sum above 0; once if None.
            Constant: it gets no gradient.
        temperature: as in the class.
        normalize: as in the class.
        clamp: as in the class.
        reduction: as in the class.
        precision: as in the class.
        block_size: as in the class.
    """
    check_matrix(anchor, "anchor")
    check_matrix(candidates, "candidates")
    if anchor.size(1) != candidates.size(1) or anchor.dtype != candidates.dtype:
        raise ValueError(
            "anchor and candidates must agree in width and dtype, got "
            f"{describe(anchor)} and {describe(candidates)}"
        )
    _check_options(temperature, clamp, reduction)
    check_index(positive, len(candidates), "positive")
    if len(positive) != len(anchor):
        raise ValueError(f"positive must have shape [{len(anchor)}], got {describe(positive)}")
    prepared = unit_rows if normalize else at_least_float32
    u, v = prepared(anchor), prepared(candidates)
    weight = u.new_ones(len(u)) if weight is None else _check_weight(weight, len(u)).to(u.dtype)
    logit = (u * v.index_select(0, positive)).sum(1) / temperature  # [B]
    if clamp is not None:
        logit = logit.clamp(-clamp, clamp)
    options = {"scale": 1 / temperature, "precision": precision, "block_size": block_size}
    total = total_logsumexp(u, v, weight, **options) - (weight * logit).sum()  # type: ignore[arg-type]
    return total if reduction == "sum" else total / weight.sum()


def check_index(index: Tensor, size: int, name: str = "index") -> Tensor:
    r"""Raise unless ``index`` is a vector of whole numbers in [0, size) that is not empty."""
    if not isinstance(index, Tensor) or index.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"{name} must be an integer tensor [B], got {describe(index)}")
    if index.dim() != 1 or not len(index):
        raise ValueError(f"{name} must have shape [B] with B > 0, got {describe(index)}")
    low, high = (int(v) for v in index.aminmax())
    if low < 0 or high >= size:
        raise ValueError(f"{name} must lie in [0, {size}), got {low if low < 0 else high}")
    return index


def _check_weight(weight: Tensor, length: int) -> Tensor:
    if not isinstance(weight, Tensor) or weight.shape != (length,):
        raise ValueError(f"weight must be a tensor of shape [{length}], got {describe(weight)}")
    weight = check_vector(at_least_float32(weight.detach()), length, "weight")
    if not (weight.min() >= 0 and weight.sum() > 0):
        raise ValueError(f"weight must be 0 or above with a sum above 0, got {describe(weight)}")
    return weight


def _check_options(temperature: float, clamp: float | None, reduction: str) -> None:
    check_positive(temperature, "temperature")
    check_choice(reduction, "reduction", ("mean", "sum"))
    if clamp is not None:
        check_positive(clamp, "clamp")


class AllNodeInfoNCE(StreamedLoss):
    r"""Contrast some nodes of one view with all nodes of the other (`SGL
    <https://arxiv.org/abs/2010.10783>`_).

    .. math::
        L = \frac{1}{B} \sum_{b} \Big[ \log \sum_{j=1}^{N} e^{s(u_b, v_j) / \tau}
            - s(u_b, v_b) / \tau \Big]

    with u = ``z1``, v = ``z2``, and s the cosine or, without ``normalize``, the inner product.
    Positive: the same node of the other view. Negatives: *all* other nodes of the other view,
    whether in the batch or not; the positive stays in the denominator. Only ``z1`` holds anchors.

    A node that stands in the batch several times counts as often, but is computed once. No B x N
    matrix is alive, and the gradient is formed with the value: see
    :func:`~gcl.functional.whole_rows.total_logsumexp`.

    Args:
        temperature: :math:`\tau` > 0.
        normalize: compare directions; otherwise raw inner products, as LightGCL does.
        clamp: bound c of the positive's logit, which beyond [-c, c] gets no gradient (LightGCL: 5);
            none if None. The denominator is never bounded.
        reduction: ``"mean"`` or ``"sum"`` over the B anchors.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: rows of a block; chosen for the number of nodes if None.

    Shapes:
        z1 [N, D], z2 [N, D], index [B] -> scalar

    Raises:
        TypeError, ValueError: for views that are no finite float matrices, an index that is no
            vector of nodes, or options out of range.

    Cost:
        O(B N D) time, O(N D) memory.

    Example:
        >>> z = torch.eye(4)
        >>> AllNodeInfoNCE(temperature=1.0)(z, z, torch.tensor([0, 2]))
        tensor(0.7437)
    """

    def __init__(
        self,
        temperature: float = 0.2,
        *,
        normalize: bool = True,
        clamp: float | None = None,
        reduction: str = "mean",
        precision: str = "highest",
        block_size: int | None = None,
    ) -> None:
        super().__init__(precision=precision, block_size=block_size)
        _check_options(temperature, clamp, reduction)
        self.temperature, self.clamp, self.reduction = temperature, clamp, reduction
        self.normalize = check_flag(normalize, "normalize")

    def forward(self, z1: Tensor, z2: Tensor, index: Tensor) -> Tensor:
        r"""Return the loss of the nodes ``index`` of two views of the same N nodes."""
        check_pair(z1, z2)
        check_index(index, len(z1))
        nodes, count = index.unique(return_counts=True)
        return all_node_info_nce(
            z1.index_select(0, nodes),
            z2,
            nodes,
            weight=count,
            temperature=self.temperature,
            normalize=self.normalize,
            clamp=self.clamp,
            reduction=self.reduction,
            **self.options,
        )

    def extra_repr(self) -> str:
        r"""Show the temperature and the options."""
        own = f"temperature={self.temperature}, normalize={self.normalize}, clamp={self.clamp}"
        return f"{own}, reduction={self.reduction!r}, {super().extra_repr()}"
