r"""XSimGCL: one noisy propagation for ranking and contrast.

Legend: I users, J items, D width, L layers, B triplets.
"""

from torch import Tensor
from torch_geometric.data import HeteroData

from gcl.checks import check_int
from gcl.methods.recommender import read_out, rows, triplets
from gcl.methods.sim_gcl import SimGCL


class XSimGCL(SimGCL):
    r"""Contrast the final embeddings of a batch with those of one layer of the same noisy
    propagation (`Yu et al. 2023 <https://arxiv.org/abs/2209.02544>`_).

    As :class:`~gcl.methods.SimGCL`, but a step propagates once, with noise, instead of three times:
    the mean of layers 1 to L is what ranks, and its contrast is with the embeddings after layer
    :math:`l^*`. Positive is the same node there, negatives are the other nodes of the batch.

    Args:
        num_users: I.
        num_items: J.
        embedding_dim: width D.
        num_layers: layers L, 1 or more.
        layer: :math:`l^*`, the layer to contrast with, 1 to L.
        noise: :math:`\epsilon`, length of the noise, 0 or above.
        contrast_weight: :math:`\lambda`, 0 or above.
        regularization: weight of the norms of the batch's final embeddings, 0 or above.
        temperature: :math:`\tau` > 0.

    Shapes:
        ``step``: batch with ``triplets`` [3, B] -> scalar; ``embed``: -> user [I, D], item [J, D]

    Raises:
        TypeError, ValueError: for arguments out of range.

    Cost:
        That of :class:`~gcl.methods.LightGCN`, and O(B^2 D) for the contrast.

    Example:
        >>> data = HeteroData(user={"num_nodes": 2}, item={"num_nodes": 3})
        >>> data["user", "rates", "item"].edge_index = torch.tensor([[0, 1, 1], [0, 1, 2]])
        >>> method = XSimGCL(2, 3, embedding_dim=4)
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
        layer: int = 1,
        noise: float = 0.2,
        contrast_weight: float = 0.2,
        regularization: float = 1e-4,
        temperature: float = 0.15,
    ) -> None:
        super().__init__(
            num_users,
            num_items,
            embedding_dim,
            num_layers=num_layers,
            noise=noise,
            contrast_weight=contrast_weight,
            regularization=regularization,
            temperature=temperature,
        )
        self.layer = check_int(layer, "layer", minimum=1)
        if layer > num_layers:
            raise ValueError(f"layer must be at most num_layers={num_layers}, got {layer}")

    def step(self, batch: HeteroData) -> Tensor:
        r"""Return the ranking loss, the contrast of the final embeddings, and the penalty."""
        drawn = triplets(batch)
        layers = self.noisy_layers(self.adjacency(batch))
        final = read_out(layers[1:], "mean")
        loss = self.loss(*rows(final, drawn)) + self.regularization * self._norms(
            final, batch, drawn
        )
        contrast = self.contrasted(final, layers[self.layer], drawn)
        return loss + self.contrast_weight * contrast
