r"""Pure functions on tensors: no state, no input or output, ``generator=`` where they draw."""

from gcl.functional.diffusion import diffuse
from gcl.functional.edges import drop_edges
from gcl.functional.features import add_noise, drop_features, mask_features, shuffle_rows
from gcl.functional.locality import locality_order
from gcl.functional.mixup import mix_rows
from gcl.functional.new_edges import add_edges
from gcl.functional.nodes import drop_nodes
from gcl.functional.propagate import gcn_adjacency, gcn_propagate, weighted_adjacency
from gcl.functional.subgraphs import ego_subgraph, walk_subgraph
from gcl.functional.svd import truncated_svd

__all__ = [
    "add_edges",
    "add_noise",
    "diffuse",
    "drop_edges",
    "drop_features",
    "drop_nodes",
    "ego_subgraph",
    "gcn_adjacency",
    "gcn_propagate",
    "locality_order",
    "mask_features",
    "mix_rows",
    "shuffle_rows",
    "truncated_svd",
    "walk_subgraph",
    "weighted_adjacency",
]
