r"""The views of two-view methods: what draws them, and which rows show the same node.

Legend: N nodes of the graph, B seeds of a sampled batch, K nodes that are contrasted.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform, Compose

from gcl.augmenters import AdaptiveEdgeDrop, AdaptiveFeatureMask, EdgeDrop, FeatureMask
from gcl.augmenters.centrality import Centrality
from gcl.checks import check_flag, check_probability, describe

Rows = Tensor | slice
Rates = tuple[float, float]


class Aligned(NamedTuple):
    r"""Rows of the same nodes, in the same order, in both views and in the graph: [K] each."""

    view1: Rows
    view2: Rows
    graph: Rows


def aligned_rows(batch: Data, view1: Data, view2: Data) -> Aligned:
    r"""Rows of two views, and of the graph, that show the same nodes, in the same order.

    Views that keep all nodes are aligned as they are: all rows, or the B seeds of a sampled batch.
    Views that lost nodes must carry ``n_id``, as :class:`~gcl.augmenters.NodeDrop` sets it; the
    nodes that both kept are aligned.

    Raises:
        ValueError: if a view lost nodes and does not say which.
    """
    seeds = slice(batch.get("batch_size"))
    if view1.num_nodes == view2.num_nodes == batch.num_nodes:
        return Aligned(seeds, seeds, seeds)
    ids = torch.arange(batch.num_nodes, device=batch.x.device)
    names = ids if batch.get("n_id") is None else batch.n_id
    rows1, rows2 = (_row_of(view, batch.num_nodes, names)[seeds] for view in (view1, view2))
    both = (rows1 >= 0) & (rows2 >= 0)
    return Aligned(rows1[both], rows2[both], ids[seeds][both])


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


def drop_and_mask(
    edge_drop: Rates | None,
    feature_mask: Rates | None,
    augmenters: Sequence[BaseTransform] | None,
    defaults: tuple[Rates, Rates],
    make_view: Callable[[float, float], BaseTransform] | None = None,
) -> tuple[BaseTransform, BaseTransform]:
    r"""The two views' transforms: the ones given, or edge dropping and column masking.

    Args:
        edge_drop: rates of the two views; the first of ``defaults`` if None.
        feature_mask: rates of the two views; the second of ``defaults`` if None.
        augmenters: two transforms instead of the rates, which must then be None.
        defaults: edge and feature rates of the method.
        make_view: the transform of one view from its edge and its feature rate;
            :class:`~gcl.augmenters.EdgeDrop` and :class:`~gcl.augmenters.FeatureMask` if None.

    Raises:
        ValueError: for rates that would be ignored, outside [0, 1], or not one for each view.
        TypeError: for a rate that is no number, or an augmenter that cannot be called.
    """
    if augmenters is not None:
        refuse_beside_augmenters(edge_drop=edge_drop, feature_mask=feature_mask)
        return augmenter_pair(augmenters)
    edges = _rates(defaults[0] if edge_drop is None else edge_drop, "edge_drop")
    masks = _rates(defaults[1] if feature_mask is None else feature_mask, "feature_mask")
    return augmenter_pair(tuple(map(make_view or _uniform_view, edges, masks)))


def sparing_view(centrality: str, binary_features: bool) -> Callable[[float, float], BaseTransform]:
    r"""What makes a view that spares central edges and columns, from its mean rates: see GCA."""
    shared = Centrality(centrality)
    check_flag(binary_features, "binary_features")

    def make_view(edge: float, mask: float) -> BaseTransform:
        # Columns first: they are scored by the edges of the whole graph.
        columns = AdaptiveFeatureMask(mask, centrality=shared, binary=binary_features)
        return Compose([columns, AdaptiveEdgeDrop(edge, centrality=shared)])

    return make_view


def _uniform_view(edge: float, mask: float) -> BaseTransform:
    return Compose([EdgeDrop(edge), FeatureMask(mask)])


def _rates(values: Rates, name: str) -> Rates:
    first, second = pair(values, name)
    return check_probability(first, name), check_probability(second, name)


def refuse_beside_augmenters(**options: object) -> None:
    r"""Raise ValueError for an option that is given although transforms are given too."""
    refuse_beside("augmenters", **options)


def refuse_beside(given: str, /, **options: object) -> None:
    r"""Raise ValueError for an option that is given although what is named takes its place."""
    for name, value in options.items():
        if value is not None:
            raise ValueError(f"{name} would be ignored beside {given}, got {value}")


def pair(values: Sequence, name: str) -> tuple:
    r"""``values`` as a tuple of two; ValueError unless there is one for each view."""
    if not isinstance(values, tuple | list) or len(values) != 2:
        raise ValueError(f"{name} must hold one value for each of the two views, got {values!r}")
    return tuple(values)


def augmenter_pair(augmenters: Sequence[BaseTransform]) -> tuple[BaseTransform, BaseTransform]:
    r"""``augmenters`` as a tuple of two; an error unless each can be called on a graph."""
    first, second = pair(augmenters, "augmenters")
    for augmenter in (first, second):
        if isinstance(augmenter, type) or not callable(augmenter):
            raise TypeError(f"augmenters must hold instances to call, got {describe(augmenter)}")
    return first, second
