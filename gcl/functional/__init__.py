r"""Pure functions on tensors: no state, no input or output, ``generator=`` where they draw."""

from gcl.functional.clusters import kmeans
from gcl.functional.edges import drop_edges
from gcl.functional.features import add_noise, drop_features, mask_features, shuffle_rows
from gcl.functional.locality import locality_order
from gcl.functional.nearby import nearby_pairs
from gcl.functional.new_edges import add_edges
from gcl.functional.nodes import drop_nodes
from gcl.functional.propagate import gcn_adjacency, gcn_propagate

__all__ = [
    "add_edges",
    "add_noise",
    "drop_edges",
    "drop_features",
    "drop_nodes",
    "gcn_adjacency",
    "gcn_propagate",
    "kmeans",
    "locality_order",
    "mask_features",
    "nearby_pairs",
    "shuffle_rows",
]
