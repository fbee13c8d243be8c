r"""Centralities of graphs, found once for each.

Legend: N nodes, M edges.
"""

from torch import Tensor

from gcl.augmenters.per_graph import PerGraph
from gcl.checks import check_choice, describe
from gcl.functional.centrality import CENTRALITIES


class Centrality:
    r"""The centrality of every node, computed once for each content of a graph.

    Augmenters that are given one and the same object share what it found.

    Args:
        kind: ``"degree"``, ``"eigenvector"`` or ``"pagerank"``.

    Shapes:
        edge_index [2, M], number of nodes N -> [N]

    Example:
        >>> Centrality("degree")(torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), 3)
        tensor([1., 2., 1.])
    """

    def __init__(self, kind: str = "degree") -> None:
        if not isinstance(kind, str):
            raise TypeError(f"centrality must be a name or a Centrality, got {describe(kind)}")
        self.kind = check_choice(kind, "centrality", CENTRALITIES)
        self._found: PerGraph[Tensor] = PerGraph(CENTRALITIES[kind])

    def __call__(self, edge_index: Tensor, num_nodes: int) -> Tensor:
        r"""The centrality of every node of a graph; not to be changed."""
        return self._found(edge_index, num_nodes)

    def __repr__(self) -> str:
        return f"Centrality({self.kind!r})"


def as_centrality(centrality: str | Centrality) -> Centrality:
    r"""An object for a name; the object itself otherwise."""
    return centrality if isinstance(centrality, Centrality) else Centrality(centrality)
