r"""SGL: two thinned graphs of interactions contrasted.

Legend: I users, J items, E interactions, D width, L layers, B triplets.
"""

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from gcl.checks import check_choice, check_int, check_non_negative, check_number
from gcl.functional.bipartite import Bipartite, Pair
from gcl.functional.draws import permutation
from gcl.losses import BPR, AllNodeInfoNCE
from gcl.methods.epochs import Epochs
from gcl.methods.recommender import (
    Recommender,
    read_out,
    rows,
    sum_squares,
    times_own,
    triplets,
)


class SGL(Recommender):
    r"""Contrast every user and item of a batch between two thinned graphs, against all users and
    items (`Wu et al. 2021 <https://arxiv.org/abs/2010.10783>`_).

    .. math::
        L = \sum_b -\log \sigma(\hat y^+_b - \hat y^-_b) + \lambda_1 \big[ \ell(E_u', E_u'')
          + \ell(E_v', E_v'') \big]
          + \frac{\lambda_2}{2} \sum_b \|e^0_u\|^2 + \|e^0_i\|^2 + \|e^0_j\|^2

    :math:`\ell` is :class:`~gcl.losses.AllNodeInfoNCE` of cosines, summed: the anchor is a user (a
    positive item) of the batch in the first view, the positive the same in the second, negatives
    are *all* other users (items) there. Both views are drawn once an epoch, their degrees are
    counted anew, and the encoder of all three graphs is :class:`~gcl.methods.LightGCN`. As in the
    authors' code, all terms are sums over the batch: weights taken from a code that averages mean
    something else.

    Args:
        num_users: I.
        num_items: J.
        embedding_dim: width D.
        num_layers: layers L, 0 or more.
        view: what a view loses: ``"edge"`` a share of the interactions, ``"node"`` all interactions
            of a share of the users and of the items, ``"walk"`` a share of the interactions drawn
            anew for each layer.
        drop: that share, in [0, 1).
        contrast_weight: :math:`\lambda_1`, 0 or above.
        regularization: :math:`\lambda_2`, 0 or above.
        temperature: :math:`\tau` > 0.
        precision: ``"highest"``, or ``"bf16"`` for the contrast's products in bfloat16.
        view_seed: seed of the views; those of an epoch depend on it and the epoch alone.
        steps_per_epoch: steps that a pair of views stays; found from the first batch if None.

    Shapes:
        ``step``: batch with ``triplets`` [3, B] -> scalar; ``embed``: -> user [I, D], item [J, D]

    Raises:
        TypeError, ValueError: for arguments out of range.

    Cost:
        A step takes O(B (I + J) D) for the contrast and propagates three times, O(L E D); the views
        of an epoch O(E), without a sort.

    Example:
        >>> data = HeteroData(user={"num_nodes": 2}, item={"num_nodes": 3})
        >>> data["user", "rates", "item"].edge_index = torch.tensor([[0, 1, 1], [0, 1, 2]])
        >>> method = SGL(2, 3, embedding_dim=4)
        >>> batch = data.clone()
        >>> batch.triplets = torch.tensor([[0, 1], [0, 1], [2, 0]])
        >>> method.step(batch).shape, method.embed(data)["item"].shape
        (torch.Size([]), torch.Size([3, 4]))
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        embedding_dim: int = 64,
        *,
        num_layers: int = 3,
        view: str = "edge",
        drop: float = 0.1,
        contrast_weight: float = 0.1,
        regularization: float = 1e-4,
        temperature: float = 0.2,
        precision: str = "highest",
        view_seed: int = 0,
        steps_per_epoch: int | None = None,
    ) -> None:
        super().__init__(num_users, num_items, embedding_dim, num_layers=num_layers)
        self.view = check_choice(view, "view", ("edge", "node", "walk"))
        if not 0 <= check_number(drop, "drop") < 1:
            raise ValueError(f"drop must be in [0, 1), got {drop}")
        self.drop = drop
        self.contrast_weight = check_non_negative(contrast_weight, "contrast_weight")
        self.regularization = check_non_negative(regularization, "regularization")
        self.view_seed = check_int(view_seed, "view_seed")
        self.loss = BPR(reduction="sum")
        self.contrast = AllNodeInfoNCE(temperature, reduction="sum", precision=precision)
        self.epochs = Epochs(steps_per_epoch)
        self._views: tuple[int, Bipartite, list[list[Bipartite]]] | None = None

    def step(self, batch: HeteroData) -> Tensor:
        r"""Return the ranking loss, the contrast of the epoch's two views, and the penalty."""
        drawn, a = triplets(batch), self.adjacency(batch)
        epoch = self.epochs.tick(len(a.items_of.value), batch.get("num_triplets", len(drawn.user)))
        loss = self.loss(*rows(self.represent(batch), drawn))
        if self.contrast_weight:
            first, second = (self.encode(view) for view in self.views(a, epoch))
            pairs = zip(first, second, (drawn.user, drawn.positive), strict=True)
            contrasts = [self.contrast(*pair) for pair in pairs]
            loss = loss + self.contrast_weight * (contrasts[0] + contrasts[1])
        loss = loss + self.regularization * sum_squares(self.user, self.item, drawn)
        return loss * times_own(batch, drawn)

    def encode(self, graphs: list[Bipartite]) -> Pair:
        r"""The mean of the tables and all layers, each along a graph of its own."""
        found: list[Pair] = [(self.user, self.item)]
        for graph in graphs:
            found.append(graph.propagate(*found[-1]))
        return read_out(found, "mean")

    def views(self, a: Bipartite, epoch: int) -> list[list[Bipartite]]:
        r"""The two views of an epoch, a graph for each layer."""
        if self._views is None or self._views[0] != epoch or self._views[1] is not a:
            generator = torch.Generator(a.items_of.value.device)
            generator.manual_seed((self.view_seed << 32) + epoch)
            self._views = epoch, a, [self._thin(a, generator) for _ in range(2)]
        return self._views[2]

    def _thin(self, a: Bipartite, generator: torch.Generator) -> list[Bipartite]:
        if self.view == "walk":
            return [a.keep(self._edges(a, generator)) for _ in range(self.num_layers)]
        which = self._edges if self.view == "edge" else self._nodes
        return [a.keep(which(a, generator))] * self.num_layers

    def _edges(self, a: Bipartite, generator: torch.Generator) -> Tensor:
        r"""The interactions that stay, floor((1 - drop) E) of them: [E]."""
        total = len(a.items_of.value)
        stays = int((1 - self.drop) * total + 1e-9)
        return _chosen(total, stays, a.items_of.value.device, generator)

    def _nodes(self, a: Bipartite, generator: torch.Generator) -> Tensor:
        r"""The interactions whose user and item both stay: [E]."""
        pattern, device = a.items_of.pattern, a.items_of.value.device
        user, item = (_chosen(n, n - int(self.drop * n), device, generator) for n in a.shape)
        return user[pattern.row] & item[pattern.column]


def _chosen(total: int, count: int, device: torch.device, generator: torch.Generator) -> Tensor:
    r"""Whether each is among ``count`` drawn without replacement: [total]."""
    kept = torch.zeros(total, dtype=torch.bool, device=device)
    kept[permutation(total, device, generator)[:count]] = True
    return kept
