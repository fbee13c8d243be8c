r"""Where embeddings come from: raw features, an untrained encoder, a trained method.

Each source is called with a graph and returns embeddings [N, D] of its nodes.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from torch import Tensor
from torch_geometric.data import Data

from gcl.benchmark.config import Config
from gcl.benchmark.run import build, embed, train


class Source(Protocol):
    r"""A name for the table, and embeddings for any graph."""

    @property
    def name(self) -> str:
        r"""The row's name in tables."""

    def __call__(self, data: Data) -> Tensor:
        r"""Embeddings of the nodes of ``data``: [N, D]."""


@dataclass(frozen=True)
class RawFeatures:
    r"""The features themselves: what any embedding must beat."""

    config: Config

    @property
    def name(self) -> str:
        r"""Says so if the rows were scaled to sum 1."""
        return "raw features (scaled rows)" if self.config.normalize_features else "raw features"

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
        return embed(build(self.config, data.num_features), data)


@dataclass(frozen=True)
class TrainedMethod:
    r"""The method, trained anew on the very graph that it embeds.

    Args:
        config: the run.
        full: the whole graph; only its training writes to ``out``.
        out: folder of the run, overwritten; nothing is written without it.
        device: where to train.
    """

    config: Config
    full: Data
    out: Path | None = None
    device: str | None = None
    name: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.config.label)

    def __call__(self, data: Data) -> Tensor:
        r"""Train on ``data`` and embed it."""
        out = self.out if data is self.full else None
        return train(self.config, data, out=out, overwrite=True, device=self.device).h
