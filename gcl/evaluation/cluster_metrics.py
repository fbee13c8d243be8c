r"""Agreement of a clustering with known classes.

Legend: N nodes, P predicted clusters, K classes.
"""

import numpy as np
import torch
from torch import Tensor

from gcl.checks import check_labels, describe


def match_clusters(pred: Tensor, y: Tensor) -> Tensor:
    r"""Rename clusters to classes, one to one, so that most nodes agree with ``y``.

    The assignment is the Hungarian one on the P x K table of counts, which may be rectangular: a
    cluster left without a class is renamed -1, a class left without a cluster is never answered.
    The inputs are not changed.

    Args:
        pred: cluster of each node, 0 or above; numbers may have gaps.
        y: class of each node, 0 or above.

    Shapes:
        pred, y: [N] to [N].

    Returns:
        The class that stands for each node's cluster, or -1.

    Raises:
        TypeError: if ``pred`` or ``y`` is not an integer tensor.
        ValueError: if they are empty, differ in length, or hold negative numbers.

    Cost:
        O(N log N + min(P, K)^2 max(P, K)).

    Example:
        >>> import torch
        >>> from gcl.evaluation import match_clusters
        >>> match_clusters(torch.tensor([5, 5, 0, 2]), torch.tensor([0, 0, 1, 1]))
        tensor([ 0,  0,  1, -1])
    """
    from scipy.optimize import linear_sum_assignment

    _check_pair(pred, y)
    clusters, cluster = pred.cpu().unique(return_inverse=True)
    classes, label = y.cpu().unique(return_inverse=True)
    shape = (len(clusters), len(classes))
    table = (
        (cluster * shape[1] + label).bincount(minlength=shape[0] * shape[1]).view(shape)
    )  # [P, K]
    rows, columns = linear_sum_assignment(table.numpy(), maximize=True)
    names = torch.full((shape[0],), -1, dtype=torch.long)
    names[torch.from_numpy(rows)] = classes[torch.from_numpy(columns)].long()
    return names[cluster].to(y.device)


def clustering_accuracy(pred: Tensor, y: Tensor) -> float:
    r"""Share of nodes whose cluster is matched to their class by :func:`match_clusters`.

    Example:
        >>> import torch
        >>> from gcl.evaluation import clustering_accuracy
        >>> clustering_accuracy(torch.tensor([1, 1, 0, 0]), torch.tensor([0, 0, 0, 1]))
        0.75
    """
    return float((match_clusters(pred, y) == y).double().mean())


def clustering_scores(pred: Tensor, y: Tensor) -> dict[str, float]:
    r"""Accuracy, NMI, ARI and macro-F1 of a clustering.

    Accuracy and macro-F1 are taken after :func:`match_clusters`; macro-F1 is the mean over the
    classes of ``y``. NMI is normalised by the arithmetic mean of the entropies.

    Args:
        pred: cluster of each node, 0 or above.
        y: class of each node, 0 or above.

    Shapes:
        pred, y: [N].

    Returns:
        ``acc``, ``nmi``, ``ari`` and ``macro_f1``.
    """
    from sklearn.metrics import adjusted_rand_score, f1_score, normalized_mutual_info_score

    matched = match_clusters(pred, y).cpu().numpy()
    found, true = pred.cpu().numpy(), y.cpu().numpy()
    return {
        "acc": float((matched == true).mean()),
        "nmi": float(normalized_mutual_info_score(true, found, average_method="arithmetic")),
        "ari": float(adjusted_rand_score(true, found)),
        "macro_f1": float(
            f1_score(true, matched, labels=np.unique(true), average="macro", zero_division=0.0)
        ),
    }


def _check_pair(pred: Tensor, y: Tensor) -> None:
    if not isinstance(y, Tensor) or y.dim() != 1 or not len(y):
        raise ValueError(f"y must be a non-empty integer tensor [N], got {describe(y)}")
    for name, labels in (("y", y), ("pred", pred)):
        check_labels(labels, len(y), name)
        if int(labels.min()) < 0:
            raise ValueError(f"{name} must be 0 or above, got {int(labels.min())}")
