r"""Synthetic graphs of the size and shape of known ones, for measurements where those are missing.

Legend: N nodes, M edges, F features, C classes.
"""

import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.checks import check_int, check_non_negative, check_positive, check_probability
from gcl.datasets.catalogue import CATALOGUE
from gcl.datasets.dataset import GraphDataset
from gcl.datasets.entry import Entry
from gcl.datasets.statistics import SHAPES
from gcl.functional.draws import permutation
from gcl.functional.planted import planted_pairs
from gcl.functional.power_law import EXPONENT, power_law
from gcl.registry import find

_ROWS = 2**16  # of features drawn in one go
_BLOCK, _SMALLEST_BLOCK = 256, 16


def like(
    name: str,
    *,
    scale: float = 1.0,
    seed: int = 0,
    homophily: float | None = None,
    signal: float = 0.1,
    local: float = 0.7,
) -> GraphDataset:
    r"""Draw a random graph of the size, degrees, classes and homophily of a known data set.

    It is for measurements of time and memory; scores on it say nothing about the data set. The
    edges are those of a degree-corrected planted partition
    (:func:`gcl.functional.planted_pairs`) with power-law degrees, class sizes fall as
    1 / rank, and features are

    .. math::
        x_i = s\, \mu_{y_i} + \epsilon_i

    with standard normal means :math:`\mu` of the classes and standard normal noise. Classes fall
    into blocks that hold most of their edges: without them no partition would be better than
    another. There are no self loops or parallel edges. Directed sets get one direction of each
    pair, undirected ones both. Numbers of nodes, edges, features and classes are exact, the
    homophily to rounding.

    Args:
        name: a name of the catalogue for which all counts are known and ``y`` holds classes.
        scale: numbers of nodes and edges, relative to the data set's; the mean degree stays.
        seed: of all draws.
        homophily: share of edges within a class; the data set's own if None.
        signal: s, how far the classes' means are apart.
        local: share of the edges within a class that stay in a block, but for hubs. Blocks have 256
            nodes, or a quarter of a class of mean size; there are none below 16 nodes.

    Shapes:
        x [N, F], edge_index [2, M], y [N]

    Returns:
        A data set of one graph, called ``synthetic-`` and the name.

    Raises:
        ValueError: for an unknown name, a set without the counts needed, or a scale at which the
            classes cannot hold the edges.

    Cost: O(N F + M log N) time; about four times the memory of edge_index beside the graph.

    Example:
        >>> dataset = like("cora", scale=0.1)
        >>> dataset, dataset[0].num_nodes
        (GraphDataset('synthetic-cora'), 271)
    """
    entry: Entry = find(name, CATALOGUE, "dataset of the catalogue")
    shape = SHAPES.get(entry.name)
    own = None if shape is None else shape.homophily
    share = own if homophily is None else check_probability(homophily, "homophily")
    check_positive(scale, "scale")
    check_non_negative(signal, "signal")
    check_probability(local, "local")
    check_int(seed, "seed")
    _check_counts(entry, share)
    generator = torch.Generator().manual_seed(seed)
    num_nodes, num_pairs = round(entry.num_nodes * scale), _pairs(entry, scale)  # type: ignore[operator]
    y = _classes(num_nodes, entry.num_classes, generator)  # type: ignore[arg-type]
    mean = 2 * num_pairs / num_nodes
    largest = (shape.largest_degree if shape else 50 * mean) * scale ** (1 / (EXPONENT - 1))
    weight = power_law(
        num_nodes,
        mean,
        max(largest, 1.5 * mean),
        variation=shape.variation if shape else None,
        generator=generator,
    )
    block = min(_BLOCK, num_nodes // (4 * entry.num_classes))  # type: ignore[operator]
    pairs = planted_pairs(
        y,
        weight,
        num_pairs,
        share,  # type: ignore[arg-type]
        local=local if block >= _SMALLEST_BLOCK else 0.0,
        block_size=max(block, 2),
        generator=generator,
    )
    edge_index = pairs if entry.directed else torch.cat([pairs, pairs.flip(0)], dim=1)
    x = _features(y, entry.num_features, signal, generator)  # type: ignore[arg-type]
    data = Data(x=x, edge_index=edge_index, y=y)
    return GraphDataset(data, f"synthetic-{entry.name}")


def _check_counts(entry: Entry, homophily: float | None) -> None:
    counts = ("num_nodes", "num_edges", "num_features", "num_classes")
    unknown = [count for count in counts if getattr(entry, count) is None]
    if unknown:
        raise ValueError(f"{entry.name} cannot be imitated: its {unknown[0]} is not known")
    if "clustering" not in entry.tasks:
        raise ValueError(f"{entry.name} cannot be imitated: its labels are no classes")
    if homophily is None:
        raise ValueError(f"homophily must be given for {entry.name}: it is not known, got None")


def _pairs(entry: Entry, scale: float) -> int:
    edges = entry.num_edges * scale  # type: ignore[operator]
    return round(edges if entry.directed else edges / 2)


def _classes(num_nodes: int, num_classes: int, generator: torch.Generator) -> Tensor:
    r"""Labels in random order, every class at least once, its size falling as 1 / rank: [N]."""
    if num_nodes < num_classes:
        raise ValueError(f"scale must leave a node for {num_classes} classes, got {num_nodes}")
    share = 1 / torch.arange(1, num_classes + 1, dtype=torch.float64)
    ends = (share.cumsum(0) / share.sum() * (num_nodes - num_classes)).round().long()
    sizes = ends.diff(prepend=ends.new_zeros(1)) + 1
    y = torch.arange(num_classes).repeat_interleave(sizes)
    return y[permutation(num_nodes, y.device, generator)]


def _features(y: Tensor, width: int, signal: float, generator: torch.Generator) -> Tensor:
    means = signal * torch.randn(int(y.max()) + 1, width, generator=generator)
    x = torch.empty(len(y), width)
    for rows, labels in zip(x.split(_ROWS), y.split(_ROWS), strict=True):
        rows.normal_(generator=generator).add_(means[labels])
    return x
