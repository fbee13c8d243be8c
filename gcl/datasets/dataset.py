r"""The data set object that :func:`gcl.datasets.load` returns."""

from collections.abc import Callable

from torch_geometric.data import Data, HeteroData, InMemoryDataset

from gcl.datasets.entry import Entry
from gcl.datasets.validate import num_classes


class GraphDataset(InMemoryDataset):
    r"""A PyG data set of one graph that is in memory already.

    Args:
        data: the graph; a ``HeteroData`` for users and items.
        name: what it is called.
        entry: its row of the catalogue; None for a user's own graph.
        transform: applied at every access.

    Example:
        >>> import torch
        >>> graph = Data(x=torch.ones(2, 3), edge_index=torch.tensor([[0, 1], [1, 0]]))
        >>> GraphDataset(graph, "pair")
        GraphDataset('pair')
        >>> GraphDataset(graph, "pair")[0].num_nodes
        2
    """

    def __init__(
        self,
        data: Data | HeteroData,
        name: str,
        *,
        entry: Entry | None = None,
        transform: Callable[[Data | HeteroData], Data | HeteroData] | None = None,
    ) -> None:
        super().__init__(None, transform)
        self.name = name
        self.entry = entry
        self._data = data

    @property
    def num_classes(self) -> int:
        r"""Classes, or binary labels where ``y`` is a matrix; 0 without labels."""
        return num_classes(self._data)

    def __repr__(self) -> str:
        return f"GraphDataset({self.name!r})"
