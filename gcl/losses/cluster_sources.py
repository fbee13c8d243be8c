r"""Where the clusters of a loss come from: labels, communities, k-means, prototypes, a function.

Legend: N rows, D width, K clusters.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch_geometric.data import Data

from gcl.checks import OptionError, check_choice, check_int, check_labels, check_positive, describe
from gcl.functional.clusters import kmeans
from gcl.functional.communities import detect_communities
from gcl.functional.meta_nodes import meta_sums
from gcl.functional.normalize import unit_rows
from gcl.losses.centroids import moved_centroids
from gcl.losses.clusters import ClusterSource, Remembering, Shown
from gcl.per_graph import PerGraph

Clusters = Callable[[Tensor, Data | None], Tensor]
NAMES = ("kmeans", "prototypes", "communities", "labels")
# Of Lloyd's algorithm in a later look, as the rows have moved little since the last; and of
# Sinkhorn's, which need not converge.
_ROUNDS = 5


class LabelClusters(ClusterSource):
    r"""The classes of the training nodes; all other nodes have no cluster.

    Only nodes of ``train_mask`` show their label ``y``. What is then learnt has seen these labels:
    evaluate it on other nodes, with the same mask.
    """

    def assign(self, u: Tensor, shown: Shown | None) -> Tensor:
        r"""Labels where ``train_mask`` is set, else -1."""
        batch, rows = self.graph(shown, "labels")
        y, mask = batch.get("y"), batch.get("train_mask")
        if mask is None or mask.dtype != torch.bool or mask.shape != (batch.num_nodes,):
            raise OptionError(
                f"clusters='labels' needs a train_mask [{batch.num_nodes}] of the graph, so that "
                f"the labels of other nodes stay unseen; got {describe(mask)}"
            )
        y = check_labels(y, len(mask), "y").long()
        return torch.where(mask, y, -1)[rows]


class CommunityClusters(ClusterSource):
    r"""The communities of the graph, found once for each content of it.

    Args:
        num_clusters: how many to keep, the largest; other nodes have no cluster. All if None.
    """

    def __init__(self, num_clusters: int | None = None) -> None:
        super().__init__()
        self.num_clusters = num_clusters
        self._found = PerGraph(detect_communities)

    def assign(self, u: Tensor, shown: Shown | None) -> Tensor:
        r"""Communities from 0 for the largest."""
        batch, rows = self.graph(shown, "communities")
        community = self._found(batch.edge_index, batch.num_nodes)[rows]
        if self.num_clusters is None:
            return community
        return torch.where(community < self.num_clusters, community, -1)


class KMeansClusters(Remembering):
    r"""k-means of the rows' directions; between two looks, every row goes to its nearest centre.

    The first look runs :func:`~gcl.functional.kmeans` on the rows of the call, each later one a few
    rounds from the last centres: mini-batches refine what earlier ones found.

    Args:
        num_clusters: K, 2 or more; the first call needs as many rows.
        refresh: steps from one look to the next.

    Cost: O(N K D) time a call, a few times that for a look.
    """

    def __init__(self, num_clusters: int, refresh: int) -> None:
        super().__init__(refresh)
        self.num_clusters = check_int(num_clusters, "num_clusters", minimum=2)

    def assign(self, u: Tensor, shown: Shown | None) -> Tensor:
        r"""The nearest centre of each row, by cosine."""
        u = u.detach()
        centre = self.recall(lambda last: self._centres(u, last))
        return (u @ centre.to(u.dtype).t()).argmax(1)

    def _centres(self, u: Tensor, last: Tensor | None) -> Tensor:
        if last is None:
            return unit_rows(meta_sums(u, kmeans(u, self.num_clusters)[0], self.num_clusters))
        centre = last.to(u.dtype)
        for _ in range(_ROUNDS):
            centre = moved_centroids(centre, u, (u @ centre.t()).argmax(1), rate=1.0)
        return centre


class PrototypeClusters(ClusterSource):
    r"""Learnt prototypes: a row's shares are a softmax of its cosines with them, held in balance.

    .. math::
        q_{ik} = \operatorname{softmax}_k \big( s(u_i, p_k) / \tau + g_k \big)

    The constants g come from a few rounds of Sinkhorn's algorithm and give every prototype about
    the same number of rows. Without them all rows may end in one cluster, which has no negatives.
    The optimiser moves the prototypes up the likelihood of the mixture whose components they are,
    :math:`\tau \log \sum_k e^{s(u_i, p_k) / \tau + g_k}`, that is, each towards the rows that it
    has the largest shares of. This trains the prototypes alone and leaves the value of the loss as
    it is; with soft assignments, the loss itself trains them too.

    Args:
        in_channels: width D of the rows.
        num_clusters: K, 2 or more.
        temperature: :math:`\tau` > 0.
    """

    def __init__(self, in_channels: int, num_clusters: int, temperature: float = 0.1) -> None:
        super().__init__()
        check_int(in_channels, "in_channels", minimum=1)
        check_int(num_clusters, "num_clusters", minimum=2)
        self.temperature = check_positive(temperature, "temperature")
        self.prototypes = nn.Parameter(torch.empty(num_clusters, in_channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the prototypes anew, uniformly on the sphere."""
        with torch.no_grad():
            self.prototypes.copy_(unit_rows(torch.randn_like(self.prototypes)))

    def assign(self, u: Tensor, shown: Shown | None) -> Tensor:
        r"""Shares [N, K]."""
        return self._logits(u).softmax(1)

    def fit(self, u: Tensor) -> Tensor:
        r"""Minus the likelihood of each row, less its value: [N]."""
        likelihood = self.temperature * self._logits(u).logsumexp(1)
        return likelihood.detach() - likelihood

    def _logits(self, u: Tensor) -> Tensor:
        if u.size(1) != self.prototypes.size(1):
            raise ValueError(
                f"z must have width {self.prototypes.size(1)}, in_channels; got {describe(u)}"
            )
        logits = u @ unit_rows(self.prototypes).to(u.dtype).t() / self.temperature
        return logits + _balance(logits.detach())


def _balance(logits: Tensor) -> Tensor:
    r"""What to add to the logits [N, K] so that every column gets about as much: [K]."""
    shift = torch.zeros_like(logits[0])
    for _ in range(_ROUNDS):
        row = (logits + shift).logsumexp(1, keepdim=True)
        shift = -(logits - row).logsumexp(0)
    return shift - shift.mean()


class FunctionClusters(Remembering):
    r"""The clusters that a function finds, kept for some steps.

    A sampled batch (one with ``batch_size``) holds other nodes every time: the function is asked
    for each.

    Args:
        function: called with the rows' directions [N, D], detached, and the graph or None.
        refresh: steps from one call to the next.
    """

    def __init__(self, function: Clusters, refresh: int) -> None:
        super().__init__(refresh)
        self.function = function

    def assign(self, u: Tensor, shown: Shown | None) -> Tensor:
        r"""What the function returned last."""
        batch = None if shown is None else shown.batch
        if batch is not None and batch.get("batch_size") is not None:
            return self.function(u.detach(), batch)
        return self.recall(lambda last: self.function(u.detach(), batch))


def cluster_source(
    clusters: str | Clusters | ClusterSource | None,
    num_clusters: int | None = None,
    *,
    refresh: int | None = None,
    in_channels: int | None = None,
) -> ClusterSource | None:
    r"""The source that :class:`~gcl.losses.PamC` describes; an error for options without a use."""
    _check_used(clusters, refresh, in_channels)
    every = 10 if refresh is None else refresh
    if clusters is None or isinstance(clusters, ClusterSource):
        return clusters
    if not isinstance(clusters, str):
        return FunctionClusters(clusters, every)
    if clusters == "kmeans":
        return KMeansClusters(_needed(num_clusters, "num_clusters", clusters), every)
    if clusters == "prototypes":
        width = _needed(in_channels, "in_channels", clusters)
        return PrototypeClusters(width, _needed(num_clusters, "num_clusters", clusters))
    return LabelClusters() if clusters == "labels" else CommunityClusters(num_clusters)


def _check_used(clusters: object, refresh: int | None, in_channels: int | None) -> None:
    if isinstance(clusters, str):
        check_choice(clusters, "clusters", NAMES)
    elif clusters is not None and not callable(clusters):
        raise TypeError(
            f"clusters must be one of {', '.join(NAMES)}, or a function, got {describe(clusters)}"
        )
    looks = clusters == "kmeans" or not isinstance(clusters, str | ClusterSource | None)
    if refresh is not None and not looks:
        raise ValueError(f"refresh={refresh} would be ignored: k-means and functions alone use it")
    if in_channels is not None and clusters != "prototypes":
        raise ValueError(f"in_channels={in_channels} would be ignored: prototypes alone use it")


def _needed(value: int | None, name: str, clusters: str) -> int:
    if value is None:
        raise ValueError(f"{name} must be given for clusters={clusters!r}, got None")
    return value
