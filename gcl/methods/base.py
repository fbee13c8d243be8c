r"""What all methods share: an encoder, and embeddings taken from it."""

import torch
from torch import Tensor, nn
from torch_geometric.data import Data

from gcl.checks import check_edge_index, check_matrix, describe
from gcl.encoders import encode, encode_layerwise
from gcl.encoders.base import StackedEncoder
from gcl.modes import evaluating


class Method(nn.Module):
    r"""Base of the methods: ``step(batch)`` gives a loss, ``embed(data)`` gives embeddings.

    A method holds no training loop; :func:`gcl.training.fit` or a loop of your own calls ``step``.

    Args:
        encoder: module called as ``encoder(x, edge_index)``.
    """

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def step(self, batch: Data) -> Tensor:
        r"""Return the scalar loss of one training step on ``batch``."""
        raise NotImplementedError

    @property
    def embeds_by_layer(self) -> bool:
        r"""Whether :meth:`embed` takes a ``block_size``: it embeds by one encoder with layers."""
        alone = type(self).represent is Method.represent
        return alone and isinstance(self.encoder, StackedEncoder)

    @torch.no_grad()
    def embed(self, data: Data, *, block_size: int | None = None) -> Tensor:
        r"""Embed the nodes of the graph as it is, in evaluation mode: [N, D].

        Args:
            data: the whole graph.
            block_size: encode layer by layer, so many nodes and edges at a time, for a graph whose
                activations exceed the memory (:func:`gcl.encoders.encode_layerwise`); all at once
                if None. The result is the same to rounding.

        Raises:
            TypeError, ValueError: if features or edges are missing, not finite or out of range; for
                a block size with an encoder, or a method, that has no layers to go by.
        """
        check_graph(data)
        with evaluating(self):
            return self.represent(data) if block_size is None else self._by_layer(data, block_size)

    def _by_layer(self, data: Data, block_size: int) -> Tensor:
        if type(self).represent is not Method.represent:
            raise ValueError(
                f"block_size must be None: {type(self).__name__} does not embed by one encoder "
                f"alone, got {block_size}"
            )
        return encode_layerwise(self.encoder, data, block_size=block_size)

    def represent(self, data: Data) -> Tensor:
        r"""What :meth:`embed` returns for a checked graph: here the encoder's output, [N, D]."""
        return encode(self.encoder, data)


def check_graph(data: Data) -> None:
    r"""Raise unless ``data`` is a graph with nodes, finite float features ``x``, edges in range.

    ``edge_weight``, if there is one, must be finite with one entry per edge.
    """
    if not isinstance(data, Data):
        raise TypeError(f"data must be a PyG Data or a Batch of them, got {describe(data)}")
    for name in ("x", "edge_index"):
        if data.get(name) is None:
            raise ValueError(f"data must have {name!r}, got {data}")
    check_matrix(data.x, "x")
    if not len(data.x):
        raise ValueError(f"data must have at least one node, got {data}")
    check_edge_index(data.edge_index, len(data.x))
    if data.get("edge_weight") is not None:
        _check_weight(data.edge_weight, data.edge_index.size(1))


def _check_weight(weight: Tensor, num_edges: int) -> None:
    if not isinstance(weight, Tensor) or weight.shape != (num_edges,):
        raise ValueError(f"edge_weight must have shape [{num_edges}], got {describe(weight)}")
    check_matrix(weight.view(-1, 1), "edge_weight")


def seed_rows(batch: Data) -> slice:
    r"""The rows that may enter a loss: the seeds of a sampled batch, else all nodes."""
    return slice(batch.get("batch_size"))
