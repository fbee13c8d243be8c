r"""LightGCN: graph convolution reduced to propagation, for recommendation.

Legend: I users, J items, D width, L layers, B triplets.
"""

from torch import Tensor
from torch_geometric.data import HeteroData

from gcl.checks import check_choice, check_non_negative
from gcl.functional.bipartite import Pair
from gcl.losses import BPR
from gcl.methods.recommender import Recommender, mean_squares, read_out, rows, triplets


class LightGCN(Recommender):
    r"""Rank items by tables of users and items that are smoothed along their interactions (`He et
    al. 2020 <https://arxiv.org/abs/2002.02126>`_).

    .. math::
        E^{l} = \hat A E^{l-1}, \qquad E = \frac{1}{L + 1} \sum_{l=0}^{L} E^l, \qquad
        L = \frac{1}{B} \sum_b -\log \sigma(\hat y^+_b - \hat y^-_b)
          + \frac{\lambda}{2B} \sum_b \|e^0_u\|^2 + \|e^0_i\|^2 + \|e^0_j\|^2

    No contrast of views: the backbone and the baseline of the contrastive methods here, which are
    LightGCL, SGL, SimGCL, XSimGCL, NCL and DirectAU. With ``num_layers=0`` it is matrix
    factorisation. The defaults are those of the authors' PyTorch code.

    Args:
        num_users: I.
        num_items: J.
        embedding_dim: width D.
        num_layers: layers L, 0 or more.
        readout: ``"mean"`` of the tables and all layers, or their ``"sum"``.
        dropout: probability of losing an entry of the adjacency in training, in each layer and
            direction; what stays is divided by 1 - p.
        regularization: :math:`\lambda`, 0 or above, of the rows of the tables in the batch.
        init: ``"normal"`` (standard deviation 0.1) or ``"xavier"`` (uniform) first tables.

    Shapes:
        ``step``: batch with ``triplets`` [3, B] -> scalar; ``embed``: -> user [I, D], item [J, D]

    Raises:
        TypeError, ValueError: for arguments out of range.

    Cost:
        A step takes 4 L products with the E interactions, O(L E D), and O((I + J) D) memory.

    Example:
        >>> data = HeteroData(user={"num_nodes": 2}, item={"num_nodes": 3})
        >>> data["user", "rates", "item"].edge_index = torch.tensor([[0, 1, 1], [0, 1, 2]])
        >>> method = LightGCN(2, 3, embedding_dim=4)
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
        readout: str = "mean",
        dropout: float = 0.0,
        regularization: float = 1e-4,
        init: str = "normal",
    ) -> None:
        super().__init__(
            num_users, num_items, embedding_dim, num_layers=num_layers, dropout=dropout, init=init
        )
        self.readout = check_choice(readout, "readout", ("mean", "sum"))
        self.regularization = check_non_negative(regularization, "regularization")
        self.loss = BPR()

    def represent(self, data: HeteroData) -> Pair:
        r"""The read-out of the tables and all layers: [I, D], [J, D]."""
        return read_out(self.layers(self.adjacency(data)), self.readout)

    def step(self, batch: HeteroData) -> Tensor:
        r"""Return the ranking loss of the triplets and the penalty of their rows."""
        drawn = triplets(batch)
        loss = self.loss(*rows(self.represent(batch), drawn))
        return loss + self.regularization * mean_squares(self.user, self.item, drawn)
