r"""Node compactness of a trained method.

Legend: N nodes, M edges, D embedding width.
"""

import torch
from torch import Tensor, nn
from torch_geometric.data import Data

from gcl.checks import check_int, describe
from gcl.methods.two_view import TwoView
from gcl.modes import evaluating
from gcl.regularizers import POT


@torch.no_grad()
def node_compactness(
    method: nn.Module, data: Data, *, draws: int = 10, mode: str = "exact"
) -> Tensor:
    r"""Score every node by how surely it stays closer to itself than to the rest when edges are
    dropped (node compactness of `POT <https://arxiv.org/abs/2309.13944>`_).

    Views are drawn as in training, several times; a node's score is the mean over draws and both
    views of the bound that :class:`~gcl.regularizers.POT` trains with. No label is read, and the
    method need not have been trained with that regulariser.

    Args:
        method: two-view method with a two-layer :class:`~gcl.encoders.GCN`, whose views drop edges.
        data: the graph.
        draws: how many pairs of views, 1 or more.
        mode: ``"exact"`` for the bound, ``"fast"`` for the score of the authors' code.

    Shapes:
        -> [N], on the device of the graph

    Raises:
        TypeError: for a method without two views.
        ValueError: for an encoder, views or a graph that no bound is known for.

    Example:
        >>> from gcl.datasets import load
        >>> from gcl.methods import GRACE
        >>> data = load("karate")[0]
        >>> node_compactness(GRACE(data.num_features, out_channels=8), data).shape
        torch.Size([34])

    Cost: that of ``draws`` training steps, without their loss.
    """
    if not isinstance(method, TwoView):
        raise TypeError(f"method must draw two views, as GRACE does, got {describe(method)}")
    check_int(draws, "draws", minimum=1)
    pot = POT(mode=mode)
    with evaluating(method):
        pairs = [pot.compactness(method, method.draw(data)) for _ in range(draws)]
    return torch.stack([score for pair in pairs for score in pair]).mean(0)


def incoming_degree(data: Data) -> Tensor:
    r"""Number of edges into each node, self loops left out: [N]."""
    source, target = data.edge_index
    return torch.bincount(target[source != target], minlength=data.num_nodes)


def rank_correlation(x: Tensor, y: Tensor) -> float | None:
    r"""Spearman's rank correlation of two vectors [N]; None if either is constant."""
    from scipy.stats import spearmanr

    if len(x) < 2 or x.min() == x.max() or y.min() == y.max():
        return None
    return float(spearmanr(x.cpu().numpy(), y.cpu().numpy()).statistic)
