r"""Contrast with the edges of a graph as positives and meta-nodes of clusters as negatives.

Legend: N nodes, M edges, M' entries of the influence matrix, K clusters, D width.
"""

from dataclasses import replace
from functools import partial

from torch import Tensor, nn
from torch_geometric.data import Data

from gcl.checks import check_matrix, check_pair, describe
from gcl.losses.cluster_sources import Clusters, cluster_source
from gcl.losses.clusters import ClusterSource, Rows
from gcl.losses.meta_contrast import (
    MetaOptions,
    check_order,
    graph_rows,
    influence_pairs,
    view_rows,
)
from gcl.losses.reduce import check_reduction, reduce_rows
from gcl.per_graph import PerGraph, constant


def pam_c(
    z: Tensor,
    edge_index: Tensor,
    cluster: Tensor,
    edge_weight: Tensor | None = None,
    *,
    order: int | None = 1,
    cumulative: bool = True,
    scale: float = 0.5,
    assignment: str = "hard",
    size_weighted: bool = False,
    intra_cluster: bool = False,
    num_clusters: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute PamC on a graph: see :class:`PamC`, which forms the influence matrix only once.

    Shapes:
        z [N, D], edge_index [2, M], cluster [N] or [N, K], edge_weight [M] or None -> scalar, or
        [N] for ``reduction="none"``
    """
    options = MetaOptions(scale, assignment, size_weighted, intra_cluster, num_clusters)
    check_matrix(z, "z")
    check_order(order, cumulative)
    pairs = influence_pairs(edge_index, len(z), edge_weight, order=order, cumulative=cumulative)
    return reduce_rows(graph_rows(z, pairs, cluster, options), reduction)


def pam_c_views(
    z1: Tensor,
    z2: Tensor,
    cluster: Tensor,
    *,
    scale: float = 0.5,
    assignment: str = "hard",
    size_weighted: bool = False,
    intra_cluster: bool = False,
    num_clusters: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute PamC between two views of the same nodes: see :class:`PamC`.

    Shapes:
        z1 [N, D], z2 [N, D], cluster [N] or [N, K] -> scalar, or [N] for ``reduction="none"``
    """
    options = MetaOptions(scale, assignment, size_weighted, intra_cluster, num_clusters)
    check_pair(z1, z2)
    return reduce_rows(view_rows(z1, z2, cluster, options), reduction)


class PamC(nn.Module):
    r"""Contrast every node with those that it influences, against the meta-nodes of clusters
    (`PamC <https://arxiv.org/abs/2209.14067>`_).

    .. math::
        L = -\frac{1}{N} \sum_i \log \sum_j \Gamma_{ij} e^{t s(z_i, z_j)}
            + \frac{1}{C} \sum_k \log \sum_l e^{t S_{kl}}, \qquad
        S_{kl} = s(m_k, m_l), \quad m_k = \sum_{c(i) = k} z_i

    with cosine similarity s, :math:`s(z_i, z_i) := 0` and :math:`S_{kk} := 0`, over the C clusters
    that are not empty. Positives: the nodes that a random walk reaches, by the influence
    :math:`\Gamma` (:func:`gcl.functional.influence`). Negatives: meta-nodes, the sums of the
    clusters' rows, contrasted among themselves: K^2 pairs instead of N^2. The scale t multiplies.

    **Against all negatives.** For clusters of equal size whose rows agree, the negative term is
    that of all pairs, but for a constant. In general it repels clusters, all alike however
    large, and nothing inside a cluster. ``size_weighted=True`` weights meta-node l by its size
    :math:`N_l` inside the logarithm and the term of cluster k by :math:`N_k / N`, as all pairs
    would. ``intra_cluster=True`` sets :math:`S_{kk}` to the mean cosine of two members
    (:func:`~gcl.functional.meta_nodes.own_similarity`): of the pairs in a cluster the first order
    in t, by the sum of its rows alone.

    **Paper and code.** The paper builds meta-nodes with soft assignments, the authors' code with
    the largest of them, without a gradient: ``assignment="soft"`` and ``"hard"``. Constants of
    1e-10 inside the logarithms are left out. An empty cluster gives NaN in the code, or shrinks
    C if it is the last; here it is left out wherever it stands, as is a node of cluster -1.

    **Two views.** ``loss(z1, z2)`` takes the same node of the other view as the only positive
    (:math:`\Gamma = I`) and builds the meta-nodes of each view, averaging both terms:

    .. math::
        L = -\frac{t}{N} \sum_i s(u_i, v_i)
            + \frac{1}{2 C} \sum_k \Big[ \log \sum_l e^{t S^u_{kl}} + \log \sum_l e^{t S^v_{kl}}
            \Big]

    **Clusters** are given with each call, or found by ``clusters``: ``"kmeans"`` of the rows'
    directions, both views together; ``"prototypes"``, learnt ones; ``"communities"`` of the graph;
    ``"labels"`` of training nodes. The last two read the graph from
    :meth:`observe`, which the methods that contrast two views call: ``GRACE(loss=PamC(...))``.

    Args:
        order: number of steps of the walk, 1 or more; None takes the edges and their weights as
            :math:`\Gamma` itself (row i: the edges into node i).
        cumulative: sum the powers of the walk up to ``order`` (PamCGC); otherwise the last alone.
        scale: t > 0, at most 40 on a graph; the inverse of a temperature.
        assignment: ``"hard"``, or ``"soft"`` for clusters given as shares [N, K].
        size_weighted: let clusters count by their sizes.
        intra_cluster: repel rows inside a cluster too.
        num_clusters: K, 2 or more; told from the clusters if None.
        clusters: where clusters come from if a call gives none: a name above, or a function
            ``(u, batch) -> cluster`` of the rows' directions and the graph, None if unknown.
        refresh: steps after which k-means or a function looks anew; 10 if None.
        in_channels: width D, of prototypes only.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N rows; a row carries its share of
            the term of its cluster.

    Shapes:
        z [N, D], edge_index [2, M], cluster [N] or [N, K], edge_weight [M] or None; or z1 [N, D],
        z2 [N, D], cluster -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for rows that are no finite float matrix, clusters or edges of the
            wrong kind or out of range, K outside [2, N], clusters that nothing gives, or options
            that are out of range or would be ignored.

    Cost:
        O(M' D + N D + K^2 D) time and O(M' + N D + K^2) memory; two views O(N D + K^2 D).
        :math:`\Gamma` is formed once for a graph.

    Example:
        >>> z, cluster = torch.eye(4), torch.tensor([0, 0, 1, 1])
        >>> edges = torch.tensor([[0, 1, 2, 3], [1, 0, 3, 2]])
        >>> PamC(scale=1.0)(z, edges, cluster)
        tensor(0.6931)
        >>> PamC(clusters="kmeans", num_clusters=3)(torch.randn(9, 4), torch.randn(9, 4)).shape
        torch.Size([])
    """

    def __init__(
        self,
        order: int | None = 1,
        *,
        cumulative: bool = True,
        scale: float = 0.5,
        assignment: str = "hard",
        size_weighted: bool = False,
        intra_cluster: bool = False,
        num_clusters: int | None = None,
        clusters: str | Clusters | ClusterSource | None = None,
        refresh: int | None = None,
        in_channels: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        check_order(order, cumulative)
        self.order, self.cumulative = order, cumulative
        self.options = MetaOptions(scale, assignment, size_weighted, intra_cluster, num_clusters)
        self.reduction = check_reduction(reduction)
        if assignment == "soft" and clusters in ("kmeans", "communities", "labels"):
            raise ValueError(f"assignment must be 'hard' for clusters={clusters!r}, got 'soft'")
        self.clusters = cluster_source(
            clusters, num_clusters, refresh=refresh, in_channels=in_channels
        )
        self._pairs = PerGraph(partial(influence_pairs, order=order, cumulative=cumulative))

    def observe(self, batch: Data, rows: Rows) -> None:
        r"""Show the graph of the next call, and the rows of its nodes that are contrasted."""
        if self.clusters is not None:
            self.clusters.observe(batch, rows)

    def forward(
        self,
        z: Tensor,
        edge_index: Tensor,
        cluster: Tensor | None = None,
        edge_weight: Tensor | None = None,
        *,
        part: bool = False,
    ) -> Tensor:
        r"""Return the loss on a graph; of two views, if ``edge_index`` holds floats, a view.

        ``part`` says that the rows are some of those that were clustered, a mini-batch for
        instance: they may be fewer than the clusters then.
        """
        if isinstance(edge_index, Tensor) and edge_index.is_floating_point():
            if edge_weight is not None:
                raise ValueError("edge_weight would be ignored: two views have no edges")
            return self.contrast_views(z, edge_index, cluster, part=part)
        check_matrix(z, "z")
        weight = () if edge_weight is None else (constant(edge_weight),)
        pairs = self._pairs(edge_index, len(z), *weight)
        options = self._options(cluster, part)
        cluster, fit = self._clusters_of([z], cluster)
        return reduce_rows(graph_rows(z, pairs, cluster, options) + fit, self.reduction)

    def contrast_views(
        self, z1: Tensor, z2: Tensor, cluster: Tensor | None = None, *, part: bool = False
    ) -> Tensor:
        r"""Return the loss of two views of the same nodes."""
        check_pair(z1, z2)
        options = self._options(cluster, part)
        cluster, fit = self._clusters_of([z1, z2], cluster)
        return reduce_rows(view_rows(z1, z2, cluster, options) + fit, self.reduction)

    def _options(self, cluster: Tensor | None, part: bool) -> MetaOptions:
        r"""The options of a call; a source has seen, or will see, other rows than those of it."""
        return replace(self.options, part=part or cluster is None)

    def _clusters_of(self, views: list[Tensor], cluster: Tensor | None) -> tuple[Tensor, Tensor]:
        r"""The clusters [N], and what trains their source, 0 in value: [N]."""
        if cluster is not None:
            return cluster, views[0].new_zeros(())
        if self.clusters is None:
            raise ValueError(
                f"cluster must be given with each call, or found by clusters= of the loss; "
                f"got {describe(cluster)}"
            )
        return self.clusters(views)

    def extra_repr(self) -> str:
        r"""Show the options."""
        shown = {"order": self.order, "cumulative": self.cumulative, **vars(self.options)}
        del shown["part"]
        return ", ".join(f"{name}={value!r}" for name, value in shown.items())
