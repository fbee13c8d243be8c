r"""SCGC: graph clustering by a contrast of neighbours with all nodes, and a reconstruction.

Legend: N nodes, F features, D embedding width, K clusters.
"""

from torch import Tensor, nn
from torch_geometric.data import Data

from gcl.checks import check_non_negative
from gcl.functional.student_t import assignment_divergence
from gcl.losses import IAC
from gcl.methods.deep_clustering import DeepClustering, edges_among_seeds


class SCGC(DeepClustering):
    r"""Cluster nodes by their features, neighbours drawn together among all nodes, while a decoder
    gives the features back (`Kulatilleke et al. 2022 <https://arxiv.org/abs/2204.12656>`_).

    .. math::
        L = \alpha L_{IAC}(z, \Gamma) + \beta L_{KL}(p, q) + \frac{1}{N F} \sum_i \lVert
            \hat x_i - x_i \rVert^2

    It differs from :class:`~gcl.methods.PamCGC` in two ways: the contrast
    (:class:`~gcl.losses.IAC`, influence not cumulative) has all nodes as negatives, and the decoder
    stays. :class:`~gcl.methods.SCGCStar` drops the decoder and sums the influence over the orders.
    The defaults are the authors' for ACM.

    Args:
        in_channels: width F of the features, also beside a module ``encoder``.
        hidden_channels: as in :class:`~gcl.methods.PamCGC`.
        out_channels: width D of the embeddings; 10 if None.
        num_clusters: K, 2 or more, at most N; it has to be given.
        encoder: ``"mlp"``, ``"gcn"``, ``"sage"``, ``"gin"`` or a module ``(x, edge_index) -> z``.
        alpha: weight of the contrast, 0 or more.
        beta: weight of the divergence, 0 or more.
        scale: :math:`\tau` > 0 of the contrast; it multiplies.
        order: order r of the influence, 1 or more.
        precision: ``"highest"``, or ``"bf16"`` for the products of all pairs in bfloat16.
        feature_scale: what the features are multiplied by. The Student-t kernel has a fixed width:
            at a small scale assignments stay undecided.
        dof: degrees of freedom of the Student-t kernel.
        pretrain_epochs: passes of the auto-encoder over the rows; 0 for k-means alone.
        pretrain_lr: its learning rate.
        pretrain_batch: rows in one of its batches.
        num_kmeans: runs of k-means, the best of which sets the centres.

    Shapes:
        ``step``: graph of N nodes -> scalar; ``embed``: graph of N nodes -> [N, D]; ``assign``:
        graph of N nodes -> cluster [N], probability [N, K]

    Raises:
        TypeError, ValueError: for arguments out of range, or that would be ignored, or more
            clusters than nodes.

    Cost:
        A step takes O(N^2 D) time and O(N D) memory for the contrast, beside the auto-encoder's.

    Example:
        >>> method = SCGC(in_channels=8, hidden_channels=(16,), out_channels=4, num_clusters=2)
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> data = Data(x=torch.rand(3, 8), edge_index=edge_index)
        >>> method.step(data).shape, method.embed(data).shape
        (torch.Size([]), torch.Size([3, 4]))
    """

    cumulative = False
    keeps_decoder = True

    def __init__(
        self,
        in_channels: int | None = None,
        hidden_channels: tuple[int, ...] | None = None,
        out_channels: int | None = None,
        *,
        num_clusters: int | None = None,
        encoder: str | nn.Module = "mlp",
        alpha: float = 0.5,
        beta: float = 0.1,
        scale: float = 0.25,
        order: int = 2,
        precision: str = "highest",
        feature_scale: float = 1.0,
        dof: float = 1.0,
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
            keeps_decoder=self.keeps_decoder,
            feature_scale=feature_scale,
            dof=dof,
            pretrain_epochs=pretrain_epochs,
            pretrain_lr=pretrain_lr,
            pretrain_batch=pretrain_batch,
            num_kmeans=num_kmeans,
        )
        self.alpha = check_non_negative(alpha, "alpha")
        self.beta = check_non_negative(beta, "beta")
        self.loss = IAC(order, cumulative=self.cumulative, scale=scale, precision=precision)

    def step(self, batch: Data) -> Tensor:
        r"""Contrast along the graph, sharpen the assignments, and reconstruct the features."""
        z = self.latent(batch)
        log_q = self.log_q(z)
        self.keep(log_q)
        loss = self.alpha * self.loss(z, *edges_among_seeds(batch))
        loss = loss + self.beta * assignment_divergence(log_q)
        if not self.keeps_decoder:
            return loss
        return loss + self.reconstruction_error(z, batch)
