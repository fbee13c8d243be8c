r"""LightGCL as its paper's tables have it: contrast in each layer, margins between many items.

Legend: I users, J items, D width, L layers, B users of a batch, T triplets, N nodes of one kind in
a batch, q rank.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import HeteroData

from gcl.checks import (
    check_choice,
    check_int,
    check_non_negative,
    check_positive,
    check_probability,
)
from gcl.functional.bipartite import Bipartite, Pair
from gcl.functional.low_rank import LowRank
from gcl.functional.normalize import unit_rows
from gcl.loaders import UserLoader
from gcl.losses import all_node_info_nce
from gcl.methods.recommender import Recommender, Triplets, read_out, rows, triplets
from gcl.methods.svd_of_interactions import svd_of_interactions


class LightGCLPaper(Recommender):
    r"""Contrast, in every layer, some users and items of a batch between the graph and its
    truncated singular value decomposition, against the others of the batch; rank by margins
    (`Cai et al. 2023 <https://arxiv.org/abs/2302.08191>`_).

    .. math::
        Z_u^l = \sigma(D_p(\tilde A) E_v^{l-1}), \qquad G_u^l = \sigma(P_u V_q^\top E_v^{l-1}),
        \qquad E^l = Z^l + E^{l-1}, \qquad E = \sum_{l=0}^{L} E^l

    .. math::
        L = \frac{1}{B} \sum_t \big[ m - \hat y^+_t + \hat y^-_t \big]_+
          + \lambda_1 \sum_{l=1}^{L} \sum_{n \in S_l} \Big[
            \log \sum_{j} e^{\hat z_n^l \cdot \hat g_j^l W_l / \tau}
            - \hat z_n^l \cdot \hat g_n^l W_l / \tau \Big]

    and likewise for items, with :math:`\sigma` a LeakyReLU of slope 0.5 and unit rows
    :math:`\hat z, \hat g`. Anchors :math:`S_l` are a random half of the users, and of the items, of
    the batch; the positive is the same node in the view of low rank, which a matrix
    :math:`W_l` turns, and negatives are the other users (items) *of the batch*, whether anchors or
    not. Every node counts once. The ranking loss takes all triplets of a user: train with
    :class:`~gcl.loaders.UserLoader`.

    This is the older setting, behind the tables of the paper; :class:`~gcl.methods.LightGCL` is the
    current one. The authors' weight decay of 1e-4 is the optimiser's. Where paper and code
    differ, this is the code, which decomposes the interactions themselves; as there, users and
    items share :math:`W_l`. Unlike the code: the ranking loss is divided by the users that the
    batch has, which for the last one of an epoch are fewer than 256; log-sum-exp has no constant
    added.

    Args:
        num_users: I.
        num_items: J.
        embedding_dim: width D.
        num_layers: layers L, 1 or more.
        q: rank of the view.
        niter: rounds of subspace iteration of the decomposition.
        oversample: directions computed beside the ``q`` and left out.
        svd_seed: seed of the decomposition.
        svd_of: what is decomposed: ``"interactions"`` of weight 1 (code), or the ``"normalized"``
            ones (paper).
        dropout: probability p of losing an entry of the adjacency in training, drawn anew in each
            layer and direction; what stays is divided by 1 - p.
        contrast_weight: :math:`\lambda_1`, 0 or above; with 0 the view is not computed.
        anchors: probability of a node of the batch to be an anchor, drawn for each layer.
        temperature: :math:`\tau` > 0.
        margin: m, 0 or above.

    Shapes:
        ``step``: batch with ``triplets`` [3, T] -> scalar; ``embed``: -> user [I, D], item [J, D]

    Raises:
        TypeError, ValueError: for arguments out of range.

    Cost:
        A step takes O(L (E + q (I + J)) D) for the propagation and O(L N^2 D) for the contrast; N
        is up to 2 T for the items. No N x N matrix is alive.

    Example:
        >>> data = HeteroData(user={"num_nodes": 2}, item={"num_nodes": 3})
        >>> data["user", "rates", "item"].edge_index = torch.tensor([[0, 1, 1], [0, 1, 2]])
        >>> method = LightGCLPaper(2, 3, embedding_dim=4, q=1)
        >>> batch = next(iter(UserLoader(data, 2)))
        >>> method.step(batch).shape, method.embed(data)["item"].shape
        (torch.Size([]), torch.Size([3, 4]))
    """

    loader_class = UserLoader

    def __init__(
        self,
        num_users: int,
        num_items: int,
        embedding_dim: int = 32,
        *,
        num_layers: int = 2,
        q: int = 5,
        niter: int = 2,
        oversample: int = 0,
        svd_seed: int = 0,
        svd_of: str = "interactions",
        dropout: float = 0.25,
        contrast_weight: float = 1e-7,
        anchors: float = 0.5,
        temperature: float = 0.5,
        margin: float = 1.0,
    ) -> None:
        check_int(num_layers, "num_layers", minimum=1)
        super().__init__(
            num_users, num_items, embedding_dim, num_layers=num_layers, dropout=dropout
        )
        self.contrast_weight = check_non_negative(contrast_weight, "contrast_weight")
        self.anchors = check_probability(anchors, "anchors")
        self.temperature = check_positive(temperature, "temperature")
        self.margin = check_non_negative(margin, "margin")
        check_choice(svd_of, "svd_of", ("interactions", "normalized"))
        turns = [torch.empty(embedding_dim, embedding_dim) for _ in range(num_layers)]
        self.turns = nn.ParameterList(map(nn.init.xavier_uniform_, turns))
        self._view = svd_of_interactions(
            q, niter, oversample, svd_seed, normalized=svd_of == "normalized"
        )

    def represent(self, data: HeteroData) -> Pair:
        r"""The sum of the tables and all layers: [I, D], [J, D]."""
        return read_out(self.convolve(self.adjacency(data))[0], "sum")

    def step(self, batch: HeteroData) -> Tensor:
        r"""Return the margins of the triplets, and the contrast with the view of low rank."""
        drawn = triplets(batch)
        layers, passed = self.convolve(self.adjacency(batch))
        user, positive, negative = rows(read_out(layers, "sum"), drawn)
        excess = (user * negative).sum(1) - (user * positive).sum(1)  # [T]
        loss = F.relu(self.margin + excess).sum() / len(drawn.user.unique())
        if self.contrast_weight:
            contrast = self.contrasted(layers, passed, self.view(batch), drawn)
            loss = loss + self.contrast_weight * contrast
        return loss

    def view(self, data: HeteroData) -> LowRank:
        r"""The decomposition of the interactions; found once for each content."""
        return self._view(self.interactions(data), self.num_users, self.num_items)

    def convolve(self, a: Bipartite) -> tuple[list[Pair], list[Pair]]:
        r"""The tables and layers E of 0 to L, and what they are passed, Z of 1 to L."""
        layers: list[Pair] = [(self.user, self.item)]
        passed: list[Pair] = []
        for _ in range(self.num_layers):
            user, item = layers[-1]
            z = tuple(map(_activate, self.propagate(a, user, item)))
            passed.append((z[0], z[1]))
            layers.append((user + z[0], item + z[1]))
        return layers, passed

    def contrasted(
        self, layers: list[Pair], passed: list[Pair], view: LowRank, drawn: Triplets
    ) -> Tensor:
        r"""The contrast of the different users and items of a batch in all layers, summed."""
        users, items = drawn.user.unique(), torch.cat([drawn.positive, drawn.negative]).unique()
        total = self.user.new_zeros(())
        for (user, item), z, turn in zip(layers[:-1], passed, self.turns, strict=True):
            low = view @ item, view.t() @ user
            for k, nodes in enumerate((users, items)):
                total = total + self.contrast(z[k][nodes], _activate(low[k][nodes]), turn)
        return total

    def contrast(self, z: Tensor, g: Tensor, turn: Tensor) -> Tensor:
        r"""The contrast of a random share of N rows with all of the other view, summed."""
        chosen = (torch.rand(len(z), device=z.device) < self.anchors).nonzero().view(-1)
        if not len(chosen):
            return z.new_zeros(())
        return all_node_info_nce(
            unit_rows(z[chosen]),
            unit_rows(g) @ turn,
            chosen,
            temperature=self.temperature,
            normalize=False,
            reduction="sum",
        )


def _activate(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.5)
