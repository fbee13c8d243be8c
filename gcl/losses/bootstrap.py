r"""Prediction of a target network's projection: the loss of BYOL and BGRL.

Legend: N rows, D width.
"""

from torch import Tensor, nn

from gcl.checks import check_pair
from gcl.functional.normalize import unit_rows
from gcl.losses.reduce import check_reduction, reduce_rows


def bootstrap(prediction: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    r"""Compute the bootstrap loss: see :class:`Bootstrap`."""
    check_pair(prediction, target, ("prediction", "target"))
    cosine = (unit_rows(prediction) * unit_rows(target.detach())).sum(1)  # [N]
    return reduce_rows(2 - 2 * cosine, reduction)


class Bootstrap(nn.Module):
    r"""Predict the direction of each row of a target (`BYOL <https://arxiv.org/abs/2006.07733>`_).

    .. math::
        L = \frac{1}{N} \sum_i \left[ 2 - 2 \cos(q_i, \operatorname{sg}(y_i)) \right]

    with q = ``prediction`` and y = ``target``. Positive: the same row of the target. Negatives:
    none. No gradient reaches the target (sg): it comes from a slowly moving copy of the encoder.
    Without such a copy and a prediction head a constant output would be optimal. The value lies in
    [0, 4] and is the squared distance of the unit vectors; a row of zeros costs 2.

    One direction only, as in `BGRL <https://arxiv.org/abs/2102.06514>`_, which uses it on graphs.
    Methods add both: ``loss(q(u), v) + loss(q(v), u)``.

    Args:
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N rows.

    Shapes:
        prediction [N, D], target [N, D] -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for inputs that are no finite float matrices of one shape, or an
            unknown reduction.

    Example:
        >>> q = torch.eye(2)
        >>> Bootstrap(reduction="none")(q, torch.tensor([[3.0, 0.0], [0.0, -1.0]]))
        tensor([0., 4.])
    """

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = check_reduction(reduction)

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        r"""Return the loss of N predictions of N targets."""
        return bootstrap(prediction, target, reduction=self.reduction)

    def extra_repr(self) -> str:
        r"""Show the reduction."""
        return f"reduction={self.reduction!r}"
