r"""The supervised contrastive loss: nodes of one class are each other's positives.

Legend: N rows of each view, M candidates (2N, or those of all processes), D width, C classes (an
unlabelled node is one of its own).
"""

import torch
from torch import Tensor
from torch_geometric.utils import scatter

from gcl.checks import check_flag, check_labels, check_pair, check_positive
from gcl.functional.gather import gather_rows
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_logsumexp
from gcl.losses.base import GatheredLoss
from gcl.losses.reduce import check_reduction, reduce_rows


def sup_con(
    z1: Tensor,
    z2: Tensor,
    y: Tensor | None = None,
    *,
    temperature: float = 0.07,
    base_temperature: float | None = None,
    gather: bool = False,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute the supervised contrastive loss of two views: see :class:`SupCon`."""
    check_pair(z1, z2)
    check_positive(temperature, "temperature")
    check_reduction(reduction)
    base = temperature if base_temperature is None else base_temperature
    check_positive(base, "base_temperature")
    z = unit_rows(torch.cat([z1, z2]))  # [2N, D]
    candidates, own = gather_rows(z) if check_flag(gather, "gather") else (z, 0)  # [M, D]
    partition = row_logsumexp(
        z,
        candidates,
        scale=1 / temperature,
        exclude_diagonal=True,
        diagonal=own,
        precision=precision,
        block_size=block_size,
    )  # [2N]
    group = _classes(y, len(z1), z1.device, own, gather)  # [M]
    positive = _mean_positive(z, candidates, group, own) / temperature  # [2N]
    rows = (temperature / base) * (partition - positive)
    return reduce_rows(rows.view(2, -1).mean(0), reduction)


def _classes(
    y: Tensor | None, num_nodes: int, device: torch.device, own: int, gather: bool
) -> Tensor:
    r"""Class of every candidate row, each unlabelled node in a class of its own: [M]."""
    nodes = torch.arange(num_nodes, device=device) + own // 2  # two rows a node
    label = -1 - nodes  # below all labels
    if y is not None:
        check_labels(y, num_nodes)
        y = y.to(device).long()
        label = torch.where(y < 0, label, y)
    label = label.repeat(2)
    if gather:  # whole numbers survive a float64
        label = gather_rows(label[:, None].double())[0][:, 0]
    return label.unique(return_inverse=True)[1]


def _mean_positive(z: Tensor, candidates: Tensor, group: Tensor, own: int) -> Tensor:
    r"""Mean similarity of every row to the others of its group, by sums over groups: [2N]."""
    total = scatter(candidates, group, reduce="sum")  # [C, D]
    mine = group[own : own + len(z)]
    others = group.bincount()[mine] - 1  # [2N], at least the node's other view
    return ((z * total[mine]).sum(1) - (z * z).sum(1)) / others


class SupCon(GatheredLoss):
    r"""Contrast every node with all others, those of its class being positives (`SupCon
    <https://arxiv.org/abs/2004.11362>`_).

    .. math::
        \ell_a = -\frac{\tau}{\tau_b} \frac{1}{|P(a)|} \sum_{p \in P(a)} \log
            \frac{e^{s(z_a, z_p) / \tau}}{\sum_{k \neq a} e^{s(z_a, z_k) / \tau}}, \qquad
        L = \frac{1}{2N} \sum_a \ell_a

    over the 2N rows of both views, with cosine similarity s. Positives P(a): the same node in the
    other view, and both views of all other nodes with its label. Negatives: every other row of both
    views. Positives stay in the denominator, and their mean is taken outside the logarithm. Without
    labels the loss is :class:`~gcl.losses.NTXent`.

    Pass the labels of **training nodes only** and -1 for all others; anything else leaks the labels
    that the evaluation asks for: ``y.masked_fill(~train_mask, -1)``. An unlabelled node has its
    other view as its only positive, and is a negative of all other nodes.

    Args:
        temperature: :math:`\tau` > 0.
        base_temperature: :math:`\tau_b` > 0, scales the loss; ``temperature`` if None.
        gather: in a group of processes, take the rows and labels of all of them; their mean loss,
            with gradients averaged, is then that of one process with all rows. The processes must
            hold equally many rows.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N nodes.

    Shapes:
        z1 [N, D], z2 [N, D], y [N] or None -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, labels that
            are no integers of -1 or above, one per node, a temperature that is not positive, or an
            unknown precision or reduction.

    Cost:
        O(N^2 D) time, O(N D) memory; the positives cost O(N D), by one sum of vectors per class.

    Example:
        >>> z1, z2 = torch.randn(4, 8), torch.randn(4, 8)
        >>> SupCon(temperature=0.5)(z1, z2, torch.tensor([0, 0, -1, -1])).shape
        torch.Size([])
    """

    def __init__(
        self,
        temperature: float = 0.07,
        *,
        base_temperature: float | None = None,
        gather: bool = False,
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(
            gather=gather, precision=precision, block_size=block_size, reduction=reduction
        )
        self.temperature = check_positive(temperature, "temperature")
        if base_temperature is not None:
            check_positive(base_temperature, "base_temperature")
        self.base_temperature = base_temperature

    def forward(self, z1: Tensor, z2: Tensor, y: Tensor | None = None) -> Tensor:
        r"""Return the loss of two views of the same N rows, given labels of some."""
        return sup_con(
            z1,
            z2,
            y,
            temperature=self.temperature,
            base_temperature=self.base_temperature,
            **self.options,
        )

    def extra_repr(self) -> str:
        r"""Show the temperature and the options."""
        return f"temperature={self.temperature}, {super().extra_repr()}"
