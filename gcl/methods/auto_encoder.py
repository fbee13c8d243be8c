r"""An auto-encoder of the features: what deep clustering starts from, and its baseline.

Legend: N nodes, F features, D embedding width, K clusters.
"""

from torch import Tensor, nn
from torch_geometric.data import Data

from gcl.methods.base import seed_rows
from gcl.methods.deep_clustering import DeepClustering


class AutoEncoder(DeepClustering):
    r"""Compress the features to a few numbers that a decoder can give them back from, and cluster
    those by k-means: the start of deep clustering (`SDCN <https://arxiv.org/abs/2002.01633>`_).

    .. math::
        L = \frac{1}{N F} \sum_i \lVert \hat x_i - x_i \rVert^2

    The graph is not read. All of it happens in :meth:`pretraining`, on batches of rows, so train
    with ``fit(method, data, epochs=0)``: k-means then sets the centres. Each further epoch is one
    step on all rows, after which the centres stay where they are.

    Args:
        in_channels: width F of the features, also beside a module ``encoder``.
        hidden_channels: widths of the encoder's hidden layers, mirrored by the decoder; 500, 500,
            2000 if None.
        out_channels: width D of the embeddings; 10 if None.
        num_clusters: K, 2 or more, at most N; it has to be given.
        encoder: ``"mlp"``, ``"gcn"``, ``"sage"``, ``"gin"`` or a module ``(x, edge_index) -> z``.
        feature_scale: what the features are multiplied by.
        pretrain_epochs: passes over the rows.
        pretrain_lr: learning rate.
        pretrain_batch: rows in a batch.
        num_kmeans: runs of k-means, the best of which sets the centres.

    Shapes:
        ``step``: graph of N nodes -> scalar; ``embed``: graph of N nodes -> [N, D]; ``assign``:
        graph of N nodes -> cluster [N], probability [N, K]

    Raises:
        TypeError, ValueError: for arguments out of range, or that would be ignored, or more
            clusters than nodes.

    Cost: that of the two perceptrons, linear in N.

    Example:
        >>> method = AutoEncoder(8, (16,), 4, num_clusters=2)
        >>> data = Data(x=torch.rand(3, 8), edge_index=torch.tensor([[0, 1], [1, 0]]))
        >>> method.step(data).shape, method.embed(data).shape
        (torch.Size([]), torch.Size([3, 4]))
    """

    def __init__(
        self,
        in_channels: int | None = None,
        hidden_channels: tuple[int, ...] | None = None,
        out_channels: int | None = None,
        *,
        num_clusters: int | None = None,
        encoder: str | nn.Module = "mlp",
        feature_scale: float = 1.0,
        pretrain_epochs: int = 30,
        pretrain_lr: float = 1e-3,
        pretrain_batch: int = 256,
        num_kmeans: int = 20,
    ) -> None:
        super().__init__(
            in_channels,
            hidden_channels,
            out_channels,
            num_clusters=num_clusters,
            encoder=encoder,
            keeps_decoder=True,
            feature_scale=feature_scale,
            pretrain_epochs=pretrain_epochs,
            pretrain_lr=pretrain_lr,
            pretrain_batch=pretrain_batch,
            num_kmeans=num_kmeans,
        )
        self.loss = nn.MSELoss()

    def step(self, batch: Data) -> Tensor:
        r"""The error of reconstruction on the rows of the graph."""
        z = self.latent(batch)
        return self.loss(self.decode(z), batch.x[seed_rows(batch)] * self.feature_scale)
