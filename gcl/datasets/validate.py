r"""Checks of a graph that was read from files.

Legend: N nodes, M edges, D width.
"""

import warnings

import torch
from torch import Tensor
from torch_geometric.data import Data, HeteroData

from gcl.checks import check_edge_index, check_matrix
from gcl.datasets.entry import Entry
from gcl.functional.interaction_data import RATES, interaction_data


def standard(data: Data | HeteroData) -> Data | HeteroData:
    r"""Dense float32 ``x`` and int64 ``y``.

    Targets that are no whole numbers stay as they are, as a float matrix of several labels does;
    interactions are in their form already.
    """
    if isinstance(data, HeteroData):
        return data
    if data.x is not None:
        x = data.x.to_dense() if data.x.layout != torch.strided else data.x
        data.x = x.float().contiguous()
    if data.y is not None and data.y.dim() == 2 and data.y.size(1) == 1 and _is_integer(data.y):
        data.y = data.y.squeeze(1)  # a column of classes, as OGB keeps them
    if data.y is not None and data.y.dim() == 1 and _are_whole(data.y):
        data.y = data.y.long()
    data.edge_index = data.edge_index.long().contiguous()
    return data


def _is_integer(y: Tensor) -> bool:
    return not (y.is_floating_point() or y.is_complex())


def _are_whole(y: Tensor) -> bool:
    return _is_integer(y) or bool((y.isfinite() & (y == y.round())).all())


def check_graph(data: Data | HeteroData, source: str, *, finite: bool = True) -> Data | HeteroData:
    r"""Raise unless ``data`` is a graph with a node, sound edges, finite features, fitting labels.

    Interactions have to be users, items and who rated what, in range. Without ``finite``, the
    features are not read.

    Raises:
        ValueError: naming ``source``, the attribute and the value.
    """
    try:
        if isinstance(data, HeteroData):
            interaction_data(data)
        else:
            _check(data, finite)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{source}: {error}") from error
    return data


def _check(data: Data, finite: bool) -> None:
    num_nodes = data.num_nodes
    if not num_nodes:
        raise ValueError("the graph is empty: it has no nodes")
    check_edge_index(data.edge_index, num_nodes)
    if data.x is not None:
        check_matrix(data.x, "x", finite=finite)
    for key in ("x", "y", "train_mask", "val_mask", "test_mask"):
        if data.get(key) is not None and len(data[key]) != num_nodes:
            raise ValueError(f"{key} must have {num_nodes} rows, one a node, got {len(data[key])}")
    for key in ("edge_weight", "edge_attr"):
        if data.get(key) is not None and len(data[key]) != data.num_edges:
            raise ValueError(
                f"{key} must have {data.num_edges} rows, one an edge, got {len(data[key])}"
            )


def check_counts(data: Data | HeteroData, entry: Entry) -> None:
    r"""Compare ``data`` with the catalogue.

    Raises:
        ValueError: where counts differ that were seen in the real files. Where the catalogue
            only repeats published counts, a difference is a warning.
    """
    found = _interactions(data, entry) if isinstance(data, HeteroData) else _counts(data, entry)
    wrong = [
        f"{got:,} {what} instead of {expected:,}"
        for what, (got, expected) in found.items()
        if expected is not None and got != expected
    ]
    if wrong and entry.verified:
        raise ValueError(f"the files hold {', '.join(wrong)}")
    if wrong:
        warnings.warn(f"dataset {entry.name!r} has {', '.join(wrong)}", stacklevel=2)


def _counts(data: Data, entry: Entry) -> dict[str, tuple[int, int | None]]:
    r"""What a graph holds beside what the catalogue says."""
    found = {
        "nodes": (int(data.num_nodes or 0), entry.num_nodes),
        "edges": (data.num_edges, entry.num_edges),
        "features": (data.num_node_features, entry.num_features),
        "classes": (num_classes(data), entry.num_classes),
    }
    if entry.split_sizes:
        for part, size in zip(("train", "val", "test"), entry.split_sizes, strict=True):
            found[f"nodes in {part}_mask"] = (int(data[f"{part}_mask"].sum()), size)
    return found


def _interactions(data: HeteroData, entry: Entry) -> dict[str, tuple[int, int | None]]:
    expected = entry.interactions or (None,) * 4
    test = data[RATES].get("test_edge_index")
    counts = (
        *interaction_data(data)[1:],
        data[RATES].num_edges,
        0 if test is None else test.size(1),
    )
    names = ("users", "items", "training interactions", "test interactions")
    return dict(zip(names, zip(counts, expected, strict=True), strict=True))


def num_classes(data: Data | HeteroData) -> int:
    r"""Number of classes of ``data.y``, or of its columns if it is a matrix; 0 without labels."""
    if isinstance(data, HeteroData) or data.y is None or not data.y.numel():
        return 0
    return data.y.size(1) if data.y.dim() == 2 else int(data.y.max()) + 1
