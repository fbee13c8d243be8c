r"""Features for graphs that have none.

Legend: N nodes, M edges.
"""

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.utils import degree, scatter

from gcl.checks import check_choice

KINDS = ("degree", "constant", "identity")
_LARGEST_IDENTITY = 20_000  # an N x N float32 matrix of 1.6 GB


def structural_features(kind: str, edge_index: Tensor, num_nodes: int) -> Tensor:
    r"""Features that use the structure alone.

    Args:
        kind: ``"degree"``: one column :math:`\log(1 + \text{degree})` of edges that leave the node;
            ``"constant"``: one column of ones; ``"identity"``: one-hot node numbers, which say
            nothing about new nodes and are refused above 20,000 nodes.
        edge_index: edges of the graph.
        num_nodes: number of nodes.

    Shapes:
        edge_index [2, M] -> [N, 1], or [N, N] for ``"identity"``.
    """
    check_choice(kind, "features", KINDS)
    if kind == "degree":
        return torch.log1p(degree(edge_index[0], num_nodes)).unsqueeze(1)
    if kind == "constant":
        return torch.ones(num_nodes, 1)
    if num_nodes > _LARGEST_IDENTITY:
        raise ValueError(
            f"features='identity' is for at most {_LARGEST_IDENTITY} nodes, got {num_nodes} nodes"
        )
    return torch.eye(num_nodes)


def give_structural_features(data: Data, kind: str) -> None:
    r"""Set ``x`` to :func:`structural_features` of the graph, and ``x_of`` to what must follow it.

    Degrees tell of edges that a part of the graph lacks: :func:`refresh_structural_features` gives
    those of the part.
    """
    data.x = structural_features(kind, data.edge_index, int(data.num_nodes or 0))
    if kind == "degree":
        data.x_of = kind


def give_edge_features(data: Data) -> None:
    r"""Set ``x`` to the mean of ``edge_attr`` over the edges that leave a node, and ``x_of``."""
    data.x, data.x_of = _mean_of_edges(data), "edge_attr"


def refresh_structural_features(data: Data) -> None:
    r"""Make ``x`` anew of the edges that are there, if it was made of edges.

    Features of another width have been put in its place since, and stay.
    """
    kind = data.get("x_of")
    if kind == "edge_attr" and data.x.shape[1:] == data.edge_attr.shape[1:]:
        data.x = _mean_of_edges(data).to(data.x)
    elif kind == "degree" and data.x.size(-1) == 1:
        data.x = structural_features(kind, data.edge_index, len(data.x)).to(data.x)


def _mean_of_edges(data: Data) -> Tensor:
    source, num_nodes = data.edge_index[0], int(data.num_nodes or 0)
    return scatter(data.edge_attr, source, dim=0, dim_size=num_nodes, reduce="mean")
