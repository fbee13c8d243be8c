r"""Train, validation and test nodes: what a split is, and how a random one is drawn.

Legend: N nodes.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from gcl.checks import check_int, check_labels, check_number, describe


@dataclass(frozen=True, eq=False)
class NodeSplit:
    r"""Three disjoint boolean masks over the nodes of one graph.

    Nodes outside all three (unlabelled ones, say) take no part. An empty ``val`` means that model
    selection has to happen inside ``train``, by cross-validation.

    Args:
        train: nodes a probe is fitted on, at least one.
        val: nodes hyper-parameters are chosen on, possibly none.
        test: nodes that are only ever scored, at least one.

    Shapes:
        train, val, test: [N], boolean.

    Raises:
        TypeError: if a mask is not a boolean tensor.
        ValueError: if lengths differ, two masks overlap, or ``train`` or ``test`` is empty.

    Example:
        >>> import torch
        >>> from gcl.loaders import NodeSplit
        >>> train = torch.tensor([True, False, False])
        >>> val = torch.tensor([False, True, False])
        >>> NodeSplit(train, val, ~(train | val)).sizes
        (1, 1, 1)
    """

    train: Tensor
    val: Tensor
    test: Tensor

    def __post_init__(self) -> None:
        for name in ("train", "val", "test"):
            _check_mask(getattr(self, name), name, len(self.train))
        for a, b in (("train", "val"), ("train", "test"), ("val", "test")):
            shared = int((getattr(self, a) & getattr(self, b)).sum())
            if shared:
                raise ValueError(f"{a} and {b} must not overlap, got {shared} shared nodes")
        for name in ("train", "test"):
            if not getattr(self, name).any():
                raise ValueError(f"{name} must hold at least one node, got none")

    @property
    def sizes(self) -> tuple[int, int, int]:
        r"""Number of train, validation and test nodes."""
        return int(self.train.sum()), int(self.val.sum()), int(self.test.sum())


def random_split(
    num_nodes: int,
    *,
    train: float = 0.1,
    val: float = 0.1,
    seed: int = 0,
    y: Tensor | None = None,
    stratified: bool = False,
) -> NodeSplit:
    r"""Draw train and validation nodes at random; every other labelled node is a test node.

    The defaults are the 10/10/80 % of `GCA <https://arxiv.org/abs/2010.14945>`_ and of most later
    work. Sizes are rounded down. The same arguments give the same split; the global random state
    is neither read nor changed.

    Args:
        num_nodes: N, the number of nodes.
        train: share of train nodes, in (0, 1).
        val: share of validation nodes, in [0, 1); 0 leaves the validation mask empty.
        seed: seed of the draw, 0 or above.
        y: integer labels; nodes labelled -1 are then in no part.
        stratified: draw classes in proportion (needs ``y``). Every class has a train node when
            there are at least as many train nodes as classes.

    Shapes:
        y: [N].

    Returns:
        The split, on the device of ``y`` (the CPU without ``y``).

    Raises:
        ValueError: if the shares leave no train or no test node, or ``y`` is missing.

    Cost:
        O(N), and O(N log N) when stratified.

    Example:
        >>> from gcl.loaders import random_split
        >>> random_split(50, seed=3).sizes
        (5, 5, 40)
    """
    check_int(num_nodes, "num_nodes", minimum=1)
    check_int(seed, "seed")
    _check_shares(train, val)
    if stratified and y is None:
        raise ValueError("stratified=True needs the labels y, got y=None")
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(num_nodes, generator=generator)
    if y is not None:
        labels = check_labels(y, num_nodes).cpu()
        order = order[labels[order] >= 0]
        order = _interleave_classes(order, labels) if stratified else order
    sizes = _part_sizes(len(order), train, val)
    parts = (_mask(part, num_nodes) for part in order.split(sizes))
    return NodeSplit(*(part if y is None else part.to(y.device) for part in parts))


def _interleave_classes(order: Tensor, labels: Tensor) -> Tensor:
    r"""Sort nodes by their relative rank within their class, so that any prefix is stratified."""
    by_class = order[labels[order].argsort(stable=True)]
    counts = labels[order].bincount()
    start = (counts.cumsum(0) - counts)[labels[by_class]]
    rank = torch.arange(len(by_class)) - start
    # Rank 0 of every class comes first: no class is missing from a train part that can hold all.
    return by_class[(rank / counts[labels[by_class]]).argsort(stable=True)]


def _part_sizes(total: int, train: float, val: float) -> list[int]:
    num_train = math.floor(train * total + 1e-9)  # 0.29 * 100 is 28.999..., and means 29
    num_val = math.floor(val * total + 1e-9)
    num_test = total - num_train - num_val
    if not num_train or not num_test or (val and not num_val):
        raise ValueError(
            f"train={train} and val={val} of {total} labelled nodes give parts of "
            f"{num_train}/{num_val}/{num_test} nodes; each needs at least one"
        )
    return [num_train, num_val, num_test]


def _mask(nodes: Tensor, num_nodes: int) -> Tensor:
    return torch.zeros(num_nodes, dtype=torch.bool).index_fill_(0, nodes, True)


def _check_shares(train: float, val: float) -> None:
    check_number(train, "train")
    check_number(val, "val")
    if not (train > 0 and val >= 0 and train + val < 1):
        raise ValueError(
            f"train must be above 0, val at least 0 and their sum below 1, got {train} and {val}"
        )


def _check_mask(mask: Tensor, name: str, num_nodes: int) -> None:
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        raise TypeError(f"{name} must be a boolean mask [N], got {describe(mask)}")
    if mask.dim() != 1 or len(mask) != num_nodes:
        raise ValueError(f"{name} must be a mask of shape [{num_nodes}], got {describe(mask)}")
