r"""Views of low rank."""

from typing import Any

from torch import Tensor
from torch_geometric.data import Batch, Data

from gcl.augmenters.alignment import require_edges
from gcl.augmenters.base import Augmenter, feature_stores
from gcl.augmenters.per_graph import PerGraph, constant
from gcl.augmenters.replacement import remove_edges
from gcl.checks import check_choice, check_int, check_matrix
from gcl.functional.edges import plain
from gcl.functional.features import check_dense
from gcl.functional.low_rank import LowRank
from gcl.functional.propagate import gcn_adjacency
from gcl.functional.svd import truncated_svd


class SVDView(Augmenter):
    r"""Replace the adjacency, or the features, by their approximation of rank ``q`` (`LightGCL
    <https://arxiv.org/abs/2302.08191>`_).

    A statistic of the graph, found by a randomised decomposition once for each graph, which is
    recognised by its content.

    With ``of="adjacency"`` the normalised adjacency :math:`\hat A` of a GCN is replaced by
    :math:`U \operatorname{diag}(s) V^\top`, which relates all nodes, and is kept as these factors:
    ``adj_t`` of the view holds a :class:`~gcl.functional.low_rank.LowRank`, and ``edge_index`` with
    all attributes of edges is gone. :class:`gcl.encoders.GCN` propagates by two thin products.
    With ``of="features"``, ``x`` is replaced by its approximation, dense [N, F].
    Functional twin: :func:`gcl.functional.truncated_svd`.

    Args:
        q: Rank, 1 or more; values beyond that of the matrix change nothing. Default 5.
        of: ``"adjacency"`` (the default; not for a ``Batch``, whose graphs would mix) or
            ``"features"``.
        niter: Rounds of subspace iteration, 0 or more. Default 2.
        oversample: Directions that are computed beside the ``q`` and left out. Default 10; LightGCL
            uses none.
        seed: Of the random projection. Default 0.

    Raises:
        TypeError: for an argument of the wrong kind, or data that is no ``Data`` or ``Batch``.
        ValueError: for an argument out of range, data without what is decomposed, or a ``Batch``
            with ``of="adjacency"``.

    Example:
        >>> data = Data(x=torch.eye(3), edge_index=torch.tensor([[0, 1], [1, 0]]))
        >>> SVDView(q=1)(data).adj_t.shape
        (3, 3)

    Cost: that of :func:`gcl.functional.truncated_svd` for a new graph, O(1) for the one seen last;
        O(N F q) for features.
    """

    accepts = (Data,)

    def __init__(
        self,
        q: int = 5,
        *,
        of: str = "adjacency",
        niter: int = 2,
        oversample: int = 10,
        seed: int = 0,
    ) -> None:
        self.q = check_int(q, "q", minimum=1)
        self.of = check_choice(of, "of", ("adjacency", "features"))
        self.niter = check_int(niter, "niter")
        self.oversample = check_int(oversample, "oversample")
        self.seed = check_int(seed, "seed")
        self._factors = PerGraph(_factorise)

    def augment(self, data: Any) -> None:
        r"""Put the approximation in the place of the adjacency or of the features."""
        if self.of == "features":
            (store,) = feature_stores(data, None)
            x = check_dense(store["x"])
            factors = self._factors(self._options(), constant(x))
            store["x"] = ((factors.u * factors.s) @ factors.v.t()).to(x.dtype)
            return
        store = data._store
        require_edges(store)
        if isinstance(data, Batch) and data.num_graphs > 1:
            raise ValueError(f"data must be one graph with of='adjacency', got {data}")
        num_nodes, weight = store.num_nodes, store.get("edge_weight")
        content = (plain(store["edge_index"]), num_nodes)
        own = () if weight is None else (constant(weight),)
        factors = self._factors(self._options(), *content, *own)
        remove_edges(data, store)
        store["adj_t"] = factors
        if "x" not in store:
            store["num_nodes"] = num_nodes

    def _options(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in ("q", "niter", "oversample", "seed")}


def _factorise(options: dict[str, int], features_or_edges: Tensor, *graph: Any) -> LowRank:
    r"""The factors of features, or of the adjacency of edges, number of nodes and any weights."""
    if graph:
        return truncated_svd(gcn_adjacency(features_or_edges, *graph), **options)
    return truncated_svd(check_matrix(features_or_edges, "x"), **options)
