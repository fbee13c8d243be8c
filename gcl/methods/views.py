r"""Which rows of two views show the same node.

Legend: N nodes of the graph, B seeds of a sampled batch, K nodes that are contrasted.
"""

import torch
from torch import Tensor
from torch_geometric.data import Data

Rows = Tensor | slice


def aligned_rows(batch: Data, view1: Data, view2: Data) -> tuple[Rows, Rows]:
    r"""Rows of two views that show the same nodes, in the same order.

    Views that keep all nodes are aligned as they are: all rows, or the B seeds of a sampled batch.
    Views that lost nodes must carry ``n_id``, as :class:`~gcl.augmenters.NodeDrop` sets it; the
    nodes that both kept are aligned.

    Raises:
        ValueError: if a view lost nodes and does not say which.
    """
    seeds = slice(batch.get("batch_size"))
    if view1.num_nodes == view2.num_nodes == batch.num_nodes:
        return seeds, seeds
    ids = torch.arange(batch.num_nodes, device=batch.x.device)
    names = ids if batch.get("n_id") is None else batch.n_id
    rows1, rows2 = (_row_of(view, batch.num_nodes, names)[seeds] for view in (view1, view2))
    both = (rows1 >= 0) & (rows2 >= 0)  # [K]
    return rows1[both], rows2[both]


def _row_of(view: Data, num_nodes: int, names: Tensor) -> Tensor:
    r"""For each of the graph's N nodes its row in the view, -1 if the view dropped it: [N]."""
    if view.num_nodes == num_nodes:
        return torch.arange(num_nodes, device=names.device)
    if view.get("n_id") is None:
        raise ValueError(
            f"augmenters that remove nodes must set 'n_id' on the view; got {view.num_nodes} "
            f"nodes of {num_nodes} without it"
        )
    order = names.argsort()
    place = torch.searchsorted(names[order], view.n_id)
    row = names.new_full((num_nodes,), -1)
    row[order[place]] = torch.arange(view.num_nodes, device=names.device)
    return row
