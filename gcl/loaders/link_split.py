r"""Train, validation and test edges, with the held-out ones removed from the graph.

Legend: N nodes, M stored edges, P edges as unordered pairs.
"""

from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.checks import check_edge_index, check_int, check_number
from gcl.functional.structure import refresh_structural_features
from gcl.loaders.negatives import pair_ids, pairs_of, sample_non_edges


@dataclass(frozen=True, eq=False)
class LinkSplit:
    r"""Edges to fit, choose and score a link decoder on, beside the graph an encoder may see.

    Args:
        data: the message-passing graph; it holds no validation or test edge in any direction.
        train_pos: its edges, each unordered pair once.
        train_neg: pairs that no edge joins, to fit a decoder with.
        val_pos: held-out edges to choose hyper-parameters on, possibly none.
        val_neg: non-edges for the same.
        test_pos: held-out edges that are only ever scored, at least one.
        test_neg: non-edges for the same, at least one.

    Shapes:
        all edge tensors: [2, K], integers in [0, N), K of its own for each.

    Raises:
        TypeError: if ``data`` is no ``Data`` or edges are not integers.
        ValueError: for malformed edges, an empty test part, or a held-out edge in the graph.
    """

    data: Data
    train_pos: Tensor
    train_neg: Tensor
    val_pos: Tensor
    val_neg: Tensor
    test_pos: Tensor
    test_neg: Tensor

    def __post_init__(self) -> None:
        num_nodes = _check_graph(self.data)
        for field in fields(self)[1:]:
            check_edge_index(getattr(self, field.name), num_nodes, field.name)
        for name in ("test_pos", "test_neg"):
            if not getattr(self, name).size(1):
                raise ValueError(f"{name} must hold at least one edge, got none")
        visible = pair_ids(self.data.edge_index)
        for name in ("val_pos", "test_pos"):
            leaked = int(torch.isin(pair_ids(getattr(self, name)), visible).sum())
            if leaked:
                raise ValueError(f"{name} has {leaked} edges that are still in data.edge_index")


def link_split(data: Data, *, val: float = 0.05, test: float = 0.10, seed: int = 0) -> LinkSplit:
    r"""Hold out edges for validation and test, and draw as many non-edges for each part.

    This is the split of `VGAE <https://arxiv.org/abs/1611.07308>`_: 85/5/10 % of the undirected
    edges. An edge, its reverse and all its duplicates are held out together, also in a directed
    graph, so that no held-out edge reaches an encoder in either direction. Self loops stay in
    the graph and are in no part. Non-edges are drawn uniformly and without repetition from the
    whole graph; those of the three parts are disjoint. The global random state is not touched.

    Args:
        data: the graph. Edge attributes stay aligned; ``data`` itself is not changed. Features that
            :func:`gcl.datasets.load` made of degrees or edge features are made anew of the edges
            that are left.
        val: share of validation edges in [0, 1); 0 leaves that part empty.
        test: share of test edges in (0, 1). Numbers of edges are rounded down.
        seed: seed of the draw, 0 or above.

    Returns:
        The split; every pair is listed once, smaller node first, in random order.

    Raises:
        TypeError: if ``data`` is not a ``Data`` with an ``edge_index``.
        ValueError: if the shares leave a part without edges, the graph is too dense for as many
            non-edges as edges, or ``data`` stores its edges a second time as ``adj_t``.

    Cost:
        O(M log M) time, O(M) memory.

    Example:
        >>> import torch
        >>> from torch_geometric.data import Data
        >>> from gcl.loaders import link_split
        >>> ring = torch.stack([torch.arange(20), torch.arange(1, 21) % 20])
        >>> split = link_split(Data(edge_index=torch.cat([ring, ring.flip(0)], 1), num_nodes=20))
        >>> split.data.num_edges, split.val_pos.size(1), split.test_neg.size(1)
        (34, 1, 2)
    """
    num_nodes, device = _check_graph(data), data.edge_index.device
    check_int(seed, "seed")
    ids = pair_ids(data.edge_index.cpu())
    pairs = ids[ids >= 0].unique()  # sorted, one entry for both directions and all duplicates
    sizes = _part_sizes(len(pairs), val, test)
    generator = torch.Generator().manual_seed(seed)
    positives = pairs[torch.randperm(len(pairs), generator=generator)].split(sizes)
    negatives = sample_non_edges(pairs, num_nodes, len(pairs), generator).split(sizes, dim=1)
    held_out = torch.isin(ids, torch.cat(positives[1:]))
    graph = data.edge_subgraph(~held_out.to(device))
    graph.num_nodes = num_nodes  # a node whose edges are all held out is still a node
    refresh_structural_features(graph)
    parts = {}
    for name, positive, negative in zip(
        ("train", "val", "test"), positives, negatives, strict=True
    ):
        parts[f"{name}_pos"] = pairs_of(positive).to(device)
        parts[f"{name}_neg"] = negative.to(device)
    return LinkSplit(graph, **parts)


def _part_sizes(total: int, val: float, test: float) -> list[int]:
    check_number(val, "val")
    check_number(test, "test")
    if not (val >= 0 and test > 0 and val + test < 1):
        raise ValueError(
            f"val must be at least 0, test above 0 and their sum below 1, got {val} and {test}"
        )
    num_val, num_test = int(val * total + 1e-9), int(test * total + 1e-9)
    num_train = total - num_val - num_test
    if not num_test or not num_train or (val and not num_val):
        raise ValueError(
            f"val={val} and test={test} of {total} edges (unordered pairs, no self loops) give "
            f"{num_train}/{num_val}/{num_test} train/val/test edges; each part needs at least one"
        )
    return [num_train, num_val, num_test]


def _check_graph(data: Data) -> int:
    r"""Raise unless ``data`` is a graph stored once, as ``edge_index``; return its node count."""
    if not isinstance(data, Data) or data.get("edge_index") is None:
        raise TypeError(f"data must be a torch_geometric Data with edge_index, got {data!r}")
    twice = [key for key in ("adj_t", "adj") if key in data]
    if twice:
        raise ValueError(f"data.{twice[0]} would keep held-out edges; remove it, got {data}")
    num_nodes = int(data.num_nodes or 0)
    check_edge_index(data.edge_index, num_nodes, "data.edge_index")
    return num_nodes
