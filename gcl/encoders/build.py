r"""The encoder of a method: one of ours by name, or any module of the user's."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch_geometric.data import Data

from gcl.checks import check_int, describe
from gcl.encoders.base import StackedEncoder
from gcl.encoders.gcn import GCN
from gcl.encoders.gin import GIN
from gcl.encoders.mlp import MLP
from gcl.encoders.sage import SAGE
from gcl.functional.autocast import single_precision
from gcl.functional.low_rank import LowRank
from gcl.registry import find

ENCODERS: dict[str, type[StackedEncoder]] = {"gcn": GCN, "sage": SAGE, "gin": GIN, "mlp": MLP}


def build_encoder(
    encoder: str | nn.Module, sizes: Mapping[str, Any], defaults: Mapping[str, Any]
) -> tuple[nn.Module, int]:
    r"""Return an encoder and the width of its embeddings.

    Args:
        encoder: ``"gcn"``, ``"sage"``, ``"gin"``, ``"mlp"``, or a module called as
            ``encoder(x, edge_index)``, with ``edge_weight=`` for graphs that have weights.
        sizes: options of the named encoder; those that are None take the default.
        defaults: the method's own defaults. Without one, ``hidden_channels`` is twice
            ``out_channels``, as in GRACE and its successors.

    Raises:
        ValueError: for an unknown name, a name without ``in_channels``, sizes given with a module
            (it has its own), hidden channels of a single layer, or a module whose width is neither
            given nor its attribute.
        TypeError: if ``encoder`` is neither a name nor a module.
    """
    given = {name: value for name, value in sizes.items() if value is not None}
    if isinstance(encoder, nn.Module):
        return encoder, _width(encoder, given)
    if not isinstance(encoder, str):
        raise TypeError(f"encoder must be a name or a module, got {describe(encoder)}")
    if "in_channels" not in given:
        raise ValueError(f"in_channels must be given with the encoder's name {encoder!r}, got None")
    options = {**defaults, **given}
    check_int(options["out_channels"], "out_channels", minimum=1)
    if "hidden_channels" in given and options.get("num_layers") == 1:
        hidden = given["hidden_channels"]
        raise ValueError(f"hidden_channels={hidden} would be ignored: num_layers is 1")
    options.setdefault("hidden_channels", 2 * options["out_channels"])
    return find(encoder, ENCODERS, "encoder")(**options), options["out_channels"]


def _width(encoder: nn.Module, given: dict[str, Any]) -> int:
    width = given.pop("out_channels", getattr(encoder, "out_channels", None))
    if given:
        ignored = ", ".join(f"{name}={value!r}" for name, value in given.items())
        raise ValueError(f"encoder is a module with sizes of its own; {ignored} would be ignored")
    if width is None:
        raise ValueError(
            f"out_channels must be given: {type(encoder).__name__} has no such attribute, got None"
        )
    return width


def encode(encoder: nn.Module, data: Data) -> Tensor:
    r"""Call an encoder on a graph, with the edge weights if the graph has them: [N, D].

    Under ``torch.autocast`` the embeddings come in float32, as losses want them.

    A graph whose ``adj_t`` is a :class:`~gcl.functional.low_rank.LowRank`, as
    :class:`gcl.augmenters.SVDView` leaves it, is propagated along that.

    Raises:
        ValueError: if the graph lacks features or edges.
    """
    if data.get("x") is None:
        raise ValueError(f"data must have 'x', got {data}")
    if isinstance(data.get("adj_t"), LowRank):
        return single_precision(encoder(data.x, data.adj_t))
    if data.get("edge_index") is None:
        raise ValueError(f"data must have 'edge_index', got {data}")
    weight = data.get("edge_weight")
    given = {} if weight is None else {"edge_weight": weight}
    return single_precision(encoder(data.x, data.edge_index, **given))
