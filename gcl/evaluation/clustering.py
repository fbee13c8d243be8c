r"""Clustering of frozen embeddings by k-means.

Legend: N nodes, D width, K clusters.
"""

import warnings

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from gcl.checks import check_choice, check_int
from gcl.evaluation.cluster_metrics import clustering_scores
from gcl.evaluation.inputs import as_features, as_labels
from gcl.evaluation.modularity import modularity
from gcl.evaluation.probe import threads_for
from gcl.evaluation.result import Result


def clustering(
    h: Tensor,
    y: Tensor,
    *,
    num_clusters: int | None = None,
    num_runs: int = 10,
    seed: int = 0,
    n_init: int = 10,
    normalize: str | None = None,
    edge_index: Tensor | None = None,
) -> Result:
    r"""Score embeddings by how well k-means clusters agree with the classes.

    All rows of ``h`` are clustered; labels are used for scoring only, on the labelled nodes. Each
    run keeps the solution with the lowest k-means objective of ``n_init`` starts, never the one
    that agrees best with ``y``.

    Args:
        h: embeddings of all nodes, on any device; no gradient flows back.
        y: class of each node, -1 where unknown.
        num_clusters: K; the number of classes in ``y`` by default.
        num_runs: independent k-means runs, with seeds ``seed`` to ``seed + num_runs - 1``.
        seed: seed of the first run, 0 or above.
        n_init: k-means++ starts in each run.
        normalize: ``"l2"`` scales every row to length 1 first, ``None`` does not.
        edge_index: the graph, for modularity; None leaves that out.

    Shapes:
        h: [N, D]; y: [N]; edge_index: [2, M] or None.

    Returns:
        ``acc``, ``nmi``, ``ari`` and ``macro_f1`` over runs, see
        :func:`~gcl.evaluation.clustering_scores`, and ``modularity``.

    Raises:
        TypeError: for wrong types, float labels for instance.
        ValueError: for wrong shapes, values that are not finite, fewer than two classes, or more
            clusters than nodes.

    Cost:
        O(N D K) per k-means step, ``num_runs`` x ``n_init`` times.

    Example:
        >>> import torch
        >>> from gcl.evaluation import clustering
        >>> y = torch.arange(60) % 3
        >>> clustering(torch.randn(60, 4) + 30 * y[:, None], y, num_runs=2)["nmi"].mean
        1.0
    """
    x = as_features(h)
    y = as_labels(y, len(x))
    check_choice(str(normalize), "normalize", ("l2", "None"))
    for value, name in ((num_runs, "num_runs"), (n_init, "n_init")):
        check_int(value, name, minimum=1)
    check_int(seed, "seed")
    k = _check_num_clusters(num_clusters, y)
    x = F.normalize(x) if normalize == "l2" else x
    labelled, rows = y >= 0, x.float().numpy()  # k-means gains nothing from float64
    runs = []
    with threads_for(len(x), x.size(1), k):
        for run in range(num_runs):
            pred = torch.from_numpy(_k_means(rows, k, seed + run, n_init)).long()
            runs.append(clustering_scores(pred[labelled], y[labelled]))
            if edge_index is not None:
                runs[-1]["modularity"] = modularity(pred.to(edge_index.device), edge_index)
    protocol = (
        f"{num_runs} k-means runs, seeds {seed}-{seed + num_runs - 1}, best objective of {n_init} "
        f"starts each; one embedding, normalize={normalize}; {k} clusters"
    )
    return Result({name: tuple(run[name] for run in runs) for name in runs[0]}, protocol)


def _k_means(x: np.ndarray, k: int, seed: int, n_init: int) -> np.ndarray:
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        # Fewer distinct rows than clusters leaves clusters empty, and the metrics allow for that.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(k, n_init=n_init, random_state=seed).fit_predict(x)


def _check_num_clusters(num_clusters: int | None, y: Tensor) -> int:
    k = len(y[y >= 0].unique()) if num_clusters is None else num_clusters
    check_int(k, "num_clusters", minimum=1)
    if k > len(y):
        raise ValueError(f"num_clusters must be at most the {len(y)} nodes of h, got {k}")
    return k
