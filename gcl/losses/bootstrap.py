r"""Prediction of a target network's projection: the loss of BYOL and BGRL.

Legend: N rows, P pairs, D width.
"""

from torch import Tensor, nn

from gcl.checks import check_edge_index, check_pair, describe
from gcl.functional.csr import row_products
from gcl.functional.normalize import unit_rows
from gcl.losses.reduce import check_reduction, reduce_rows


def bootstrap(
    prediction: Tensor,
    target: Tensor,
    *,
    pairs: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute the bootstrap loss: see :class:`Bootstrap`."""
    check_pair(prediction, target, ("prediction", "target"))
    u, v = unit_rows(prediction), unit_rows(target.detach())
    cosine = (u * v).sum(1) if pairs is None else row_products(u, v, _check(pairs, len(u)))
    return reduce_rows(2 - 2 * cosine, reduction)


def _check(pairs: Tensor, num_rows: int) -> Tensor:
    if not check_edge_index(pairs, num_rows, "pairs").size(1):
        raise ValueError(f"pairs must hold at least one pair, got {describe(pairs)}")
    return pairs


class Bootstrap(nn.Module):
    r"""Predict the direction of each row of a target (`BYOL <https://arxiv.org/abs/2006.07733>`_).

    .. math::
        L = \frac{1}{N} \sum_i \left[ 2 - 2 \cos(q_i, \operatorname{sg}(y_i)) \right]

    with q = ``prediction`` and y = ``target``. Positive: the same row of the target. Negatives:
    none. No gradient reaches the target (sg): it comes from a slowly moving copy of the encoder.
    Without such a copy and a prediction head a constant output would be optimal. The value lies in
    [0, 4] and is the squared distance of the unit vectors; a row of zeros costs 2.

    One direction only, as in `BGRL <https://arxiv.org/abs/2102.06514>`_, which uses it on graphs.
    AFGRL adds both: ``loss(q(u), v) + loss(q(v), u)``; BGRL takes half of that.

    With ``pairs`` the positives of a prediction may be any rows of the target, several or none; the
    mean is then over pairs. `AFGRL <https://arxiv.org/abs/2112.02472>`_ pairs nodes with nodes
    nearby.

    Args:
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N rows, or the P pairs.

    Shapes:
        prediction [N, D], target [N, D], pairs [2, P] or None -> scalar, or [N] or [P] for
        ``reduction="none"``

    Raises:
        TypeError, ValueError: for inputs that are no finite float matrices of one shape, pairs out
            of range or none at all, or an unknown reduction.

    Cost:
        O(N D), with pairs O((N + P) D) time; O(N D + P) memory.

    Example:
        >>> q = torch.eye(2)
        >>> Bootstrap(reduction="none")(q, torch.tensor([[3.0, 0.0], [0.0, -1.0]]))
        tensor([0., 4.])
    """

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = check_reduction(reduction)

    def forward(self, prediction: Tensor, target: Tensor, pairs: Tensor | None = None) -> Tensor:
        r"""Return the loss of N predictions of N targets.

        Args:
            prediction: what the prediction head gives.
            target: what the target network gives.
            pairs: positives (i, j), row i of ``prediction`` and row j of ``target``; the same
                rows if None.
        """
        return bootstrap(prediction, target, pairs=pairs, reduction=self.reduction)

    def extra_repr(self) -> str:
        r"""Show the reduction."""
        return f"reduction={self.reduction!r}"
