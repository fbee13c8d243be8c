r"""Pure functions on tensors: no state, no input or output, ``generator=`` where they draw."""

from gcl.functional.adaptive import adaptive_edge_probability, adaptive_feature_probability
from gcl.functional.bipartite import bipartite_adjacency
from gcl.functional.centrality import degree_centrality, eigenvector_centrality, pagerank_centrality
from gcl.functional.clusters import kmeans
from gcl.functional.communal import communal_edge_probability, communal_feature_probability
from gcl.functional.communities import community_strength, detect_communities
from gcl.functional.diffusion import diffuse
from gcl.functional.edges import drop_edges
from gcl.functional.features import add_noise, drop_features, mask_features, shuffle_rows
from gcl.functional.hard_clusters import equal_clusters, mutual_hard_pairs
from gcl.functional.influence import influence
from gcl.functional.locality import locality_order
from gcl.functional.mixup import mix_rows
from gcl.functional.nearby import nearby_pairs
from gcl.functional.negative_items import NegativeItems, negative_items, popularity
from gcl.functional.new_edges import add_edges
from gcl.functional.nodes import drop_nodes
from gcl.functional.partition import partition_graph
from gcl.functional.planted import planted_pairs
from gcl.functional.propagate import gcn_adjacency, gcn_propagate, weighted_adjacency
from gcl.functional.relaxed import relaxed_bernoulli
from gcl.functional.signed_noise import add_signed_noise
from gcl.functional.simplex import project_simplex
from gcl.functional.sketch import sketch_rows
from gcl.functional.student_t import (
    assignment_divergence,
    log_assignment,
    target_distribution,
)
from gcl.functional.subgraphs import ego_subgraph, walk_subgraph
from gcl.functional.svd import truncated_svd
from gcl.functional.top_items import top_items
from gcl.functional.votes import column_votes

__all__ = [
    "adaptive_edge_probability",
    "adaptive_feature_probability",
    "add_edges",
    "add_noise",
    "add_signed_noise",
    "bipartite_adjacency",
    "assignment_divergence",
    "column_votes",
    "communal_edge_probability",
    "communal_feature_probability",
    "community_strength",
    "degree_centrality",
    "detect_communities",
    "diffuse",
    "drop_edges",
    "drop_features",
    "drop_nodes",
    "ego_subgraph",
    "eigenvector_centrality",
    "equal_clusters",
    "gcn_adjacency",
    "gcn_propagate",
    "influence",
    "kmeans",
    "locality_order",
    "log_assignment",
    "mask_features",
    "mix_rows",
    "mutual_hard_pairs",
    "nearby_pairs",
    "NegativeItems",
    "negative_items",
    "pagerank_centrality",
    "popularity",
    "partition_graph",
    "planted_pairs",
    "project_simplex",
    "relaxed_bernoulli",
    "shuffle_rows",
    "sketch_rows",
    "top_items",
    "target_distribution",
    "truncated_svd",
    "walk_subgraph",
    "weighted_adjacency",
]
