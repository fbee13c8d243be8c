r"""Splits of nodes, edges and interactions into parts, and loaders over them."""

from gcl.loaders.link_split import LinkSplit, link_split
from gcl.loaders.node_split import NodeSplit, random_split
from gcl.loaders.protocols import PROTOCOLS, node_splits, public_splits
from gcl.loaders.ranking_split import RankingSplit, ranking_split
from gcl.loaders.triplets import TripletLoader

__all__ = [
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
]
