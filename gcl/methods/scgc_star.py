r"""SCGC*: SCGC without a decoder, along the influence of all orders.

Legend: N nodes, F features, D embedding width, K clusters.
"""

from torch import nn

from gcl.methods.scgc import SCGC


class SCGCStar(SCGC):
    r"""Cluster nodes by their features, neighbours of all orders drawn together among all nodes
    (`Kulatilleke et al. 2022 <https://arxiv.org/abs/2204.12656>`_).

    .. math::
        L = \alpha L_{IAC}(z, \Gamma) + \beta L_{KL}(p, q), \qquad \Gamma = \sum_{k=1}^{r} P^k

    :class:`~gcl.methods.SCGC` without its decoder after pre-training. The paper calls it SCGC*.
    Arguments are those of SCGC; the defaults are the authors' for ACM.

    Shapes:
        ``step``: graph of N nodes -> scalar; ``embed``: graph of N nodes -> [N, D]; ``assign``:
        graph of N nodes -> cluster [N], probability [N, K]

    Cost:
        A step takes O(N^2 D) time and O(N D) memory for the contrast, beside the perceptron's.

    Example:
        >>> method = SCGCStar(in_channels=8, hidden_channels=(16,), out_channels=4, num_clusters=2)
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> method.step(Data(x=torch.rand(3, 8), edge_index=edge_index)).shape
        torch.Size([])
    """

    cumulative = True
    keeps_decoder = False

    def __init__(
        self,
        in_channels: int | None = None,
        hidden_channels: tuple[int, ...] | None = None,
        out_channels: int | None = None,
        *,
        num_clusters: int | None = None,
        encoder: str | nn.Module = "mlp",
        alpha: float = 1.0,
        beta: float = 0.1,
        scale: float = 0.25,
        order: int = 1,
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
            alpha=alpha,
            beta=beta,
            scale=scale,
            order=order,
            precision=precision,
            feature_scale=feature_scale,
            dof=dof,
            pretrain_epochs=pretrain_epochs,
            pretrain_lr=pretrain_lr,
            pretrain_batch=pretrain_batch,
            num_kmeans=num_kmeans,
        )
