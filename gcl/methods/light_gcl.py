r"""LightGCL: the interactions contrasted with their approximation of low rank.

Legend: I users, J items, D width, L layers, B triplets, q rank.
"""

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from gcl.checks import check_int, check_non_negative
from gcl.functional.bipartite import Pair
from gcl.functional.low_rank import LowRank
from gcl.losses import BPR, AllNodeInfoNCE
from gcl.methods.recommender import Recommender, Triplets, read_out, rows, triplets
from gcl.methods.svd_of_interactions import svd_of_interactions


class LightGCL(Recommender):
    r"""Contrast every user and item of a batch between the graph and its truncated singular value
    decomposition, against all users and items (`Cai et al. 2023
    <https://arxiv.org/abs/2302.08191>`_).

    .. math::
        E_u^l = D_p(\tilde A) E_v^{l-1}, \qquad G_u^l = P_u V_q^\top E_v^{l-1}, \qquad
        E = \sum_{l=0}^{L} E^l, \qquad G = E^0 + \sum_{l=1}^{L} G^l

    .. math::
        L = -\frac{1}{B} \sum_b \log \sigma(\hat y^+_b - \hat y^-_b)
          + \lambda_1 \big[ \ell(G_u, E_u) + \ell(G_v, E_v) \big] + \lambda_2 \|\theta\|^2

    and likewise for items, with :math:`P_u = U_q \operatorname{diag}(s)` from the q leading
    singular directions of the normalised interactions. :math:`\ell` is
    :class:`~gcl.losses.AllNodeInfoNCE` with raw inner products: the anchor is a node of the batch
    in the view of low rank, the positive the same node in the main view, negatives are *all* nodes
    of its kind there. Items of the batch are the positive and the negative ones. The dense view is
    never formed, and no matrix of the batch by all nodes either.

    This is the setting of the authors' current code, which scores higher than the paper. The
    paper's tables come from an older one (contrast per layer, margin loss over 40 positives and
    negatives a user, LeakyReLU and residuals): :class:`~gcl.methods.LightGCLPaper`. The
    decomposition here (``niter=2`` without oversampling) is rough and depends on the seed.

    Args:
        num_users: I.
        num_items: J.
        embedding_dim: width D.
        num_layers: layers L, 1 or more.
        q: rank of the view.
        niter: rounds of subspace iteration of the decomposition.
        oversample: directions computed beside the ``q`` and left out.
        svd_seed: seed of the decomposition.
        dropout: probability p of losing an entry of the adjacency in training, drawn anew in each
            layer and direction; what stays is divided by 1 - p.
        contrast_weight: :math:`\lambda_1`, 0 or above; with 0 the view is not computed.
        regularization: :math:`\lambda_2`, 0 or above, of the whole tables.
        temperature: :math:`\tau` > 0.
        precision: ``"highest"``, or ``"bf16"`` for the contrast's products in bfloat16.

    Shapes:
        ``step``: batch with ``triplets`` [3, B] -> scalar; ``embed``: -> user [I, D], item [J, D]

    Raises:
        TypeError, ValueError: for arguments out of range.

    Cost:
        A step takes O(B (I + 2 J) D) for the contrast, which outweighs the O(L (E + q (I + J)) D)
        of the propagation; O((I + J) D) memory.

    Example:
        >>> data = HeteroData(user={"num_nodes": 2}, item={"num_nodes": 3})
        >>> data["user", "rates", "item"].edge_index = torch.tensor([[0, 1, 1], [0, 1, 2]])
        >>> method = LightGCL(2, 3, embedding_dim=4, q=1)
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
        num_layers: int = 2,
        q: int = 5,
        niter: int = 2,
        oversample: int = 0,
        svd_seed: int = 0,
        dropout: float = 0.0,
        contrast_weight: float = 0.2,
        regularization: float = 1e-7,
        temperature: float = 0.2,
        precision: str = "highest",
    ) -> None:
        check_int(num_layers, "num_layers", minimum=1)
        super().__init__(
            num_users, num_items, embedding_dim, num_layers=num_layers, dropout=dropout
        )
        self.contrast_weight = check_non_negative(contrast_weight, "contrast_weight")
        self.regularization = check_non_negative(regularization, "regularization")
        self.loss = BPR()
        self.contrast = AllNodeInfoNCE(temperature, normalize=False, clamp=5.0, precision=precision)
        self._view = svd_of_interactions(q, niter, oversample, svd_seed)

    def represent(self, data: HeteroData) -> Pair:
        r"""The sum of the tables and all layers of the main view: [I, D], [J, D]."""
        return read_out(self.layers(self.adjacency(data)), "sum")

    def step(self, batch: HeteroData) -> Tensor:
        r"""Return the ranking loss, the contrast with the view of low rank, and the penalty."""
        drawn = triplets(batch)
        layers = self.layers(self.adjacency(batch))
        final = read_out(layers, "sum")
        loss = self.loss(*rows(final, drawn))
        if self.contrast_weight:
            low = self.low_rank(layers, self.view(batch))
            loss = loss + self.contrast_weight * self.contrasted(low, final, drawn)
        if self.regularization:
            squares = self.user.square().sum() + self.item.square().sum()
            loss = loss + self.regularization * squares
        return loss

    def view(self, data: HeteroData) -> LowRank:
        r"""The decomposition of the normalised interactions; found once for each content."""
        return self._view(self.interactions(data), self.num_users, self.num_items)

    def low_rank(self, layers: list[Pair], view: LowRank) -> Pair:
        r"""The tables and, along the view, what follows each layer of the main view but the last.

        The view is linear and read out by a sum: all layers go through it at once.
        """
        users, items = read_out(layers[:-1], "sum")
        return self.user + view @ items, self.item + view.t() @ users

    def contrasted(self, low: Pair, final: Pair, drawn: Triplets) -> Tensor:
        r"""The contrast of the users and of the items of a batch, summed."""
        items = torch.cat([drawn.positive, drawn.negative])
        return self.contrast(low[0], final[0], drawn.user) + self.contrast(low[1], final[1], items)
