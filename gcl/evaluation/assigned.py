r"""Scores of clusters that a method assigns itself, without k-means.

Legend: N nodes.
"""

from torch import Tensor

from gcl.evaluation.cluster_metrics import clustering_scores
from gcl.evaluation.inputs import as_labels
from gcl.evaluation.modularity import modularity
from gcl.evaluation.result import Result

NOT_FAIR = "not a fair result, shown because papers report it"


def assigned_clusters(cluster: Tensor, y: Tensor, edge_index: Tensor | None = None) -> Result:
    r"""Score one assignment of nodes to clusters by how well it agrees with the classes.

    Args:
        cluster: cluster of each node, 0 or above.
        y: class of each node, -1 where unknown; it is used for scoring only.
        edge_index: the graph, for modularity; None leaves that out.

    Shapes:
        cluster, y [N], edge_index [2, M]

    Returns:
        ``acc``, ``nmi``, ``ari``, ``macro_f1``, see :func:`~gcl.evaluation.clustering_scores`, and
        ``modularity``.

    Example:
        >>> y = torch.tensor([0, 0, 1, 1])
        >>> assigned_clusters(1 - y, y)["acc"].mean
        1.0
    """
    scores = agreement(cluster, y)
    if edge_index is not None:
        scores["modularity"] = modularity(cluster, edge_index)
    protocol = "clusters that the method assigns after its last epoch"
    return Result({name: (value,) for name, value in scores.items()}, protocol)


def agreement(cluster: Tensor, y: Tensor) -> dict[str, float]:
    r"""Accuracy, NMI, ARI and macro-F1 on the labelled nodes."""
    y = as_labels(y, len(cluster))
    labelled = y >= 0
    return clustering_scores(cluster.cpu()[labelled], y[labelled])


def best_epoch(logged: dict[int, dict[str, float]], end: dict[str, float]) -> Result:
    r"""The maximum over epochs of each metric apart, chosen on labels: what papers often report.

    It is no fair result: the labels that score have chosen the epoch, for each metric another.

    Args:
        logged: scores by name for each epoch, from :func:`agreement`, before or after its step.
        end: those after the last one.
    """
    states = [*logged.values(), end]
    best = {name: (max(scores[name] for scores in states),) for name in end}
    return Result(best, f"best of {len(logged)} epochs, chosen on labels: {NOT_FAIR}")
