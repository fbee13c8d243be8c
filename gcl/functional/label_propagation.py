r"""Communities by the votes of neighbours.

Legend: N nodes, M edges.
"""

import numpy as np
from scipy.sparse import csr_matrix

_MAX_ROUNDS = 100  # equal votes may make labels wander for ever


def propagate_labels(adjacency: csr_matrix, seed: int = 0) -> np.ndarray:
    r"""Let every node take the label that most of its neighbours have (`Raghavan et al. 2007
    <https://arxiv.org/abs/0709.2938>`_).

    Every node starts with a label of its own. Between labels with equally many votes chance
    decides. It ends when no node has a label that another one beats, or after 100 rounds.

    Args:
        adjacency: symmetric, with whole numbers as entries.
        seed: of all draws, 0 or above.

    Shapes:
        adjacency [N, N] -> [N], numbers of nodes

    Example:
        >>> labels = propagate_labels(csr_matrix(np.ones((3, 3)) - np.eye(3)))
        >>> bool((labels == labels[0]).all())
        True

    Cost: O(M) a round.
    """
    # A random half of the nodes votes at a time: all at once, two sides may swap labels for ever.
    rng, n = np.random.default_rng(seed), adjacency.shape[0]
    row = np.flatnonzero(np.diff(adjacency.indptr))  # nodes without neighbours keep their labels
    adjacency, labels = adjacency[row], np.arange(n)
    for _ in range(_MAX_ROUNDS):
        winner, settled = _majority(adjacency, labels, labels[row], rng.random(n) / 2)
        if settled.all():
            break
        change = rng.random(len(row)) < 0.5
        labels[row[change]] = winner[change]
    return labels


def _majority(
    adjacency: csr_matrix, labels: np.ndarray, own: np.ndarray, luck: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    r"""The label that most neighbours of each row have, and whether no label beats its own."""
    n = len(labels)
    member = csr_matrix((np.ones(n, dtype=np.float32), labels, np.arange(n + 1)), (n, n))
    votes = adjacency @ member
    start, row = votes.indptr[:-1], np.repeat(np.arange(len(own)), np.diff(votes.indptr))
    score = votes.data + luck[votes.indices]  # votes are whole: luck decides ties alone
    chosen = score == np.maximum.reduceat(score, start)[row]
    winner = np.empty_like(own)
    winner[row[chosen]] = votes.indices[chosen]
    most = np.maximum.reduceat(votes.data, start)
    mine = np.maximum.reduceat(votes.data * (votes.indices == own[row]), start)
    return winner, mine == most
