r"""DirectAU: alignment of users with their items, uniformity of each; nothing is ranked.

Legend: I users, J items, D width, L layers, B triplets.
"""

from torch import Tensor
from torch_geometric.data import HeteroData

from gcl.checks import check_non_negative
from gcl.losses import AlignUniform
from gcl.losses.align_uniform import alignment
from gcl.methods.recommender import Recommender, triplets


class DirectAU(Recommender):
    r"""Pull every user towards an item it took, and spread users and items over the sphere (`Wang
    et al. 2022 <https://arxiv.org/abs/2206.12811>`_).

    .. math::
        L = \frac{1}{B} \sum_b \|\hat e_u - \hat e_i\|^2 + \frac{\gamma}{2} \Big[
            \log \operatorname*{mean}_{b \neq b'} e^{-2 \|\hat e_u - \hat e_{u'}\|^2}
          + \log \operatorname*{mean}_{b \neq b'} e^{-2 \|\hat e_i - \hat e_{i'}\|^2} \Big]

    with unit rows :math:`\hat e` of the batch's users and positive items, repeated ones among them.
    The negative items of the batch are not looked at. A batch of one triplet, such as the last of
    an epoch may be, has no pairs to spread and is aligned alone. Items are ranked by inner products
    of the embeddings as they are, of any length. The authors' weight decay (1e-6) is the
    optimiser's.

    Args:
        num_users: I.
        num_items: J.
        embedding_dim: width D.
        num_layers: layers L of LightGCN; 0 for matrix factorisation, with which
            the authors' published settings train.
        gamma: :math:`\gamma`, weight of the uniformity, 0 or above.

    Shapes:
        ``step``: batch with ``triplets`` [3, B] -> scalar; ``embed``: -> user [I, D], item
        [J, D]

    Raises:
        TypeError, ValueError: for arguments out of range.

    Cost:
        A step takes O(L E D) for the propagation and O(B^2 D) for the uniformity.

    Example:
        >>> data = HeteroData(user={"num_nodes": 2}, item={"num_nodes": 3})
        >>> data["user", "rates", "item"].edge_index = torch.tensor([[0, 1, 1], [0, 1, 2]])
        >>> method = DirectAU(2, 3, embedding_dim=4)
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
        gamma: float = 1.0,
    ) -> None:
        super().__init__(num_users, num_items, embedding_dim, num_layers=num_layers)
        self.loss = AlignUniform(weight=check_non_negative(gamma, "gamma"))

    def step(self, batch: HeteroData) -> Tensor:
        r"""Return the alignment of the users with their items and the uniformity of both."""
        drawn, (user, item) = triplets(batch), self.represent(batch)
        pair = user.index_select(0, drawn.user), item.index_select(0, drawn.positive)
        return self.loss(*pair) if len(drawn.user) > 1 else alignment(*pair)
