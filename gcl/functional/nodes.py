r"""Random removal of nodes.

Legend: N nodes, M edges.
"""

import torch
from torch import Tensor
from torch_geometric import EdgeIndex

from gcl.checks import check_edge_index, check_int
from gcl.functional.draws import check_probabilities, keep_mask
from gcl.functional.edges import plain


def drop_nodes(
    edge_index: Tensor,
    num_nodes: int,
    p: float | Tensor = 0.5,
    *,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Drop every node independently with probability ``p``, and renumber the rest.

    The node dropping of `GraphCL <https://arxiv.org/abs/2010.13902>`_, with a random instead of a
    fixed number of nodes. Edges of a dropped node go with it. No node is kept by force: p = 1, or
    bad luck in a small graph, leaves an empty graph.

    Args:
        edge_index: Edges, integers in [0, N).
        num_nodes: Number of nodes N.
        p: Probability in [0, 1] of dropping a node, or one per node. Default 0.5.
        generator: Source of randomness. Default: torch's global generator.

    Shapes:
        - **edge_index:** :math:`[2, M]`; **p:** a number or :math:`[N]`
        - **returns:** :math:`[2, M']`, :math:`[N]`, :math:`[M]`

    Returns:
        The edges among kept nodes, renumbered 0, 1, ... in the old order of nodes; the mask of
        kept nodes; the mask of kept edges.

    Raises:
        TypeError: for an argument of the wrong kind.
        ValueError: for a wrong shape, an index outside [0, N), or ``p`` outside [0, 1].

    Example:
        >>> drop_nodes(torch.tensor([[0, 1], [1, 2]]), 3, p=0.0)[0]
        tensor([[0, 1],
                [1, 2]])
    """
    check_edge_index(edge_index, check_int(num_nodes, "num_nodes"))
    p = check_probabilities(p, num_nodes, edge_index.device)
    keep = keep_mask(p, num_nodes, edge_index.device, generator)
    return induce(edge_index, keep)


def induce(edge_index: Tensor, keep: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    r"""The subgraph on the nodes where ``keep`` [N] is true, as :func:`drop_nodes` returns it."""
    ends = plain(edge_index)
    edge_mask = keep[ends].all(dim=0)
    new_id = (keep.cumsum(0) - 1).to(ends.dtype)
    return _like(edge_index, new_id[ends[:, edge_mask]], int(keep.sum())), keep, edge_mask


def _like(old: Tensor, new: Tensor, num_nodes: int) -> Tensor:
    # Renumbering is monotone and an induced subgraph is as symmetric as the graph.
    if not isinstance(old, EdgeIndex):
        return new
    size = (num_nodes, num_nodes)
    return EdgeIndex(
        new, sparse_size=size, sort_order=old.sort_order, is_undirected=old.is_undirected
    )
