r"""Random addition of edges."""

from collections.abc import Sequence
from typing import Any

import torch
from torch_geometric.data import HeteroData
from torch_geometric.data.storage import BaseStorage

from gcl.augmenters.base import Augmenter, EdgeType, check_edge_types, edge_stores
from gcl.augmenters.insertion import check_fill, insert_edges
from gcl.checks import check_flag, check_number, check_probability
from gcl.functional.draws import check_generator
from gcl.functional.new_edges import add_edges


class EdgeAdd(Augmenter):
    r"""Add, for every edge with probability ``p``, one random edge that does not exist yet.

    The number of new edges is binomial with mean :math:`p M`. They are no self loops, are
    distinct, and stay within a graph of a batch; a graph with too few missing edges gets all of
    them. New edges follow the old ones, in a ``Batch`` those of the same graph. Their
    ``edge_weight`` is 1. Functional twin: :func:`gcl.functional.add_edges`.

    Args:
        p: Probability in [0, 1] that an edge brings a new one. Default 0.5.
        undirected: Count and draw node pairs, and add both directions of each; not for edge types
            between two node types. Default False.
        fill: Value of all other per-edge attributes (``edge_attr``, ``e_id``, ...) of new edges.
            Default None: such attributes are an error.
        edge_types: Edge types of a ``HeteroData`` to add to, as a list of triples. Default: all.
        generator: Source of randomness, on any device. Default: torch's global generator of the
            data's device. A copy in a worker process repeats the draws of every other copy.

    Raises:
        TypeError: for an argument, or for data, of the wrong kind.
        ValueError: for ``p`` outside [0, 1], an unknown edge type, data without ``edge_index`` or
            with an ``adj_t``, per-edge attributes without ``fill``, or sampled hop counts.

    Example:
        >>> data = Data(edge_index=torch.tensor([[0], [1]]), num_nodes=2)
        >>> EdgeAdd(p=1.0)(data).edge_index.tolist()
        [[0, 1], [1, 0]]

    Cost: O((M + N) log M) time, O(M + N) memory.
    """

    def __init__(
        self,
        p: float = 0.5,
        *,
        undirected: bool = False,
        fill: float | None = None,
        edge_types: Sequence[EdgeType] | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        self.p = check_probability(p)
        self.undirected = check_flag(undirected, "undirected")
        self.fill = fill if fill is None else check_number(fill, "fill")
        self.edge_types = check_edge_types(edge_types)
        self.generator = check_generator(generator)

    def augment(self, data: Any) -> None:
        r"""Add to the chosen edge types."""
        for store in edge_stores(data, self.edge_types, square=self.undirected):
            check_fill(data, store, self.fill)
            num_nodes, batch = _ends(data, store)
            edge_index, old = add_edges(
                store["edge_index"],
                num_nodes,
                self.p,
                undirected=self.undirected,
                batch=batch,
                generator=self.generator,
            )
            sources = batch[0] if isinstance(batch, tuple) else batch
            insert_edges(data, store, edge_index, old, batch=sources, fill=self.fill)


def _ends(data: Any, store: BaseStorage) -> tuple[Any, Any]:
    r"""Number of nodes and graph of each node; pairs of them between two node types."""
    if not isinstance(data, HeteroData):
        return store.num_nodes, store.get("batch")
    source, _, target = store._key
    ends = [data[source]] if source == target else [data[source], data[target]]
    counts, batches = [s.num_nodes for s in ends], [s.get("batch") for s in ends]
    if source == target:
        return counts[0], batches[0]
    return tuple(counts), None if any(b is None for b in batches) else tuple(batches)
