r"""PamCGC as an estimator of scikit-learn.

Legend: N nodes, F features, D embedding width, K clusters.
"""

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted
from torch_geometric.data import Data

from gcl.checks import check_int, check_positive
from gcl.estimators.inputs import Nodes, as_graph, as_nodes, as_seed, check_widths
from gcl.methods import PamCGC
from gcl.methods.deep_clustering import Assignment
from gcl.training import fit, seed_all
from gcl.training.seeds import random_state_kept


class PamCClusterer(ClusterMixin, TransformerMixin, BaseEstimator):
    r"""Cluster the nodes of a graph with the interface of scikit-learn (`PamCGC
    <https://arxiv.org/abs/2209.14067>`_).

    ``fit`` trains :class:`~gcl.methods.PamCGC`, auto-encoder included. The encoder reads features
    alone, so that nodes which were not in the graph are assigned without edges. Parameters are
    checked by ``fit``, as is usual there. The generators of torch, numpy and ``random`` are left as
    they were.

    Args:
        n_clusters: K, from 2 to N.
        hidden_channels: widths of the encoder's hidden layers.
        out_channels: width D of the embeddings.
        alpha: weight of the contrast along the graph.
        beta: weight of the sharpening of the assignments.
        scale: what similarities are multiplied by in the contrast.
        order: steps on the graph within which nodes count as neighbours.
        assignment: ``"hard"`` or ``"soft"`` meta-nodes.
        pretrain_epochs: passes of the auto-encoder; 0 for k-means on the untrained encoder.
        epochs: steps of training after that.
        lr: learning rate of both.
        n_init: runs of k-means that the centres start from.
        random_state: seed of the weights and of all draws; None takes the next number of numpy's
            global generator, a ``numpy.random.RandomState`` its own next, as in scikit-learn.
        device: where to train; the CPU if None.
        verbose: show a progress bar.

    Attributes:
        labels_: cluster of each node of the graph, [N].
        cluster_centers_: centres in the space of the embeddings, [K, D].
        n_features_in_: F.
        losses_: the loss of each epoch.
        method_: the trained :class:`~gcl.methods.PamCGC`.

    Example:
        >>> from gcl.datasets import load
        >>> from gcl.estimators import PamCClusterer
        >>> data = load("karate")[0]
        >>> model = PamCClusterer(n_clusters=4, hidden_channels=(16,), epochs=5).fit(data)
        >>> model.labels_.shape, model.predict(data.x[:3]).shape, model.transform(data).shape
        ((34,), (3,), (34, 10))
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        hidden_channels: tuple[int, ...] = (500, 500, 2000),
        out_channels: int = 10,
        alpha: float = 2.0,
        beta: float = 2.0,
        scale: float = 0.5,
        order: int = 1,
        assignment: str = "hard",
        pretrain_epochs: int = 30,
        epochs: int = 200,
        lr: float = 1e-3,
        n_init: int = 20,
        random_state: int | np.random.RandomState | None = 0,
        device: str | None = None,
        verbose: bool = False,
    ) -> None:
        self.n_clusters = n_clusters
        self.hidden_channels = hidden_channels
        self.out_channels = out_channels
        self.alpha = alpha
        self.beta = beta
        self.scale = scale
        self.order = order
        self.assignment = assignment
        self.pretrain_epochs = pretrain_epochs
        self.epochs = epochs
        self.lr = lr
        self.n_init = n_init
        self.random_state = random_state
        self.device = device
        self.verbose = verbose

    def fit(self, data: Data, y: None = None) -> "PamCClusterer":
        r"""Learn clusters of a graph's nodes.

        Args:
            data: graph with finite float features ``x``, of any precision, and ``edge_index``; it
                may be disconnected, and edges may have weights.
            y: ignored; here for pipelines of scikit-learn. Labels are never looked at.

        Raises:
            TypeError, ValueError: for a graph or parameters out of range, named.
            gcl.training.TrainingError: if training diverges.
        """
        graph, seed = as_graph(data), as_seed(self.random_state)
        check_positive(self.lr, "lr")
        check_int(self.n_init, "n_init", minimum=1)
        if check_int(self.n_clusters, "n_clusters", minimum=2) > len(graph.x):
            raise ValueError(
                f"n_clusters must be at most the {len(graph.x)} nodes, got {self.n_clusters}"
            )
        with random_state_kept():
            seed_all(seed)
            method = self._method(graph.x.size(1))
            history = fit(
                method,
                graph,
                epochs=self.epochs,
                lr=self.lr,
                seed=seed,
                device=self.device,
                progress=self.verbose,
            )
        self.method_, self.losses_ = method.eval(), history.losses
        self.n_features_in_ = graph.x.size(1)
        self.cluster_centers_ = method.centers.detach().cpu().numpy()
        self.labels_ = self._assign(graph).cluster.cpu().numpy()
        return self

    def predict(self, data: Nodes) -> np.ndarray:
        r"""The cluster of each node of a graph, or of nodes given by their features alone: [N].

        Raises:
            sklearn.exceptions.NotFittedError: before ``fit``.
            TypeError, ValueError: for features of another width, not finite or missing.
        """
        return self._assign(self._nodes(data)).cluster.cpu().numpy()

    def predict_proba(self, data: Nodes) -> np.ndarray:
        r"""How likely each cluster is for each node; raises as :meth:`predict`: [N, K]."""
        return self._assign(self._nodes(data)).probability.cpu().numpy()

    def transform(self, data: Nodes) -> np.ndarray:
        r"""The embeddings of nodes; raises as :meth:`predict`: [N, D]."""
        graph = self._nodes(data)
        return self.method_.embed(self._there(graph)).cpu().numpy()

    def _method(self, num_features: int) -> PamCGC:
        return PamCGC(
            num_features,
            check_widths(self.hidden_channels, "hidden_channels"),
            self.out_channels,
            num_clusters=self.n_clusters,
            alpha=self.alpha,
            beta=self.beta,
            scale=self.scale,
            order=self.order,
            assignment=self.assignment,
            pretrain_epochs=self.pretrain_epochs,
            pretrain_lr=self.lr,
            num_kmeans=self.n_init,
        )

    def _nodes(self, data: Nodes) -> Data:
        check_is_fitted(self)
        return as_nodes(data, self.n_features_in_)

    def _assign(self, graph: Data) -> Assignment:
        return self.method_.assign(self._there(graph))

    def _there(self, graph: Data) -> Data:
        device = self.method_.centers.device
        return graph if graph.x.device == device else graph.clone().to(str(device))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "method_")
