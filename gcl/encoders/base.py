r"""What the stacked encoders share: layers, normalisation, activation, skip connections.

Legend: N nodes, M edges, F input width, H hidden width, D output width.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch_geometric.nn.norm import BatchNorm, GraphNorm, LayerNorm

from gcl.checks import (
    check_choice,
    check_edge_index,
    check_int,
    check_matrix,
    check_probability,
    describe,
)
from gcl.encoders.prelu import PReLU
from gcl.functional.csr import sort_entries
from gcl.functional.edges import plain
from gcl.functional.low_rank import LowRank

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "prelu": PReLU,
    "elu": nn.ELU,
    "leaky_relu": nn.LeakyReLU,
    # The released code of GCA and its successors calls rrelu outside of training, where its slope
    # is the mean of 1/8 and 1/3.
    "rrelu": partial(nn.LeakyReLU, 11 / 48),
    "identity": nn.Identity,
}
NORMS = {"batch": BatchNorm, "layer": LayerNorm, "graph": GraphNorm}


def make_activation(name: str) -> nn.Module:
    r"""The activation module called ``name``; ``prelu`` learns one slope."""
    return ACTIVATIONS[check_choice(name, "activation", ACTIVATIONS)]()


class StackedEncoder(nn.Module):
    r"""Base of the encoders that stack ``num_layers`` equal layers.

    Every layer computes ``activation(norm(layer(x)))``, plus its input if ``skip`` and the widths
    agree.

    Args:
        in_channels: width F of the features.
        hidden_channels: width H of all layers but the last, or one width for each of them.
        out_channels: width D of the last layer.
        num_layers: number of layers, 1 or more. One layer maps F to D; ``hidden_channels`` is
            then without effect.
        activation: ``"relu"``, ``"prelu"``, ``"elu"``, ``"leaky_relu"``, ``"rrelu"`` (with its
            mean slope 11/48, not a random one) or ``"identity"``.
        shared_activation: use one activation module for all layers, as GRACE and its successors
            do with PReLU; otherwise each layer learns a slope of its own.
        activate_last: apply norm and activation after the last layer too, as GRACE and its
            successors do.
        norm: ``"batch"``, ``"layer"``, ``"graph"`` or None.
        norm_momentum: weight of the latest batch in the running statistics of ``"batch"``; 0.1 if
            None.
        skip: add a layer's input to its output where the widths agree.
        dropout: probability of dropping an entry of a layer's input in training.
        input_dropout: the same for the input of the first layer, the features; ``dropout`` if None.
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int | Sequence[int],
        out_channels: int,
        num_layers: int = 2,
        *,
        activation: str = "relu",
        shared_activation: bool = True,
        activate_last: bool = True,
        norm: str | None = None,
        norm_momentum: float | None = None,
        skip: bool = False,
        dropout: float = 0.0,
        input_dropout: float | None = None,
    ) -> None:
        super().__init__()
        self.in_channels = check_int(in_channels, "in_channels", minimum=1)
        self.hidden_channels = hidden_channels
        self.out_channels = check_int(out_channels, "out_channels", minimum=1)
        self.num_layers = check_int(num_layers, "num_layers", minimum=1)
        widths = [in_channels, *hidden_widths(hidden_channels, num_layers), out_channels]
        self.layers = nn.ModuleList(map(self.make_layer, widths[:-1], widths[1:]))
        active = num_layers if activate_last else num_layers - 1
        self.norms = nn.ModuleList(
            make_norm(norm, width, norm_momentum) for width in widths[1 : active + 1]
        )
        self.activations = nn.ModuleList(
            make_activation(activation) for _ in range(1 if shared_activation else active)
        )
        self.skip = skip
        self.dropout = nn.Dropout(check_probability(dropout, "dropout"))
        first = dropout if input_dropout is None else input_dropout
        self.input_dropout = nn.Dropout(check_probability(first, "input_dropout"))

    def make_layer(self, in_channels: int, out_channels: int) -> nn.Module:
        r"""Return one layer; every subclass says which."""
        raise NotImplementedError

    def prepare(self, x: Tensor, edge_index: Tensor | LowRank, edge_weight: Tensor | None) -> Any:
        r"""Return what all layers read of the graph: ``edge_index``; edge weights are refused."""
        if isinstance(edge_index, LowRank):
            raise TypeError(
                f"edge_index must be edges [2, M]: {type(self).__name__} cannot propagate along an "
                f"adjacency of low rank, GCN can"
            )
        if edge_weight is not None:
            raise ValueError(
                f"edge_weight must be None: {type(self).__name__} would ignore it, "
                f"got {describe(edge_weight)}"
            )
        return edge_index

    def apply_layer(self, layer: nn.Module, x: Tensor, graph: Any) -> Tensor:
        r"""Call one layer on features and what :meth:`prepare` returned."""
        return layer(x, graph)

    def forward(
        self, x: Tensor, edge_index: Tensor | LowRank, edge_weight: Tensor | None = None
    ) -> Tensor:
        r"""Encode the nodes of a graph.

        Shapes:
            x [N, F], edge_index [2, M], edge_weight [M] or None -> [N, D]

        Raises:
            TypeError: for features of another dtype than the weights (outside of autocast).
            ValueError: for features of another width, or an input that this encoder would ignore.
        """
        self.check_input(x)
        graph = self.prepare(x, edge_index, edge_weight)
        for i, layer in enumerate(self.layers):
            drop = self.dropout if i else self.input_dropout
            x = self.finish(i, x, self.apply_layer(layer, drop(x), graph))
        return x

    def check_input(self, x: Tensor) -> None:
        r"""Raise unless the features fit the weights in width and dtype."""
        check_matrix(x, "x", finite=False)
        if x.size(1) != self.in_channels:
            raise ValueError(f"x must have {self.in_channels} columns, got {x.size(1)}")
        dtype = next(self.parameters()).dtype
        if x.dtype != dtype and not torch.is_autocast_enabled(x.device.type):
            raise TypeError(f"x must have dtype {dtype}, that of the weights, got {describe(x)}")

    def finish(self, i: int, x: Tensor, out: Tensor) -> Tensor:
        r"""Normalise and activate what layer i made of x, and add x where it is skipped."""
        if i < len(self.norms):
            out = self.activations[i % len(self.activations)](self.norms[i](out))
        return out + x if self.skip and out.shape == x.shape else out

    def prepare_rows(self, x: Tensor, edge_index: Tensor, edge_weight: Tensor | None) -> Any:
        r"""Return what :meth:`apply_rows` reads of the graph: here the edges into each node."""
        source, target = check_edge_index(plain(self.prepare(x, edge_index, edge_weight)), len(x))
        return sort_entries(target, source, (len(x), len(x)))[0]

    def row_starts(self, graph: Any) -> Tensor | None:
        r"""Place of the first edge into each node, and M: [N + 1]; None without edges."""
        return graph.start

    def before_rows(self, layer: nn.Module, x: Tensor, blocks: Iterable[slice]) -> Tensor:
        r"""Return what :meth:`apply_rows` reads of the nodes: here their features."""
        return x

    def apply_rows(self, layer: nn.Module, x: Tensor, graph: Any, rows: slice) -> Tensor:
        r"""The output of one layer for a range of nodes, as message passing of PyG: [R, D]."""
        edges = slice(*graph.start[[rows.start, rows.stop]].tolist())
        target = graph.row[edges].long() - rows.start
        ends = torch.stack([graph.column[edges].long(), target])
        return layer((x, x[rows]), ends, size=(len(x), rows.stop - rows.start))

    def reset_parameters(self) -> None:
        r"""Draw all weights anew."""
        for module in self.modules():
            reset = getattr(module, "reset_parameters", None)
            if module is not self and callable(reset):
                reset()


def hidden_widths(hidden_channels: int | Sequence[int], num_layers: int) -> list[int]:
    r"""The widths of all layers but the last: one for all of them, or one for each."""
    if not isinstance(hidden_channels, tuple | list):
        width = check_int(cast(int, hidden_channels), "hidden_channels", minimum=1)
        return [width] * (num_layers - 1)
    if len(hidden_channels) != num_layers - 1:
        raise ValueError(
            f"hidden_channels must hold {num_layers - 1} widths for num_layers={num_layers}, "
            f"got {hidden_channels!r}"
        )
    return [check_int(width, "hidden_channels", minimum=1) for width in hidden_channels]


def make_norm(norm: str | None, width: int, momentum: float | None) -> nn.Module:
    r"""The normalisation called ``norm``; a ``momentum`` that it would not read is an error."""
    if momentum is not None and norm != "batch":
        raise ValueError(f"norm_momentum={momentum} would be ignored: norm is {norm!r}")
    if norm is None:
        return nn.Identity()
    options = {} if momentum is None else {"momentum": check_probability(momentum, "norm_momentum")}
    return NORMS[check_choice(norm, "norm", NORMS)](width, **options)
