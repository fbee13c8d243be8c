r"""Where embeddings come from: raw features, an untrained encoder, a trained method.

Each source is called with a graph and returns embeddings [N, D] of its nodes.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from torch import Tensor, nn
from torch_geometric.data import Data

from gcl.benchmark.budget import block_size
from gcl.benchmark.config import BEST_EPOCH, Config
from gcl.benchmark.run import Trained, build, clusters, embed, train
from gcl.benchmark.under_way import has_begun
from gcl.evaluation import Result, best_epoch
from gcl.evaluation.assigned import agreement
from gcl.training import load_checkpoint
from gcl.training.folder import CHECKPOINT

LINKS = "links"


class Source(Protocol):
    r"""A name for the table, and embeddings for any graph."""

    @property
    def name(self) -> str:
        r"""The row's name in tables."""

    def __call__(self, data: Data) -> Tensor:
        r"""Embeddings of the nodes of ``data``: [N, D]."""


@runtime_checkable
class Assigning(Protocol):
    r"""A source that may have clusters of its own."""

    def clusters(self, data: Data) -> Tensor | None:
        r"""The clusters of the latest embeddings, if their method assigns them itself: [N]."""


@dataclass(frozen=True)
class RawFeatures:
    r"""The features themselves: what any embedding must beat."""

    config: Config

    @property
    def name(self) -> str:
        r"""Says so if rows were scaled to sum 1, or are of length 1 when they are clustered."""
        told = ["scaled rows"] if self.config.normalize_features else []
        if self.config.evaluation.kmeans_normalize == "l2":
            told.append("unit rows clustered")
        return f"raw features ({', '.join(told)})" if told else "raw features"

    def __call__(self, data: Data) -> Tensor:
        r"""Return the features."""
        return data.x


@dataclass(frozen=True)
class UntrainedEncoder:
    r"""The encoder as it is built: what training must beat."""

    config: Config

    @property
    def name(self) -> str:
        r"""Names the method whose encoder it is."""
        return f"untrained encoder ({self.config.method})"

    def __call__(self, data: Data) -> Tensor:
        r"""Build the method with its seed and embed ``data``."""
        method = build(self.config, data.num_features)
        return embed(method, data, block_size=block_size(self.config, method, data))


@dataclass
class TrainedMethod:
    r"""The method, trained anew on the very graph that it embeds.

    Args:
        config: the run.
        full: the whole graph; its training writes to ``out``.
        out: folder of the run, overwritten; nothing is written without it.
        device: where to train.
        resume: go on with the training in ``out`` if one was interrupted there; it is for that
            alone, and gets no plots. Training on another graph, that without the edges to predict,
            is then kept in its sub-folder ``links``, and nowhere otherwise.

    Attributes:
        latest: the training behind the latest embeddings.
        earlier: seconds that the latest training had taken before it was interrupted.
    """

    config: Config
    full: Data
    out: Path | None = None
    device: str | None = None
    resume: bool = False
    latest: Trained | None = field(default=None, init=False)
    earlier: float = field(default=0.0, init=False)

    @property
    def name(self) -> str:
        r"""The method, with its regulariser."""
        return self.config.label

    def __call__(self, data: Data) -> Tensor:
        r"""Train on ``data`` and embed it."""
        out = self._folder(data)
        scored = BEST_EPOCH in (self.config.evaluation.tasks or ())
        log = EpochScores(data, whole=self.config.loader is None) if scored else None
        begun = self.resume and has_begun(out)
        self.earlier = _seconds(out / CHECKPOINT) if begun and out is not None else 0.0
        how = {"resume": begun, "overwrite": not begun, "artifacts": not self.resume}
        self.latest = train(self.config, data, out=out, device=self.device, log=log, **how)
        return self.latest.h

    def _folder(self, data: Data) -> Path | None:
        if data is self.full or self.out is None:
            return self.out
        return self.out / LINKS if self.resume else None

    def clusters(self, data: Data) -> Tensor | None:
        r"""The clusters of the latest training, if the method assigns them itself: [N]."""
        return None if self.latest is None else clusters(self.latest.method, data)

    def best_epoch(self, data: Data) -> Result | None:
        r"""The best of the latest training's epochs, chosen on labels; None if none was scored."""
        logged = {} if self.latest is None else self.latest.history.logged
        scored = {epoch: scores for epoch, scores in logged.items() if scores}
        end = self.clusters(data) if scored else None
        return None if end is None else best_epoch(scored, agreement(end, data.y))


def _seconds(checkpoint: Path) -> float:
    r"""What the epochs of an interrupted training took."""
    training = load_checkpoint(checkpoint).training
    return 0.0 if training is None else float(sum(training["history"]["seconds"]))


@dataclass(frozen=True)
class EpochScores:
    r"""Scores of the clusters that a method assigns, called after every epoch; else no numbers.

    Args:
        data: the graph.
        whole: a step takes the whole graph. Then the clusters that the step has found anyway, as
            :attr:`~gcl.methods.deep_clustering.DeepClustering.latest_clusters`, are scored and
            nothing is computed again. They are those before the step, as in the code of the papers.
    """

    data: Data
    whole: bool = False

    def __call__(self, method: nn.Module) -> dict[str, float]:
        r"""How well the clusters agree with the classes."""
        found = getattr(method, "latest_clusters", None) if self.whole else None
        found = clusters(method, self.data) if found is None else found
        return {} if found is None else agreement(found, self.data.y)
