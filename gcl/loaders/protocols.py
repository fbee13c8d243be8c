r"""Named ways to split the nodes of a graph: the masks it ships with, or seeded random draws.

Legend: N nodes, K stored splits.
"""

import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.checks import check_choice, check_int, describe
from gcl.loaders.node_split import NodeSplit, random_split

_RANDOM_SHARES = {
    "random": {"train": 0.1, "val": 0.1},
    "grace": {"train": 0.1, "val": 0.0},
    "bgrl": {"train": 0.2, "val": 0.0},
}
_WIKICS_SPLITS = 20
PROTOCOLS = ("public", "wikics", *_RANDOM_SHARES)


def public_splits(data: Data) -> list[NodeSplit]:
    r"""Read the splits stored in ``train_mask``, ``val_mask`` and ``test_mask`` of ``data``.

    Masks [N] give one split, matrices [N, K] give K. A vector beside matrices is shared by all K,
    as the test mask of WikiCS is; its ``stopping_mask`` is not used. A missing ``val_mask`` gives
    empty validation parts.

    Args:
        data: a graph with stored masks.

    Shapes:
        train_mask, val_mask, test_mask: [N] or [N, K], boolean.

    Returns:
        K splits.

    Raises:
        TypeError: if ``data`` is no ``Data``, or a mask is not a boolean tensor.
        ValueError: if ``train_mask`` or ``test_mask`` is missing, or shapes disagree.

    Example:
        >>> import torch
        >>> from torch_geometric.data import Data
        >>> from gcl.loaders import public_splits
        >>> train = torch.tensor([[True, False], [False, True], [False, False]])
        >>> data = Data(train_mask=train, test_mask=torch.tensor([False, False, True]))
        >>> [split.sizes for split in public_splits(data)]
        [(1, 0, 1), (1, 0, 1)]
    """
    _check_data(data)
    missing = [name for name in ("train_mask", "test_mask") if data.get(name) is None]
    if missing:
        raise ValueError(f"data has no public split: {' and '.join(missing)} missing, got {data}")
    masks = {part: _columns(data, f"{part}_mask") for part in ("train", "test")}
    if data.get("val_mask") is None:
        masks["val"] = torch.zeros_like(masks["test"][:, :1])
    else:
        masks["val"] = _columns(data, "val_mask")
    num_splits = max(mask.size(1) for mask in masks.values())
    for name, mask in masks.items():
        if mask.size(1) not in (1, num_splits):
            raise ValueError(
                f"{name}_mask must have 1 or {num_splits} columns, got {describe(mask)}"
            )
    wide = {name: mask.expand(-1, num_splits) for name, mask in masks.items()}
    return [NodeSplit(**{n: m[:, k] for n, m in wide.items()}) for k in range(num_splits)]


def node_splits(
    data: Data,
    protocol: str = "random",
    *,
    num_splits: int | None = None,
    seed: int = 0,
    stratified: bool = False,
) -> list[NodeSplit]:
    r"""Split the nodes of ``data`` by a named protocol.

    - ``"public"``: the stored masks, see :func:`public_splits`.
    - ``"wikics"``: the 20 stored splits of `WikiCS <https://arxiv.org/abs/2007.02901>`_, which
      share one test mask.
    - ``"random"``: 10 % train, 10 % validation, 80 % test
      (`GCA <https://arxiv.org/abs/2010.14945>`_).
    - ``"grace"``: 10 % train, 90 % test and no validation part
      (`GRACE <https://arxiv.org/abs/2006.04131>`_), so a probe is chosen by cross-validation.
    - ``"bgrl"``: 20 % train, 80 % test and no validation part, as in the authors' code of
      `BGRL <https://arxiv.org/abs/2102.06514>`_.

    Args:
        data: the graph; a random protocol leaves out nodes with ``data.y`` = -1.
        protocol: ``"public"``, ``"wikics"``, ``"random"``, ``"grace"`` or ``"bgrl"``.
        num_splits: how many; by default all stored splits, or 20 random ones.
        seed: random split i is drawn with seed ``seed + i``; stored splits do not depend on it.
        stratified: random protocols only, see :func:`~gcl.loaders.random_split`.

    Returns:
        The splits.

    Raises:
        ValueError: for an unknown protocol, more splits than are stored, stratified stored ones,
            or ``"wikics"`` for a graph without 20 of them.

    Example:
        >>> import torch
        >>> from torch_geometric.data import Data
        >>> from gcl.loaders import node_splits
        >>> len(node_splits(Data(y=torch.arange(30) % 3), "random", num_splits=4))
        4
    """
    check_choice(protocol, "protocol", PROTOCOLS)
    _check_data(data)
    if num_splits is not None:
        check_int(num_splits, "num_splits", minimum=1)
    if protocol in _RANDOM_SHARES:
        shares, y = _RANDOM_SHARES[protocol], data.get("y")
        num_nodes = len(y) if isinstance(y, Tensor) else int(data.num_nodes or 0)
        seeds = range(seed, seed + (num_splits or 20))
        return [
            random_split(num_nodes, seed=s, y=y, stratified=stratified, **shares) for s in seeds
        ]
    if stratified:
        raise ValueError(f"stratified=True cannot change stored splits, got protocol={protocol!r}")
    stored = public_splits(data)
    if protocol == "wikics" and len(stored) != _WIKICS_SPLITS:
        raise ValueError(f"protocol='wikics' needs its 20 stored splits, got {len(stored)}")
    if num_splits is not None and num_splits > len(stored):
        raise ValueError(f"num_splits must be at most {len(stored)}, as stored, got {num_splits}")
    return stored[:num_splits]


def _columns(data: Data, name: str) -> Tensor:
    r"""The mask as a matrix [N, K] with K = 1 for a vector."""
    mask = data[name]
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        raise TypeError(f"{name} must be a boolean tensor [N] or [N, K], got {describe(mask)}")
    if mask.dim() not in (1, 2) or not mask.numel():
        raise ValueError(f"{name} must have shape [N] or [N, K], got {describe(mask)}")
    return mask.view(len(mask), -1)


def _check_data(data: Data) -> None:
    if not isinstance(data, Data):
        raise TypeError(f"data must be a torch_geometric Data, got {describe(data)}")
