r"""SimGCL: views by noise on the embeddings, without any augmentation of the graph.

Legend: I users, J items, D width, L layers, B triplets.
"""

from torch import Tensor
from torch_geometric.data import HeteroData

from gcl.checks import check_int, check_non_negative
from gcl.functional.bipartite import Bipartite, Pair
from gcl.functional.signed_noise import add_signed_noise
from gcl.losses import BPR, InfoNCE
from gcl.methods.recommender import Recommender, Triplets, mean_norms, read_out, rows, triplets


class SimGCL(Recommender):
    r"""Contrast the users and items of a batch between two propagations with small random noise
    (`Yu et al. 2022 <https://arxiv.org/abs/2112.08679>`_).

    .. math::
        e^l \leftarrow e^l + \epsilon \operatorname{sign}(e^l) \odot n / \|n\|, \qquad
        E = \frac{1}{L} \sum_{l=1}^{L} E^l

    .. math::
        L = \frac{1}{B} \sum_b -\log \sigma(\hat y^+_b - \hat y^-_b)
          + \lambda \big[ \ell(E_u', E_u'') + \ell(E_v', E_v'') \big]
          + \frac{\mu}{B} \big( \|E_u\|_F + \|E_v\|_F \big)

    with noise after every layer, from which it goes on to the next. :math:`\ell` is
    :class:`~gcl.losses.InfoNCE` in one direction: positive is the same node in the other view,
    negatives the other users (or the other positive items) *of the batch*, each once. The tables
    themselves, layer 0, do not enter the embeddings. The penalty is on the norm, not its square,
    of the final embeddings of the batch, as in the authors' code.

    Args:
        num_users: I.
        num_items: J.
        embedding_dim: width D.
        num_layers: layers L, 1 or more.
        noise: :math:`\epsilon`, length of the noise, 0 or above.
        contrast_weight: :math:`\lambda`, 0 or above.
        regularization: :math:`\mu`, 0 or above.
        temperature: :math:`\tau` > 0.

    Shapes:
        ``step``: batch with ``triplets`` [3, B] -> scalar; ``embed``: -> user [I, D], item [J, D]

    Raises:
        TypeError, ValueError: for arguments out of range.

    Cost:
        A step propagates three times, O(L E D), and takes O(B^2 D) for the contrast.

    Example:
        >>> data = HeteroData(user={"num_nodes": 2}, item={"num_nodes": 3})
        >>> data["user", "rates", "item"].edge_index = torch.tensor([[0, 1, 1], [0, 1, 2]])
        >>> method = SimGCL(2, 3, embedding_dim=4)
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
        noise: float = 0.1,
        contrast_weight: float = 0.5,
        regularization: float = 1e-4,
        temperature: float = 0.2,
    ) -> None:
        check_int(num_layers, "num_layers", minimum=1)
        super().__init__(num_users, num_items, embedding_dim, num_layers=num_layers)
        self.noise = check_non_negative(noise, "noise")
        self.contrast_weight = check_non_negative(contrast_weight, "contrast_weight")
        self.regularization = check_non_negative(regularization, "regularization")
        self.loss = BPR()
        self.contrast = InfoNCE(temperature, symmetric=False)

    def represent(self, data: HeteroData) -> Pair:
        r"""The mean of layers 1 to L without noise: [I, D], [J, D]."""
        return read_out(self.layers(self.adjacency(data))[1:], "mean")

    def step(self, batch: HeteroData) -> Tensor:
        r"""Return the ranking loss, the contrast of two noisy views, and the penalty."""
        drawn, a = triplets(batch), self.adjacency(batch)
        final = read_out(self.layers(a)[1:], "mean")
        loss = self.loss(*rows(final, drawn))
        if self.contrast_weight:
            views = [read_out(self.noisy_layers(a)[1:], "mean") for _ in range(2)]
            loss = loss + self.contrast_weight * self.contrasted(views[0], views[1], drawn)
        return loss + self.regularization * self._norms(final, batch, drawn)

    def noisy_layers(self, a: Bipartite) -> list[Pair]:
        r"""The tables and the layers, noise added after each: L + 1 pairs [I, D], [J, D]."""
        found: list[Pair] = [(self.user, self.item)]
        for _ in range(self.num_layers):
            user, item = self.propagate(a, *found[-1])
            found.append((add_signed_noise(user, self.noise), add_signed_noise(item, self.noise)))
        return found

    def contrasted(self, first: Pair, second: Pair, drawn: Triplets) -> Tensor:
        r"""The contrast of the different users and positive items of a batch, summed."""
        user, item = drawn.user.unique(), drawn.positive.unique()
        return self.contrast(first[0][user], second[0][user]) + self.contrast(
            first[1][item], second[1][item]
        )

    def _norms(self, final: Pair, batch: HeteroData, drawn: Triplets) -> Tensor:
        r"""Frobenius norms of the rows of users and of positive items of a batch, over its size."""
        return mean_norms((final[0][drawn.user], final[1][drawn.positive]), batch, drawn)
