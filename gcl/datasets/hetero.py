r"""Interactions in a heterogeneous graph of one's own or of PyG."""

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from gcl.checks import OptionError, check_finite, describe
from gcl.datasets.interactions import interactions

EdgeType = tuple[str, str, str]


def from_hetero(
    data: HeteroData,
    edge_type: EdgeType,
    *,
    test_edge_index: Tensor | None = None,
    rating: str | None = None,
    min_rating: float | None = None,
) -> HeteroData:
    r"""Take one edge type of a graph as interactions; everything else is left behind.

    For ``AmazonBook`` of PyG, ``from_hetero(data, ("user", "rates", "book"),
    test_edge_index=data["user", "rates", "book"].edge_label_index)``; for ``MovieLens1M``,
    ``from_hetero(data, ("user", "rates", "movie"), rating="rating", min_rating=3)``.

    Args:
        data: a PyG ``HeteroData``; not changed.
        edge_type: the edge type, from users to items by its first and last word.
        test_edge_index: interactions that are held out, where the data name some.
        rating: an attribute of the edges that decides which are interactions; with ``min_rating``.
        min_rating: edges with a lower rating are left out.

    Returns:
        The interactions, see :func:`~gcl.datasets.interactions`. The edges' ``time`` is kept, and
        a ``name`` of the nodes.

    Raises:
        TypeError: if ``data`` is no ``HeteroData``.
        OptionError: for an edge type or a rating that it lacks.
        ValueError: for edges out of range.

    Example:
        >>> data = HeteroData()
        >>> data["reader"].num_nodes, data["book"].num_nodes = 2, 3
        >>> data["reader", "likes", "book"].edge_index = torch.tensor([[1, 0], [0, 2]])
        >>> found = from_hetero(data, ("reader", "likes", "book"))
        >>> found["user", "rates", "item"].edge_index.tolist()
        [[0, 1], [2, 0]]
    """
    if not isinstance(data, HeteroData):
        raise TypeError(f"data must be a HeteroData, got {describe(data)}")
    if tuple(edge_type) not in data.edge_types:
        raise OptionError(f"edge_type must be one of {data.edge_types}, got {edge_type!r}")
    if (rating is None) != (min_rating is None):
        raise OptionError(f"rating={rating!r} and min_rating={min_rating!r} go together")
    store, ends = data[tuple(edge_type)], (edge_type[0], edge_type[2])
    kept = torch.ones(store.edge_index.size(1), dtype=torch.bool, device=store.edge_index.device)
    if rating is not None and min_rating is not None:
        if store.get(rating) is None:
            raise OptionError(f"rating must be an attribute of {edge_type}, got {rating!r}")
        kept = store[rating].view(-1) >= check_finite(min_rating, "min_rating")
    counts = [data[end].num_nodes for end in ends]
    names = [data[end].get("name") for end in ends]
    return interactions(
        store.edge_index[:, kept],
        num_users=counts[0],
        num_items=counts[1],
        time=store.time[kept] if isinstance(store.get("time"), Tensor) else None,
        test_edge_index=test_edge_index,
        user_names=names[0] if isinstance(names[0], list) else None,
        item_names=names[1] if isinstance(names[1], list) else None,
    )
