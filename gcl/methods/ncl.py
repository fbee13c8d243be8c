r"""NCL: neighbours of even distance, and clusters of like users and items, as positives.

Legend: I users, J items, D width, L layers, B triplets, K clusters.
"""

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from gcl.checks import check_int, check_non_negative
from gcl.functional.bipartite import Pair
from gcl.functional.clusters import kmeans
from gcl.functional.processes import lead
from gcl.losses import BPR, AllNodeInfoNCE, all_node_info_nce
from gcl.methods.epochs import Epochs
from gcl.methods.recommender import (
    Recommender,
    mean_norms,
    read_out,
    rows,
    times_own,
    triplets,
)


class NCL(Recommender):
    r"""Contrast the users and items of a batch with their structural neighbours and with the
    centres of their clusters (`Lin et al. 2022 <https://arxiv.org/abs/2202.06200>`_).

    .. math::
        L = \frac{1}{B} \sum_b -\log \sigma(\hat y^+_b - \hat y^-_b)
          + \lambda_s \big[ \ell(H_u^{2\eta}, H_u^0) + \alpha \ell(H_v^{2\eta}, H_v^0) \big]
          + \lambda_p \big[ \ell(H_u^0, C_u) + \ell(H_v^0, C_v) \big]
          + \frac{\lambda}{B} \big( \|E^0_u\|_F + \|E^0_i\|_F + \|E^0_j\|_F \big)

    on the backbone of :class:`~gcl.methods.LightGCN`. :math:`\ell` is
    :class:`~gcl.losses.AllNodeInfoNCE` of cosines, *summed* over the batch's users or positive
    items, which is why its weights are so small. Structural: the anchor is a node after
    :math:`2\eta` layers, the positive its row in the table, negatives are *all* other rows of its
    kind. Prototypes: the anchor is a node's row in the table, the positive the centre of its
    cluster, negatives are all other centres. The penalty is on the norms, not squared, of the
    tables' rows of the batch's users, positive and negative items. Clusters are those of k-means on
    the rows, found anew once in ``cluster_every`` epochs; centres are constant in between.

    Args:
        num_users: I.
        num_items: J.
        embedding_dim: width D.
        num_layers: layers L, at least 2 ``hops``.
        hops: :math:`\eta`, half the distance of structural neighbours, 1 or more.
        structure_weight: :math:`\lambda_s`, 0 or above.
        item_weight: :math:`\alpha`, 0 or above.
        prototype_weight: :math:`\lambda_p`, 0 or above.
        num_clusters: K of users and of items; at most as many as there are.
        warmup_epochs: epochs without prototypes at the beginning.
        cluster_every: epochs that clusters stay.
        regularization: :math:`\lambda`, 0 or above.
        temperature: :math:`\tau` > 0.
        precision: ``"highest"``, or ``"bf16"`` for the structural contrast's products in bfloat16.
        steps_per_epoch: steps of an epoch; found from the first batch if None.

    Shapes:
        ``step``: batch with ``triplets`` [3, B] -> scalar; ``embed``: -> user [I, D], item [J, D]

    Raises:
        TypeError, ValueError: for arguments out of range.

    Cost:
        A step takes O(B (I + J + K) D) for the contrasts, beside LightGCN's; clustering
        O((I + J) K D) a round, 20 rounds at most.

    Example:
        >>> data = HeteroData(user={"num_nodes": 2}, item={"num_nodes": 3})
        >>> data["user", "rates", "item"].edge_index = torch.tensor([[0, 1, 1], [0, 1, 2]])
        >>> method = NCL(2, 3, embedding_dim=4, num_clusters=2)
        >>> batch = data.clone()
        >>> batch.triplets = torch.tensor([[0, 1], [0, 1], [2, 0]])
        >>> method.step(batch).shape, method.embed(data)["item"].shape
        (torch.Size([]), torch.Size([3, 4]))
    """

    clustered: Tensor

    def __init__(
        self,
        num_users: int,
        num_items: int,
        embedding_dim: int = 64,
        *,
        num_layers: int = 3,
        hops: int = 1,
        structure_weight: float = 1e-6,
        item_weight: float = 1.0,
        prototype_weight: float = 1e-7,
        num_clusters: int = 1000,
        warmup_epochs: int = 20,
        cluster_every: int = 1,
        regularization: float = 1e-4,
        temperature: float = 0.1,
        precision: str = "highest",
        steps_per_epoch: int | None = None,
    ) -> None:
        super().__init__(num_users, num_items, embedding_dim, num_layers=num_layers)
        self.hops = check_int(hops, "hops", minimum=1)
        if 2 * hops > num_layers:
            raise ValueError(f"num_layers must be at least 2 hops = {2 * hops}, got {num_layers}")
        self.structure_weight = check_non_negative(structure_weight, "structure_weight")
        self.item_weight = check_non_negative(item_weight, "item_weight")
        self.prototype_weight = check_non_negative(prototype_weight, "prototype_weight")
        self.regularization = check_non_negative(regularization, "regularization")
        self.warmup_epochs = check_int(warmup_epochs, "warmup_epochs")
        self.cluster_every = check_int(cluster_every, "cluster_every", minimum=1)
        self.loss = BPR()
        self.contrast = AllNodeInfoNCE(temperature, reduction="sum", precision=precision)
        self.epochs = Epochs(steps_per_epoch)
        check_int(num_clusters, "num_clusters", minimum=1)
        self.register_buffer("clustered", torch.tensor(-1))  # in which epoch
        for name, table in (("user", self.user), ("item", self.item)):
            count = min(num_clusters, len(table))
            self.register_buffer(f"{name}_cluster", torch.zeros(len(table), dtype=torch.long))
            self.register_buffer(f"{name}_centre", torch.zeros(count, embedding_dim))

    def step(self, batch: HeteroData) -> Tensor:
        r"""Return the ranking loss, both contrasts, and the penalty."""
        drawn, a = triplets(batch), self.adjacency(batch)
        epoch = self.epochs.tick(len(a.items_of.value), batch.get("num_triplets", len(drawn.user)))
        layers = self.layers(a)
        loss = self.loss(*rows(read_out(layers, "mean"), drawn))
        loss = loss + self.regularization * mean_norms(
            rows((self.user, self.item), drawn), batch, drawn
        )
        nodes, whole = (drawn.user, drawn.positive), times_own(batch, drawn)
        if self.structure_weight:
            loss = loss + self.structure_weight * whole * self.structural(layers, nodes)
        if self.prototype_weight and epoch >= self.warmup_epochs:
            self.cluster(epoch)
            loss = loss + self.prototype_weight * whole * self.prototypical(nodes)
        return loss

    def structural(self, layers: list[Pair], nodes: Pair) -> Tensor:
        r"""The contrast of layer 2 hops with the tables, users and weighted items."""
        far = layers[2 * self.hops]
        user = self.contrast(far[0], self.user, nodes[0])
        return user + self.item_weight * self.contrast(far[1], self.item, nodes[1])

    def prototypical(self, nodes: Pair) -> Tensor:
        r"""The contrast of the tables with the centres of clusters, users and items."""
        found = []
        for name, table, index in zip(("user", "item"), (self.user, self.item), nodes, strict=True):
            found.append(self._to_centre(name, table, index))
        return found[0] + found[1]

    def _to_centre(self, name: str, table: Tensor, index: Tensor) -> Tensor:
        unique, count = index.unique(return_counts=True)
        return all_node_info_nce(
            table.index_select(0, unique),
            getattr(self, f"{name}_centre"),
            getattr(self, f"{name}_cluster")[unique],
            weight=count,
            temperature=self.contrast.temperature,
            reduction="sum",
        )

    @torch.no_grad()
    def cluster(self, epoch: int) -> None:
        r"""Find the clusters of users and of items if those at hand are of an earlier period."""
        due = (epoch - self.warmup_epochs) // self.cluster_every
        if due == int(self.clustered):
            return
        self.clustered.fill_(due)
        for name, table in (("user", self.user), ("item", self.item)):
            centre = getattr(self, f"{name}_centre")
            label = _labels(table.detach(), len(centre))
            centre.copy_(_means(table, label, centre))
            getattr(self, f"{name}_cluster").copy_(label)


def _labels(x: Tensor, count: int) -> Tensor:
    r"""The clusters of the rows, in several processes those that the first one found: [N]."""
    return lead(lambda: kmeans(x, count)[0].cpu()).to(x.device)


def _means(x: Tensor, label: Tensor, like: Tensor) -> Tensor:
    r"""The mean row of each cluster; of an empty one 0, at equal distance to every row: [K, D]."""
    total = torch.zeros_like(like).index_add_(0, label, x)
    return total / label.bincount(minlength=len(like)).clamp_min(1)[:, None]
