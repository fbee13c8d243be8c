r"""The local-global objective of Deep Graph Infomax.

Legend: N nodes, D width, G graphs.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.utils import scatter

from gcl.checks import check_int, check_pair, describe
from gcl.functional.autocast import full_precision
from gcl.functional.normalize import at_least_float32
from gcl.losses.reduce import check_reduction, reduce_rows


@full_precision
def local_global(
    h: Tensor,
    h_corrupt: Tensor,
    weight: Tensor,
    bias: Tensor,
    *,
    batch: Tensor | None = None,
    context: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute the loss of Deep Graph Infomax: see :class:`LocalGlobal`.

    Shapes:
        h [N, D], h_corrupt [N, D], weight [D, D], bias [1], batch [N] or None, context [N, D] or
        None -> scalar or [N]
    """
    check_pair(h, h_corrupt, ("h", "h_corrupt"))
    if context is None:
        context = h
    check_pair(h, context, ("h", "context"))
    _check_batch(batch, len(h))
    h, h_corrupt, context = map(at_least_float32, (h, h_corrupt, context))
    weight, bias = weight.to(h.dtype), bias.to(h.dtype)
    direction = torch.sigmoid(_mean(context, batch)) @ weight.t()  # W c: [1, D] or [G, D]
    direction = direction if batch is None else direction[batch]
    real = (h * direction).sum(1) + bias  # [N]
    fake = (h_corrupt * direction).sum(1) + bias  # [N]
    return reduce_rows((F.softplus(-real) + F.softplus(fake)) / 2, reduction)


def _check_batch(batch: Tensor | None, length: int) -> None:
    if batch is None:
        return
    if not isinstance(batch, Tensor) or batch.dtype not in (torch.int32, torch.int64):
        raise TypeError(f"batch must be an integer tensor [{length}], got {describe(batch)}")
    if batch.shape != (length,):
        raise ValueError(f"batch must have shape [{length}], got {describe(batch)}")
    if length and int(batch.min()) < 0:
        raise ValueError(f"batch must be 0 or above, got {int(batch.min())}")


def _mean(h: Tensor, batch: Tensor | None) -> Tensor:
    return h.mean(0, keepdim=True) if batch is None else scatter(h, batch.long(), reduce="mean")


class LocalGlobal(nn.Module):
    r"""Tell a graph's nodes from those of a corrupted graph, given the graph's summary (`DGI
    <https://arxiv.org/abs/1809.10341>`_).

    .. math::
        c = \sigma\Big(\frac{1}{N} \sum_i h_i\Big), \quad D(h, c) = h^\top W c + b, \qquad
        L = -\frac{1}{2N} \sum_i \left[ \log \sigma(D(h_i, c))
            + \log (1 - \sigma(D(\tilde h_i, c))) \right]

    Positives: the nodes of the real graph with its summary. Negatives: the nodes of the corrupted
    graph (its features permuted over the nodes) with the same summary. With ``batch``, every graph
    has a summary of its own. With ``context``, the embeddings of the same nodes in another view of
    the graph, the summary is that of the other view, as in `MVGRL
    <https://arxiv.org/abs/2006.05582>`_.

    Args:
        in_channels: width D of the embeddings.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N nodes.

    Shapes:
        h [N, D], h_corrupt [N, D], batch [N] or None, context [N, D] or None -> scalar, or [N] for
        ``reduction="none"``

    Raises:
        TypeError, ValueError: for embeddings that are no finite float matrices of one shape, or a
            ``batch`` vector of another length.

    Example:
        >>> loss = LocalGlobal(16)
        >>> loss(torch.randn(5, 16), torch.randn(5, 16)).shape
        torch.Size([])
    """

    def __init__(self, in_channels: int, *, reduction: str = "mean") -> None:
        super().__init__()
        check_int(in_channels, "in_channels", minimum=1)
        self.weight = nn.Parameter(torch.empty(in_channels, in_channels))
        self.bias = nn.Parameter(torch.empty(1))
        self.reduction = check_reduction(reduction)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the weight anew (Xavier uniform) and set the bias to zero."""
        nn.init.xavier_uniform_(self.weight)
        nn.init.zeros_(self.bias)

    def forward(
        self,
        h: Tensor,
        h_corrupt: Tensor,
        batch: Tensor | None = None,
        *,
        context: Tensor | None = None,
    ) -> Tensor:
        r"""Return the loss of a graph's embeddings and those of its corruption."""
        return local_global(
            h,
            h_corrupt,
            self.weight,
            self.bias,
            batch=batch,
            context=context,
            reduction=self.reduction,
        )
