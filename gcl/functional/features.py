r"""Random changes of node features.

None of these rescales what it keeps, as is usual in graph contrastive learning (and unlike
dropout). Gradients flow to ``x``.

Legend: N nodes, F features.
"""

import torch
from torch import Tensor

from gcl.checks import check_non_negative, check_probability, describe
from gcl.functional.draws import check_probabilities, keep_mask, normal, permutation
from gcl.functional.sparse_features import mask_columns, take_rows


def mask_features(
    x: Tensor, p: float | Tensor = 0.5, *, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    r"""Set each column of ``x`` to zero with probability ``p``: one mask, shared by all nodes.

    The feature masking of `GRACE <https://arxiv.org/abs/2006.04131>`_.

    Args:
        x: Node features of any numeric dtype, dense or in the ``torch.sparse_csr`` layout.
        p: Probability in [0, 1] of masking a column, or one per column. Default 0.5.
        generator: Source of randomness. Default: torch's global generator.

    Shapes:
        - **x:** :math:`[N, F]`; **p:** a number or :math:`[F]`
        - **returns:** :math:`[N, F]` and the mask :math:`[F]`, True where a column is kept

    Returns:
        The masked features (a new tensor in the layout of ``x``) and the mask.

    Raises:
        TypeError: if ``x`` is not a tensor of these layouts, or ``p`` not a number or float tensor.
        ValueError: if ``x`` is not 2-D, or ``p`` has the wrong shape or leaves [0, 1].

    Example:
        >>> mask_features(torch.ones(1, 2), p=1.0)
        (tensor([[0., 0.]]), tensor([False, False]))
    """
    sparse = _is_csr(x)
    if not sparse:
        check_dense(x)
    if x.dim() != 2:
        raise ValueError(f"x must have 2 dimensions [N, F], got {describe(x)}")
    p = check_probabilities(p, x.size(1), x.device)
    mask = keep_mask(p, x.size(1), x.device, generator)
    return mask_columns(x, mask) if sparse else _zero_where_not(mask, x), mask


def drop_features(
    x: Tensor, p: float = 0.5, *, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    r"""Set each single entry of ``x`` to zero, independently, with probability ``p``.

    Args:
        x: Node features of any numeric dtype.
        p: Probability in [0, 1] of dropping an entry. Default 0.5.
        generator: Source of randomness. Default: torch's global generator.

    Shapes:
        - **x:** :math:`[N, *]`
        - **returns:** features and mask, both :math:`[N, *]`; True where an entry is kept

    Returns:
        The thinned features (a new tensor) and the mask.

    Raises:
        TypeError: if ``x`` is not a dense tensor or ``p`` not a number.
        ValueError: if ``p`` lies outside [0, 1].

    Example:
        >>> drop_features(torch.ones(1, 2), p=0.0)
        (tensor([[1., 1.]]), tensor([[True, True]]))
    """
    check_dense(x)
    mask = keep_mask(check_probability(p), x.shape, x.device, generator)
    return _zero_where_not(mask, x), mask


def add_noise(
    x: Tensor, std: float = 0.1, *, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    r"""Add independent Gaussian noise of standard deviation ``std`` to every entry of ``x``.

    Args:
        x: Node features of a floating-point dtype.
        std: Standard deviation, 0 or above. Default 0.1.
        generator: Source of randomness. Default: torch's global generator.

    Shapes:
        - **x:** :math:`[N, *]`; **returns:** noisy features and the noise, both :math:`[N, *]`

    Returns:
        ``x + noise`` and ``noise``.

    Raises:
        TypeError: if ``x`` is not a dense floating-point tensor.
        ValueError: if ``std`` is negative or not finite.

    Example:
        >>> add_noise(torch.ones(1, 2), std=0.0)[0]
        tensor([[1., 1.]])
    """
    check_dense(x)
    if not x.is_floating_point():
        raise TypeError(f"x must have a floating-point dtype to take noise, got {describe(x)}")
    noise = normal(x, generator) * check_non_negative(std, "std")
    return x + noise, noise


def shuffle_rows(
    x: Tensor, *, batch: Tensor | None = None, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    r"""Permute the rows of ``x``: nodes exchange features while the graph stays.

    The corruption of `DGI <https://arxiv.org/abs/1809.10341>`_. The permutation is uniform, so a
    row may stay in its place.

    Args:
        x: Node features of any dtype, dense or in the ``torch.sparse_csr`` layout.
        batch: Graph of each node, in any order; rows then stay within their graph. Default: all
            nodes are one graph.
        generator: Source of randomness. Default: torch's global generator.

    Shapes:
        - **x:** :math:`[N, *]`; **batch:** :math:`[N]`; **returns:** :math:`[N, *]`, :math:`[N]`

    Returns:
        ``x[perm]`` and ``perm``.

    Raises:
        TypeError: if ``x`` is not a tensor of these layouts.
        ValueError: if ``batch`` does not have one entry per row.

    Example:
        >>> shuffle_rows(torch.ones(3, 1), batch=torch.tensor([0, 1, 2]))[1]
        tensor([0, 1, 2])

    Cost: O(N), and two sorts of N numbers with ``batch``.
    """
    if not _is_csr(x):
        check_dense(x)
    perm = permutation(len(x), x.device, generator)
    if batch is not None:
        if batch.shape != (len(x),):
            raise ValueError(f"batch must have shape [{len(x)}], got {describe(batch)}")
        perm = _within_groups(perm, batch)
    return take_rows(x, perm), perm


def _within_groups(perm: Tensor, batch: Tensor) -> Tensor:
    # Both sides list the nodes graph by graph, one in order and one in random order.
    target = batch.argsort(stable=True)
    source = perm[batch[perm].argsort(stable=True)]
    return torch.empty_like(perm).scatter_(0, target, source)


def check_dense(x: Tensor, name: str = "x") -> Tensor:
    r"""Raise TypeError unless ``x`` is a dense tensor, ValueError if it has no dimension."""
    if not isinstance(x, Tensor) or x.layout != torch.strided:
        raise TypeError(f"{name} must be a dense tensor [N, F], got {describe(x)}")
    if x.dim() == 0:
        raise ValueError(f"{name} must have one row per node, got {describe(x)}")
    return x


def _is_csr(x: Tensor) -> bool:
    return isinstance(x, Tensor) and x.layout == torch.sparse_csr


def _zero_where_not(mask: Tensor, x: Tensor) -> Tensor:
    # Not x * mask: 0 * NaN is NaN, so a masked entry would leak into the view.
    return torch.where(mask, x, x.new_zeros(()))
