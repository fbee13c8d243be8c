r"""Swapped prediction of assignments to prototypes.

Legend: N rows of each view, D width, K prototypes.
"""

import torch
from torch import Tensor, nn

from gcl.checks import check_int, check_matrix, check_pair, check_positive, describe
from gcl.functional.autocast import full_precision
from gcl.functional.normalize import unit_rows
from gcl.functional.sinkhorn import sinkhorn_codes
from gcl.losses.reduce import check_reduction, reduce_rows


@full_precision
def sw_av(
    z1: Tensor,
    z2: Tensor,
    prototypes: Tensor,
    *,
    temperature: float = 0.1,
    epsilon: float = 0.05,
    iterations: int = 3,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute the swapped prediction loss of two views: see :class:`SwAV`.

    Shapes:
        z1 [N, D], z2 [N, D], prototypes [K, D] -> scalar, or [N] for ``reduction="none"``
    """
    check_pair(z1, z2)
    check_positive(temperature, "temperature")
    check_reduction(reduction)
    check_matrix(prototypes, "prototypes")
    if prototypes.size(1) != z1.size(1):
        raise ValueError(
            f"prototypes must have the width {z1.size(1)} of z1, got {describe(prototypes)}"
        )
    u, v = unit_rows(z1), unit_rows(z2)
    directions = unit_rows(prototypes).to(u.dtype).t()
    scores = u @ directions, v @ directions  # [N, K]
    codes = [sinkhorn_codes(s, epsilon=epsilon, iterations=iterations) for s in scores]
    predicted = [(s / temperature).log_softmax(1) for s in scores]
    swapped = (codes[0] * predicted[1]).sum(1) + (codes[1] * predicted[0]).sum(1)
    return reduce_rows(-swapped / 2, reduction)


class SwAV(nn.Module):
    r"""Predict from one view to which prototypes the other view is assigned (`SwAV
    <https://arxiv.org/abs/2006.09882>`_).

    .. math::
        \ell_i = -\frac{1}{2} \sum_k \Big[ q^{(1)}_{ik} \log p^{(2)}_{ik}
            + q^{(2)}_{ik} \log p^{(1)}_{ik} \Big], \qquad
        p^{(a)}_{ik} = \operatorname{softmax}_k \frac{s(z^{(a)}_i, c_k)}{\tau}

    with cosine similarity s to learnt prototypes c, and codes q from Sinkhorn's algorithm
    (:func:`~gcl.functional.sinkhorn.sinkhorn_codes`), which gives every prototype about the same
    number of rows. Positive: the code of the other view. Negatives: none; prototypes compete for
    rows. Codes have no gradient; rows and prototypes are trained by the predictions.

    Prototypes count by their direction. The authors scale them to unit length in place before each
    step; here the length is divided out in the loss, which gives the same scores and needs no step
    outside the optimiser. They also hold the prototypes still at first:
    ``loss.prototypes.requires_grad_(False)`` until then.

    Args:
        in_channels: width D of the projections.
        num_prototypes: K; ten to a hundred times the expected number of classes.
        temperature: :math:`\tau` > 0 of the predictions.
        epsilon: entropy of the codes, above 0.
        iterations: rounds of Sinkhorn's algorithm, 1 or more.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N rows.

    Shapes:
        z1 [N, D], z2 [N, D] -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, another
            width than the prototypes', options out of range, or an unknown reduction.

    Cost:
        O(N K D) time, O(N K) memory.

    Example:
        >>> loss = SwAV(16, num_prototypes=30)
        >>> z1, z2 = torch.randn(2, 100, 16)
        >>> loss(z1, z2).shape
        torch.Size([])
    """

    def __init__(
        self,
        in_channels: int,
        num_prototypes: int,
        *,
        temperature: float = 0.1,
        epsilon: float = 0.05,
        iterations: int = 3,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        check_int(in_channels, "in_channels", minimum=1)
        check_int(num_prototypes, "num_prototypes", minimum=2)
        self.prototypes = nn.Parameter(torch.empty(num_prototypes, in_channels))
        self.temperature = check_positive(temperature, "temperature")
        self.epsilon = check_positive(epsilon, "epsilon")
        self.iterations = check_int(iterations, "iterations", minimum=1)
        self.reduction = check_reduction(reduction)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the prototypes anew, uniformly on the sphere."""
        with torch.no_grad():
            self.prototypes.copy_(nn.functional.normalize(torch.randn_like(self.prototypes)))

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Return the loss of two views of the same N rows."""
        return sw_av(
            z1,
            z2,
            self.prototypes,
            temperature=self.temperature,
            epsilon=self.epsilon,
            iterations=self.iterations,
            reduction=self.reduction,
        )

    def extra_repr(self) -> str:
        r"""Show the sizes and the options."""
        k, d = self.prototypes.shape
        return (
            f"in_channels={d}, num_prototypes={k}, temperature={self.temperature}, "
            f"epsilon={self.epsilon}, iterations={self.iterations}"
        )
