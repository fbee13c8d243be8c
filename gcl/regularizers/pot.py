r"""Provable training: a regulariser that raises node compactness.

Legend: N nodes, M edges, K contrasted nodes, R scored nodes, D1 hidden width, D embedding width.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from gcl.checks import check_choice, check_int, check_probability
from gcl.functional.compactness import (
    Dropping,
    Network,
    contrast_directions,
    exact_compactness,
    fast_compactness,
)
from gcl.functional.draws import permutation
from gcl.functional.eager import with_gradient
from gcl.regularizers.droppings import Droppings
from gcl.regularizers.two_layers import read_network


class Drawn(Protocol):
    r"""What a step of a two-view method drew and encoded, as ``gcl.methods.two_view`` has it."""

    @property
    def graph(self) -> Any:
        r"""The graph that the views were drawn from."""

    @property
    def views(self) -> tuple[Any, Any]:
        r"""Both views."""

    @property
    def embeddings(self) -> tuple[Tensor, Tensor]:
        r"""Encodings of all nodes of each view: [N, D]."""

    @property
    def rows(self) -> Any:
        r"""Rows of the contrasted nodes in ``view1``, ``view2`` and the ``graph``."""

    @property
    def augmenters(self) -> tuple[Any, Any]:
        r"""The transforms that drew the views."""


Scored = tuple[Callable[..., Tensor], tuple[Tensor, ...]]


class POT(nn.Module):
    r"""Join a loss with a bound on how much every node agrees with itself more than with the rest,
    whichever edges are dropped (`Yu et al. 2023 <https://arxiv.org/abs/2309.13944>`_).

    With w the unit embedding of a node in one view less the mean of all other nodes' there, its
    *compactness* c is a lower bound of :math:`w \cdot z` for the node's embedding z in the other
    view. The loss of a two-view method becomes

    .. math::
        (1 - \kappa) L + \frac{\kappa}{2 K} \sum_i
            \log(1 + e^{-c_i^{(1)}}) + \log(1 + e^{-c_i^{(2)}})

    The bound holds for all droppings that take at most :math:`q_i` edges from each node i
    (:func:`gcl.functional.dropped_edges.most_lost`), and is evaluated for the view drawn. Only
    edges are bounded: features are those of the view. The encoder must be a two-layer
    :class:`~gcl.encoders.GCN` with ReLU, PReLU or LeakyReLU after both layers; the transforms of
    the views must drop edges independently or leave them alone.

    The released code's score is no bound: it exceeds the true value for many nodes. It is the mode
    ``"fast"``, for comparison with published figures. Directions w are formed from embeddings,
    before any projector, in both modes, as there. Gradients flow to all weights and to both views,
    but not to the slope of a PReLU inside the bounds.

    Args:
        kappa: weight :math:`\kappa` of the regulariser in [0, 1]; at 0 the loss is returned as is.
        mode: ``"exact"`` for the bound, ``"fast"`` for the score of the released code.
        batch_size: score so many nodes, drawn anew at each step, and not all; at least 2. The exact
            bound sees their whole neighbourhood and compares with all nodes; ``"fast"`` ignores
            edges to other nodes and compares within the batch, as the released code does.

    Shapes:
        loss scalar -> scalar

    Raises:
        TypeError, ValueError: for arguments out of range; when called, for an encoder, for
            transforms or for a graph with edge weights that no bound is known for.

    Cost:
        O(M D1 + N D1 D) time and O(N D1) memory, of the scored nodes' neighbourhood if there is a
        batch size. The gradient is formed in the forward pass.

    Example:
        >>> from gcl.methods import GRACE
        >>> method = GRACE(8, out_channels=16, feature_mask=(0, 0), pot=POT(kappa=0.4))
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> method.step(Data(x=torch.rand(3, 8), edge_index=edge_index)).shape
        torch.Size([])
    """

    def __init__(
        self, kappa: float = 0.4, mode: str = "exact", batch_size: int | None = None
    ) -> None:
        super().__init__()
        self.kappa = check_probability(kappa, "kappa")
        self.mode = check_choice(mode, "mode", ("exact", "fast"))
        if batch_size is not None:
            check_int(batch_size, "batch_size", minimum=2)
        self.batch_size = batch_size
        self._droppings = Droppings()

    def forward(self, loss: Tensor, method: nn.Module, drawn: Drawn) -> Tensor:
        r"""Join the loss of a step with the regulariser.

        Args:
            loss: loss of the step.
            method: what took the step; it has an ``encoder``.
            drawn: its graph, views, embeddings, the rows that were contrasted, and what drew.
        """
        if self.kappa == 0:
            return loss
        with torch.autocast(loss.device.type, enabled=False):
            penalties = [
                with_gradient(partial(_penalty, score), *tensors)
                for score, tensors in self._scores(method, drawn)
            ]
        return (1 - self.kappa) * loss + self.kappa / 2 * (penalties[0] + penalties[1])

    def compactness(self, method: nn.Module, drawn: Drawn) -> tuple[Tensor, Tensor]:
        r"""The compactness of the scored nodes in view 1 and in view 2: [R] each."""
        first, second = (score(*tensors) for score, tensors in self._scores(method, drawn))
        return first, second

    def _scores(self, method: Any, drawn: Drawn) -> Iterator[Scored]:
        r"""For either view, a function that returns its compactness, and the tensors it takes."""
        network = read_network(method.encoder)
        droppings = self._droppings(drawn.graph, drawn.views, drawn.augmenters)
        roots, picks = self._nodes(drawn)
        for dropping, view, z, rows in zip(
            droppings,
            drawn.views,
            reversed(drawn.embeddings),
            (drawn.rows.view2, drawn.rows.view1),
            strict=True,
        ):
            s = method.encoder.layers[0].transform(view.x)
            score = partial(self._score, network.slopes, dropping, roots, picks)
            yield score, (s, z[rows].to(s.dtype), network.weight, *network.biases)

    def _nodes(self, drawn: Drawn) -> tuple[Tensor | None, Tensor | None]:
        r"""The nodes to score, and their places among the contrasted ones; None for all."""
        num_nodes, device = len(drawn.graph.x), drawn.embeddings[0].device
        contrasted = torch.arange(num_nodes, device=device)[drawn.rows.graph]
        if len(contrasted) < 2:
            raise ValueError(f"POT must have two nodes or more to compare, got {len(contrasted)}")
        if self.batch_size is None or self.batch_size >= len(contrasted):
            return (None if len(contrasted) == num_nodes else contrasted), None
        picks = permutation(len(contrasted), device, None)[: self.batch_size].sort().values
        return contrasted[picks], picks

    def _score(
        self,
        slopes: tuple[float, float],
        dropping: Dropping,
        roots: Tensor | None,
        picks: Tensor | None,
        s: Tensor,
        z: Tensor,
        weight: Tensor,
        *biases: Tensor,
    ) -> Tensor:
        network = Network(weight, (biases[0], biases[1]), slopes)
        if self.mode == "exact":
            w = contrast_directions(z, picks)
            return exact_compactness(s, w, network, dropping, roots)
        w = contrast_directions(z if picks is None else z[picks])
        return fast_compactness(s, w, network, dropping, roots)

    def extra_repr(self) -> str:
        r"""The arguments."""
        return f"kappa={self.kappa}, mode={self.mode!r}, batch_size={self.batch_size}"


def _penalty(score: Callable[..., Tensor], *tensors: Tensor) -> Tensor:
    return softplus(-score(*tensors)).mean()
