r"""Random removal of nodes."""

from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data
from torch_geometric.data.storage import N_KEYS, BaseStorage

from gcl.augmenters.alignment import aligned_keys, lists_nodes, require_edges, slices_of
from gcl.augmenters.base import Augmenter
from gcl.augmenters.selection import select_edges, select_nodes, set_slices
from gcl.checks import check_probability
from gcl.functional.draws import check_generator
from gcl.functional.nodes import drop_nodes


class NodeDrop(Augmenter):
    r"""Drop every node independently with probability ``p``: really remove it, and its edges.

    The node dropping of `GraphCL <https://arxiv.org/abs/2010.13902>`_. Remaining nodes keep their
    order and are renumbered; node and edge attributes follow. ``n_id`` of the view holds the
    number of each node in the input (in an input that has ``n_id`` already, those are kept), so
    that a loss can align two views. No node is kept by force: with p = 1 the view has no nodes. A
    ``Batch`` keeps its number of graphs, some perhaps empty, so that graphs of two views still
    pair up. Functional twin: :func:`gcl.functional.drop_nodes`.

    Args:
        p: Probability in [0, 1] of dropping a node. Default 0.5.
        generator: Source of randomness, on any device. Default: torch's global generator of the
            data's device. A copy in a worker process repeats the draws of every other copy.

    Raises:
        TypeError: for an argument of the wrong kind, or data that is no ``Data`` or ``Batch``.
        ValueError: for ``p`` outside [0, 1], data without ``edge_index`` or with an ``adj_t``, an
            edge that leaves [0, N), another list of node indices (``edge_label_index``, ``face``),
            an attribute [N, N], or one that may belong to nodes or to edges.

    Example:
        >>> data = Data(x=torch.ones(3, 1), edge_index=torch.tensor([[0, 1], [1, 2]]))
        >>> NodeDrop(p=0.0)(data).n_id
        tensor([0, 1, 2])

    Cost: O(N + M).
    """

    accepts = (Data,)

    def __init__(self, p: float = 0.5, *, generator: torch.Generator | None = None) -> None:
        self.p = check_probability(p)
        self.generator = check_generator(generator)

    def augment(self, data: Any) -> None:
        r"""Remove the nodes, then the edges, then give the view its ``n_id``."""
        store = data._store
        require_edges(store)
        num_nodes = store.num_nodes
        keys = aligned_keys(data, store, "node")
        _refuse_unmappable(store, keys, num_nodes)
        edge_index, nodes, edges = drop_nodes(
            store["edge_index"], num_nodes, self.p, generator=self.generator
        )
        select_edges(data, store, edges, edge_index)
        old_ptr = store.get("ptr")
        select_nodes(data, store, keys, nodes)
        if "n_id" not in store:
            store["n_id"] = nodes.nonzero().view(-1)
            _slice_ids(data, store, old_ptr)


def _refuse_unmappable(store: BaseStorage, keys: list[str], num_nodes: int) -> None:
    for key in store.keys():  # noqa: SIM118
        if lists_nodes(key):
            raise ValueError(f"{key} must be removed before nodes are dropped: it lists nodes")
    for key in set(keys) - N_KEYS:
        shape = list(getattr(store[key], "shape", ()))
        if num_nodes > 1 and shape[:2] == [num_nodes, num_nodes]:
            raise ValueError(
                f"{key} of shape {shape} may hold a row, or a row and a column, per node; "
                f"remove it before nodes are dropped"
            )


def _slice_ids(data: Any, store: BaseStorage, old_ptr: Tensor | None) -> None:
    # In the batch, n_id counts through the whole batch; in a graph taken out of it, from 0.
    if isinstance(data, Batch) and old_ptr is not None and slices_of(data, store) is not None:
        set_slices(data, store, "_slice_dict", {"n_id": store["ptr"].cpu()})
        set_slices(data, store, "_inc_dict", {"n_id": old_ptr[:-1].cpu()})
