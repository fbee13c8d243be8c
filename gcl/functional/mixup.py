r"""Mixtures of the features of two nodes.

Legend: N nodes, F features.
"""

import torch
from scipy.special import betaincinv
from torch import Tensor

from gcl.checks import check_positive, check_probability, describe
from gcl.functional.draws import uniform
from gcl.functional.features import check_dense, shuffle_rows


def mix_rows(
    x: Tensor,
    alpha: float | None = None,
    *,
    lam: float | None = None,
    batch: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Mix every row of ``x`` with another, in a proportion drawn for each (`mixup
    <https://arxiv.org/abs/1710.09412>`_).

    .. math::
        x_i' = \lambda_i x_i + (1 - \lambda_i) x_{\pi(i)}, \qquad
        \lambda_i \sim \text{Beta}(\alpha, \alpha)

    The partners are a uniformly random permutation :math:`\pi`, so a row may meet itself. Labels
    are not mixed, and the graph stays.

    Args:
        x: Node features, floating-point.
        alpha: Parameter > 0 of the distribution; uniform at 1, near 0 or 1 for small values, near
            1/2 for large ones. Default 1, unless ``lam`` is given.
        lam: A fixed proportion in [0, 1] of all rows, instead of ``alpha``. Default None.
        batch: Graph of each node; partners are then of the same graph. Default: all nodes are one.
        generator: Source of randomness. Default: torch's global generator.

    Shapes:
        - **x:** :math:`[N, *]`; **batch:** :math:`[N]`
        - **returns:** :math:`[N, *]`, :math:`[N]`, :math:`[N]`

    Returns:
        The mixed rows, :math:`\lambda`, and :math:`\pi`.

    Raises:
        TypeError: if ``x`` is not a dense floating-point tensor.
        ValueError: for ``alpha`` or ``lam`` out of range, or both given.

    Example:
        >>> mix_rows(torch.tensor([[2.0], [2.0]]), lam=0.3)[0]
        tensor([[2.],
                [2.]])

    Cost: O(N F), and two sorts of N numbers with ``batch``.
    """
    check_dense(x)
    if not x.is_floating_point():
        raise TypeError(f"x must have a floating-point dtype to be mixed, got {describe(x)}")
    alpha = check_mixture(alpha, lam)
    if lam is not None:
        share = x.new_full((len(x),), lam)
    else:
        draw = uniform(len(x), x.device, generator, dtype=torch.float64).cpu().numpy()
        share = torch.from_numpy(betaincinv(alpha, alpha, draw)).to(x)
    other, partner = shuffle_rows(x, batch=batch, generator=generator)
    weight = share.view(-1, *[1] * (x.dim() - 1))
    return weight * x + (1 - weight) * other, share, partner


def check_mixture(alpha: float | None, lam: float | None) -> float | None:
    r"""Return the parameter of the distribution, None if the proportion is fixed."""
    if lam is None:
        return 1.0 if alpha is None else check_positive(alpha, "alpha")
    check_probability(lam, "lam")
    if alpha is not None:
        raise ValueError(
            f"alpha must be None beside lam={lam}, which fixes the mixture; got {alpha}"
        )
    return None
