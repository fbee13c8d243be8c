r"""Splits of nodes, edges and interactions into parts, and mini-batches of them."""

from gcl.loaders.cluster import ClusterLoader
from gcl.loaders.hard_batches import HardBatchLoader
from gcl.loaders.link_split import LinkSplit, link_split
from gcl.loaders.neighbor import NeighborLoader
from gcl.loaders.neighbor_sampler import NeighborSampler
from gcl.loaders.node_split import NodeSplit, random_split
from gcl.loaders.protocols import PROTOCOLS, node_splits, public_splits
from gcl.loaders.ranking_split import RankingSplit, ranking_split
from gcl.loaders.triplets import TripletLoader
from gcl.loaders.users import UserLoader

__all__ = [
    "ClusterLoader",
    "NeighborLoader",
    "NeighborSampler",
    "HardBatchLoader",
    "NodeSplit",
    "random_split",
    "public_splits",
    "node_splits",
    "PROTOCOLS",
    "LinkSplit",
    "link_split",
    "RankingSplit",
    "ranking_split",
    "TripletLoader",
    "UserLoader",
]
