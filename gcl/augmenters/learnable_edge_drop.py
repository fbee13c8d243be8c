r"""Removal of edges by a network that learns which.

Legend: N nodes, M edges, D embedding width, G graphs.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch_geometric.data import Data
from torch_geometric.data.storage import BaseStorage

from gcl.augmenters.alignment import slices_of
from gcl.augmenters.base import Augmenter, edge_stores, feature_stores
from gcl.augmenters.edge_scorer import EdgeScorer
from gcl.augmenters.selection import set_slices
from gcl.checks import check_edge_index, check_flag, check_positive, describe
from gcl.functional.draws import check_generator
from gcl.functional.edges import number_pairs, plain
from gcl.functional.normalize import at_least_float32
from gcl.functional.relaxed import check_margin, relaxed_bernoulli


class LearnableEdgeDrop(Augmenter, nn.Module):
    r"""Weigh every edge by a draw near 0 or 1 whose odds a network learns (`AD-GCL
    <https://arxiv.org/abs/2106.05819>`_).

    .. math::
        \omega_{ij} = \operatorname{MLP}([h_i \| h_j]), \qquad w_{ij} = \operatorname{sigmoid}\Big(
            \frac{\log \delta_{ij} - \log(1 - \delta_{ij}) + \omega_{ij}}{\tau} \Big), \qquad
        \delta_{ij} \sim U(\epsilon, 1 - \epsilon)

    with h from ``encoder``. All edges stay in the view; its ``edge_weight`` is multiplied by w (or
    is w where there was none), through which the gradient of a loss reaches this module. Encode
    the view with an encoder that reads edge weights, such as :class:`gcl.encoders.GCN`; one that
    does not would see the whole graph. The view's ``edge_keep`` is w itself, from which
    :meth:`drop_ratio` computes the regulariser R. Unlike in the paper, self loops keep w = 1: they
    hold the degrees of a graph convolution above 0, near which its gradient overflows.

    Features, edges and their weights decide, never labels or masks. As a module it is trained,
    saved and moved like any other; :func:`gcl.training.adversarial_step` trains it against an
    encoder. Functional twin: :func:`gcl.functional.relaxed_bernoulli`.

    Args:
        encoder: Module called as ``encoder(x, edge_index)``, with ``edge_weight=`` for graphs that
            have weights. It belongs to this augmenter: do not share it with what the views train.
        out_channels: Width D of its output. Default: its attribute of that name.
        hidden_channels: Hidden width of the MLP. Default 64, as in the authors' code.
        temperature: :math:`\tau` > 0. Default 1.
        margin: :math:`\epsilon` in (0, 0.5). Default 1e-4, as in the authors' code.
        undirected: One logit (the mean) and one draw for all entries that join the same two nodes,
            in either direction. Default False: each entry has its own, as in the authors' code.
        generator: Source of randomness, on any device. Default: torch's global generator of the
            data's device. A copy in a worker process repeats the draws of every other copy.

    Raises:
        TypeError: for an argument of the wrong kind, or data that is no ``Data`` or ``Batch``.
        ValueError: for an argument out of range, an encoder whose width is not known, data without
            ``x`` or ``edge_index`` or with an ``adj_t``, or an edge that leaves [0, N).

    Example:
        >>> from gcl.encoders import GCN
        >>> augment = LearnableEdgeDrop(GCN(2, 8, 4))
        >>> view = augment(Data(x=torch.ones(3, 2), edge_index=torch.tensor([[0, 1], [1, 2]])))
        >>> view.edge_weight.shape, view.edge_weight.requires_grad
        (torch.Size([2]), True)

    Cost: that of the encoder, and O(N D H + M H) for hidden width H; one sort of M numbers more
    with ``undirected=True``.
    """

    accepts = (Data,)
    __call__ = nn.Module.__call__  # with hooks; `forward` copies its input itself

    def __init__(
        self,
        encoder: nn.Module,
        *,
        out_channels: int | None = None,
        hidden_channels: int = 64,
        temperature: float = 1.0,
        margin: float = 1e-4,
        undirected: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.out_channels = _width(encoder, out_channels)
        self.hidden_channels = hidden_channels
        self.temperature = check_positive(temperature, "temperature")
        self.margin = check_margin(margin)
        self.undirected = check_flag(undirected, "undirected")
        self.generator = check_generator(generator)
        self.scorer = EdgeScorer(self.out_channels, hidden_channels)

    def augment(self, data: Any) -> None:
        r"""Weigh the edges by a draw."""
        (store,) = edge_stores(data, None)
        old = _weight_of(store)
        keep = self._draw(self.logits(data), store["edge_index"])
        keep = keep.masked_fill(_is_loop(store["edge_index"]), 1.0)
        _set_per_edge(data, store, "edge_keep", keep)
        _set_per_edge(data, store, "edge_weight", keep if old is None else keep * old)

    def logits(self, data: Data) -> Tensor:
        r"""Log-odds :math:`\omega` that each entry of ``edge_index`` is kept: [M].

        With ``undirected``, those of both directions are averaged before a draw.
        """
        (store,) = feature_stores(data, None)
        check_edge_index(plain(store["edge_index"]), len(store["x"]))
        weight = _weight_of(store)
        options = {} if weight is None else {"edge_weight": weight}
        h = self.encoder(store["x"], store["edge_index"], **options)
        return self.scorer(h, store["edge_index"])

    @staticmethod
    def drop_ratio(view: Data) -> Tensor:
        r"""The regulariser R of a view: the mean :math:`1 - w` of its edges, differentiable.

        For a ``Batch``, the mean over its graphs of their means. Self loops do not count, nor do
        graphs without any other edge; where nothing counts, it is 0.
        """
        counts = ~_is_loop(view.edge_index)
        drop = 1 - at_least_float32(view.edge_keep[counts])
        if view.get("batch") is None:
            return drop.sum() / max(len(drop), 1)
        graph = view.batch[plain(view.edge_index)[0, counts]]
        count = graph.bincount()
        total = drop.new_zeros(len(count)).index_add(0, graph, drop)  # [G]
        return (total / count.clamp(min=1)).sum() / count.count_nonzero().clamp(min=1)

    def _draw(self, logits: Tensor, edge_index: Tensor) -> Tensor:
        options = {"temperature": self.temperature, "margin": self.margin}
        if not self.undirected:
            return relaxed_bernoulli(logits, **options, generator=self.generator)
        count, pair_of = number_pairs(edge_index)
        mean = logits.new_zeros(count).index_add(0, pair_of, logits)
        mean = mean / pair_of.bincount(minlength=count)
        return relaxed_bernoulli(mean, **options, generator=self.generator)[pair_of]


def _width(encoder: nn.Module, out_channels: int | None) -> int:
    if not isinstance(encoder, nn.Module):
        raise TypeError(f"encoder must be a module, got {describe(encoder)}")
    width = getattr(encoder, "out_channels", None) if out_channels is None else out_channels
    if width is None:
        name = type(encoder).__name__
        raise ValueError(f"out_channels must be given: {name} has no such attribute, got None")
    return width


def _is_loop(edge_index: Tensor) -> Tensor:
    source, target = plain(edge_index)
    return source == target


def _weight_of(store: BaseStorage) -> Tensor | None:
    weight = store.get("edge_weight")
    if weight is None:
        return None
    if not isinstance(weight, Tensor) or weight.shape != store["edge_index"].shape[1:]:
        size = store["edge_index"].size(1)
        raise ValueError(f"edge_weight must have shape [{size}], got {describe(weight)}")
    return weight


def _set_per_edge(data: Any, store: BaseStorage, key: str, value: Tensor) -> None:
    store[key] = value
    slices = slices_of(data, store)
    if slices is not None and key not in slices:  # so that a batch separates into its graphs
        bounds = slices["edge_index"]
        set_slices(data, store, "_slice_dict", {key: bounds})
        set_slices(data, store, "_inc_dict", {key: bounds.new_zeros(len(bounds) - 1)})
