r"""Diffusion in the place of a graph's edges."""

from typing import Any

from torch import Tensor
from torch_geometric.data import Data

from gcl.augmenters.alignment import require_edges
from gcl.augmenters.base import Augmenter
from gcl.augmenters.per_graph import PerGraph, constant
from gcl.augmenters.replacement import replace_edges
from gcl.functional.diffusion import diffuse
from gcl.functional.diffusion_options import DiffusionOptions
from gcl.functional.edges import plain


class Diffusion(Augmenter):
    r"""Replace the edges by those of a diffusion of the graph, weighted by where walks end (`MVGRL
    <https://arxiv.org/abs/2006.05582>`_).

    .. math::
        S_\text{ppr} = \alpha \big(I - (1 - \alpha) \hat A\big)^{-1}, \qquad
        S_\text{heat} = e^{-t (I - \hat A)}

    A statistic of the graph: nothing is drawn, and it is computed once for each graph, recognised
    by its content. ``edge_weight`` of the view holds the entries of S; that of the input, if any,
    enters the walks. Other attributes describe edges that are gone: the view has none. In a
    ``Batch`` walks stay within their graph. The exponential is that of the matrix, where the
    released code of MVGRL takes that of each entry. Functional twin:
    :func:`gcl.functional.diffuse`.

    Args:
        kind: ``"ppr"`` (personalised PageRank, the default) or ``"heat"``.
        alpha: Of ``"ppr"``: probability in (0, 1] of stopping at each step. Default 0.2.
        t: Of ``"heat"``: mean number of steps, above 0. Default 5.
        method: ``"exact"`` (the default) for up to 5,000 nodes, ``"push"`` for larger graphs.
        eps: Of ``"push"``: accuracy, above 0. Default 1e-4 for ppr, 1e-3 for heat.
        threshold: Entries below it are dropped. Default 0.
        top_k: How many entries a row keeps at most, the largest; None for all. Default 64.

    Raises:
        TypeError: for an argument of the wrong kind, or data that is no ``Data`` or ``Batch``.
        ValueError: for an argument out of range or without effect, a graph too large for
            ``"exact"``, negative weights, data without ``edge_index`` or with an ``adj_t``, or an
            attribute that may belong to nodes or to edges.

    Example:
        >>> data = Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=2)
        >>> Diffusion(alpha=0.5)(data).edge_weight
        tensor([0.7500, 0.2500, 0.2500, 0.7500])

    Cost: that of :func:`gcl.functional.diffuse` for a new graph, O(1) for the one seen last.
    """

    accepts = (Data,)

    def __init__(
        self,
        kind: str = "ppr",
        *,
        alpha: float | None = None,
        t: float | None = None,
        method: str = "exact",
        eps: float | None = None,
        threshold: float = 0.0,
        top_k: int | None = 64,
    ) -> None:
        DiffusionOptions(kind, alpha, t, method, eps, threshold, top_k)
        self.kind, self.alpha, self.t = kind, alpha, t
        self.method, self.eps = method, eps
        self.threshold, self.top_k = threshold, top_k
        self._diffused = PerGraph(_diffuse)

    def augment(self, data: Any) -> None:
        r"""Put the diffusion in the place of the edges."""
        store = data._store
        require_edges(store)
        content = (plain(store["edge_index"]), store.num_nodes)
        options = {name: getattr(self, name) for name in _OPTIONS}
        weight = store.get("edge_weight")
        edges = self._diffused(options, *content, *(() if weight is None else (constant(weight),)))
        replace_edges(data, store, *edges)


_OPTIONS = ("kind", "alpha", "t", "method", "eps", "threshold", "top_k")


def _diffuse(options: dict[str, Any], *graph: Any) -> tuple[Tensor, Tensor]:
    return diffuse(*graph, **options)
