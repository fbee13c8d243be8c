r"""Pure functions on tensors: no state, no input or output, ``generator=`` where they draw."""

from gcl.functional.edges import drop_edges
from gcl.functional.features import add_noise, drop_features, mask_features, shuffle_rows
from gcl.functional.locality import locality_order
from gcl.functional.new_edges import add_edges
from gcl.functional.nodes import drop_nodes
from gcl.functional.propagate import gcn_adjacency, gcn_propagate
from gcl.functional.relaxed import relaxed_bernoulli
from gcl.functional.simplex import project_simplex

__all__ = [
    "add_edges",
    "add_noise",
    "drop_edges",
    "drop_features",
    "drop_nodes",
    "gcn_adjacency",
    "gcn_propagate",
    "locality_order",
    "mask_features",
    "project_simplex",
    "relaxed_bernoulli",
    "shuffle_rows",
]
