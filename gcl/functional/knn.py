r"""k-nearest-neighbour graphs of point sets.

Legend: N points, D width, k neighbours, M edges.
"""

import numpy as np
import torch
from torch import Tensor

from gcl.checks import check_choice, check_int, check_matrix

_TIES = 16  # neighbours asked for beyond k, so that ties at the k-th place are settled by index


def knn_graph(x: Tensor, k: int, *, metric: str = "euclidean") -> Tensor:
    r"""Join every row of ``x`` with its ``k`` nearest other rows, in both directions.

    The graph is symmetric: :math:`\{i, j\}` is an edge where :math:`j` is among the ``k`` nearest
    of :math:`i` **or** the reverse, so degrees are at least ``k``. The search is exact and runs in
    float64; equal distances go to the lower index (up to 16 rows tied at the k-th place), so that
    the same points give the same graph on every machine.

    Args:
        x: finite points, one a row.
        k: neighbours of a point, in [1, N - 1].
        metric: ``"euclidean"`` or ``"cosine"``.

    Shapes:
        x [N, D] -> edge_index [2, M] sorted by row, without self loops or duplicates,
        N k <= M <= 2 N k.

    Raises:
        ValueError: for ``k`` outside [1, N - 1], an unknown metric or NaN in ``x``.

    Cost: O(N^2 D) time in the worst case and O(N k) memory, in blocks.

    Example:
        >>> knn_graph(torch.tensor([[0.0], [1.0], [3.0]]), 1).tolist()
        [[0, 1, 1, 2], [1, 0, 2, 1]]
    """
    check_matrix(x, "x")
    check_int(k, "k", 1)
    check_choice(metric, "metric", ("euclidean", "cosine"))
    if k >= len(x):
        raise ValueError(f"k must be below the number of points {len(x)}, got {k}")
    nearest = _nearest(x.detach().cpu().double().numpy(), k, metric)
    edges = _both_directions(nearest, len(x))
    return torch.from_numpy(edges).to(x.device)


def _nearest(points: np.ndarray, k: int, metric: str) -> np.ndarray:
    from sklearn.neighbors import NearestNeighbors

    width = min(k + _TIES, len(points) - 1)
    search = NearestNeighbors(n_neighbors=width, metric=metric).fit(points)
    distance, index = search.kneighbors()  # without an argument, a point is not its own neighbour
    order = np.lexsort((index, distance), axis=1)[:, :k]
    return np.take_along_axis(index, order, axis=1)


def _both_directions(nearest: np.ndarray, num_points: int) -> np.ndarray:
    row = np.repeat(np.arange(num_points, dtype=np.int64), nearest.shape[1])
    col = nearest.astype(np.int64).ravel()
    codes = np.unique(np.concatenate([row * num_points + col, col * num_points + row]))
    return np.stack(np.divmod(codes, num_points))
