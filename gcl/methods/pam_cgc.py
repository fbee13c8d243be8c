r"""PamCGC: graph clustering by a contrast of neighbours and cluster-level meta-nodes.

Legend: N nodes, F features, D embedding width, K clusters.
"""

from torch import Tensor, nn
from torch_geometric.data import Data

from gcl.checks import check_non_negative
from gcl.functional.student_t import assignment_divergence
from gcl.losses import PamC
from gcl.methods.deep_clustering import DeepClustering, edges_among_seeds


class PamCGC(DeepClustering):
    r"""Cluster nodes by their features, neighbours drawn together and clusters pushed apart
    (`Kulatilleke et al. 2022 <https://arxiv.org/abs/2209.14067>`_).

    .. math::
        L = \alpha L_{PamC}(z, \Gamma, c) + \beta L_{KL}(p, q), \qquad c_i = \arg\max_k q_{ik}

    with embeddings z of a perceptron that never sees the graph, soft assignments q of a Student-t
    kernel to K centres that are learnt (:func:`~gcl.functional.log_assignment`), and their target p
    (:func:`~gcl.functional.target_distribution`), taken anew in each step as a constant.
    :class:`~gcl.losses.PamC` brings in the graph: its influence matrix :math:`\Gamma` of order r,
    cumulative. Before the first epoch an auto-encoder of the features is trained and k-means sets
    the centres (see :meth:`pretraining`). The clusters are :meth:`assign`, without another k-means.
    The defaults are the authors' for ACM.

    Args:
        in_channels: width F of the features; of a module ``encoder``, what the decoder gives back.
        hidden_channels: widths of the encoder's hidden layers, mirrored by the decoder; 500, 500,
            2000 if None.
        out_channels: width D of the embeddings; 10 if None.
        num_clusters: K, 2 or more, at most N; it has to be given.
        encoder: ``"mlp"``, ``"gcn"``, ``"sage"``, ``"gin"`` or a module ``(x, edge_index) -> z``.
        alpha: weight of the contrast, 0 or more.
        beta: weight of the divergence, 0 or more.
        scale: :math:`\tau` > 0 of the contrast; it multiplies.
        order: order r of the influence, 1 or more.
        cumulative: sum the orders up to r.
        assignment: ``"hard"`` meta-nodes as in the authors' code, or ``"soft"`` as in the paper.
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
        A step takes O(E D + N K D + K^2 D) for E entries of the influence matrix, beside the
        perceptron's; nothing is quadratic in N. Pre-training never sees the graph.

    Example:
        >>> method = PamCGC(in_channels=8, hidden_channels=(16,), out_channels=4, num_clusters=2)
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> data = Data(x=torch.rand(3, 8), edge_index=edge_index)
        >>> method.step(data).shape, method.embed(data).shape, method.assign(data).cluster.shape
        (torch.Size([]), torch.Size([3, 4]), torch.Size([3]))
    """

    def __init__(
        self,
        in_channels: int | None = None,
        hidden_channels: tuple[int, ...] | None = None,
        out_channels: int | None = None,
        *,
        num_clusters: int | None = None,
        encoder: str | nn.Module = "mlp",
        alpha: float = 0.5,
        beta: float = 0.5,
        scale: float = 0.5,
        order: int = 1,
        cumulative: bool = True,
        assignment: str = "hard",
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
            keeps_decoder=False,
            feature_scale=feature_scale,
            dof=dof,
            pretrain_epochs=pretrain_epochs,
            pretrain_lr=pretrain_lr,
            pretrain_batch=pretrain_batch,
            num_kmeans=num_kmeans,
        )
        self.alpha = check_non_negative(alpha, "alpha")
        self.beta = check_non_negative(beta, "beta")
        self.soft = assignment == "soft"
        self.loss = PamC(
            order,
            cumulative=cumulative,
            scale=scale,
            assignment=assignment,
            num_clusters=self.num_clusters,
        )

    def step(self, batch: Data) -> Tensor:
        r"""Contrast along the graph with the present clusters, and sharpen their assignments."""
        z = self.latent(batch)
        log_q = self.log_q(z)
        self.keep(log_q)
        cluster = log_q.detach().exp() if self.soft else self.latest_clusters
        edge_index, weight = edges_among_seeds(batch)
        # A batch may have fewer rows than there are clusters, its epoch's last above all.
        part = batch.get("batch_size") is not None
        contrast = self.loss(z, edge_index, cluster, weight, part=part)
        return self.alpha * contrast + self.beta * assignment_divergence(log_q)
